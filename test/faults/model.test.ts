import { expect, test } from "vitest";
import { itemsOf, JOHN, startContinuo } from "../support/continuo.ts";
import { answeredBy } from "../support/model-input.ts";
import { startModelServer, type ModelAnswer } from "../support/model-server.ts";

// What a model can do wrong, and what the customer gets.

const apology = /I am sorry, I cannot answer just now/u;

test("a model that fails twice and then answers is heard by the customer as if nothing had been", async () => {
  await using model = await startModelServer((_request, number) =>
    number < 3 ? { kind: "fail", status: 500 } : { kind: "say", tokens: ["Here I am."] },
  );
  await using continuo = await startContinuo({ env: answeredBy(model) });
  await continuo.customer().text("Hello?");
  await continuo.twilio.waitForMessage((message) => message.body === "Here I am.");
  await continuo.quiet();
  expect(model.requests).toHaveLength(3);
  expect(continuo.twilio.messagesTo(JOHN)).toHaveLength(1);
});

test("a model that is overloaded is asked again when it says so", async () => {
  await using model = await startModelServer((_request, number) =>
    number === 1
      ? { kind: "fail", status: 429, code: "rate_limit_exceeded", headers: { "retry-after-ms": "50" } }
      : { kind: "say", tokens: ["Here I am."] },
  );
  await using continuo = await startContinuo({ env: answeredBy(model) });
  await continuo.customer().text("Hello?");
  await continuo.twilio.waitForMessage((message) => message.body === "Here I am.");
});

const broken: readonly { readonly what: string; readonly answer: ModelAnswer }[] = [
  { what: "always fails", answer: { kind: "fail", status: 500 } },
  { what: "refuses the key", answer: { kind: "fail", status: 401, code: "invalid_api_key" } },
  { what: "takes the request and never answers", answer: { kind: "hang" } },
  { what: "cuts the connection", answer: { kind: "drop" } },
];

test.each(broken)(
  "when the model $what the customer gets one honest sentence, and there is an event",
  async ({ answer }) => {
    await using model = await startModelServer(() => answer);
    await using continuo = await startContinuo({ env: { ...answeredBy(model), STREAM_TIMEOUT_MS: "400" } });
    await continuo.customer().text("Hello?");
    const reply = await continuo.twilio.waitForMessage((message) => message.to === JOHN);
    expect(reply.body).toMatch(apology);
    await continuo.happened("turn_failed");
    await continuo.quiet();
    expect(continuo.twilio.messagesTo(JOHN)).toHaveLength(1);
    expect(itemsOf(await continuo.record()).map((item) => item.kind)).toEqual(["customer", "agent"]);
  },
);

test.each([
  { what: "breaks off", answer: { kind: "say", tokens: ["Your order ", "is on"], dropAfter: 2 } },
  { what: "falls silent", answer: { kind: "say", tokens: ["Your order ", "is on"], hangAfter: 2 } },
] satisfies { what: string; answer: ModelAnswer }[])(
  "when the model $what in the middle of a sentence the customer hears that something is wrong",
  async ({ answer }) => {
    await using model = await startModelServer(() => answer);
    await using continuo = await startContinuo({ env: { ...answeredBy(model), STREAM_TIMEOUT_MS: "400" } });
    await continuo.customer().text("Where is my order?");
    const reply = await continuo.twilio.waitForMessage((message) => message.to === JOHN);
    expect(reply.body).toMatch(apology);
    await continuo.quiet();
    expect(continuo.twilio.messagesTo(JOHN)).toHaveLength(1);
  },
);

test("when the model has nothing to say the customer gets an honest sentence", async () => {
  await using model = await startModelServer(() => ({ kind: "say", tokens: [] }));
  await using continuo = await startContinuo({ env: answeredBy(model) });
  await continuo.customer().text("Hello?");
  const reply = await continuo.twilio.waitForMessage((message) => message.to === JOHN);
  expect(reply.body).toMatch(/^I am sorry/u);
});

test("the turn after a failed one is answered, with both sides of the failed one in sight", async () => {
  await using model = await startModelServer((_request, number) =>
    number === 1 ? { kind: "fail", status: 401, code: "invalid_api_key" } : { kind: "say", tokens: ["Now I can."] },
  );
  await using continuo = await startContinuo({ env: answeredBy(model) });
  const john = continuo.customer();
  await john.text("Where is my order?");
  await continuo.quiet();
  await john.text("And now?");
  await continuo.twilio.waitForMessage((message) => message.body === "Now I can.");
  const asked = JSON.stringify(model.requests[1]?.body);
  expect(asked).toContain("Where is my order?");
  expect(asked).toMatch(apology);
});

test("a model that goes round in circles is stopped, and the customer is told", async () => {
  await using model = await startModelServer(() => ({
    kind: "call",
    calls: [{ name: "lookup_order", arguments: JSON.stringify({ orderId: "ORD_12345" }) }],
  }));
  await using continuo = await startContinuo({ env: { ...answeredBy(model), MAX_TURNS: "3" } });
  await continuo.customer().text("Where is my order?");
  const reply = await continuo.twilio.waitForMessage((message) => message.to === JOHN);
  expect(reply.body).toContain("could not work that out");
  expect(model.requests).toHaveLength(3);
});

test("one customer's dead model call holds up nobody else", async () => {
  await using model = await startModelServer((request) =>
    JSON.stringify(request.body).includes("slow") ? { kind: "hang" } : { kind: "say", tokens: ["At once."] },
  );
  await using continuo = await startContinuo({ env: { ...answeredBy(model), STREAM_TIMEOUT_MS: "15000" } });
  await continuo.customer("+14155550123").text("slow");
  await model.request(1);
  await continuo.customer().text("quick");
  await continuo.twilio.waitForMessage((message) => message.body === "At once.");
});
