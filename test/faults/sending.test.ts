import { expect, test } from "vitest";
import { JOHN, startContinuo, type Continuo } from "../support/continuo.ts";
import { answeredBy } from "../support/model-input.ts";
import { startModelServer } from "../support/model-server.ts";

// What Twilio's REST API can do to a message, and what becomes of it.

test("after a 429 and a 500 a message is sent once", async () => {
  await using continuo = await startContinuo({ overrides: { random: () => 0 } });
  continuo.twilio.plan(
    { kind: "answer", status: 429, code: 20_429, retryAfterSeconds: 0 },
    { kind: "answer", status: 500, code: 20_500 },
  );
  await continuo.customer().text("Where is ORD_12345?");
  await continuo.quiet();
  expect(attempts(continuo)).toEqual([429, 500, 201]);
  expect(continuo.twilio.messagesTo(JOHN)).toHaveLength(1);
});

test("a message whose answer was lost is found at Twilio and not sent twice", async () => {
  await using continuo = await startContinuo({ overrides: { ambiguousAfterMs: 100 } });
  continuo.twilio.order("silent");
  continuo.twilio.plan({ kind: "drop_answer" });
  await continuo.customer().text("Where is ORD_12345?");
  await continuo.quiet();
  expect(attempts(continuo)).toEqual([0]);
  expect(continuo.twilio.messagesTo(JOHN)).toHaveLength(1);
  expect(continuo.events.map((event) => event.name)).toEqual(
    expect.arrayContaining(["delivery_ambiguous", "message_sent"]),
  );
});

test("a message whose answer was lost is known by its status callback too, without asking", async () => {
  await using continuo = await startContinuo({ overrides: { ambiguousAfterMs: 60_000 } });
  continuo.twilio.plan({ kind: "drop_answer" });
  await continuo.customer().text("Where is ORD_12345?");
  await continuo.happened("message_delivered");
  await continuo.quiet();
  expect(continuo.twilio.requests.entries.filter((request) => request.method === "GET")).toHaveLength(0);
  expect(continuo.twilio.messagesTo(JOHN)).toHaveLength(1);
});

test("a message that was lost on its way is sent again", async () => {
  await using continuo = await startContinuo({ overrides: { ambiguousAfterMs: 100 } });
  continuo.twilio.plan({ kind: "drop_request" });
  await continuo.customer().text("Where is ORD_12345?");
  await continuo.quiet();
  expect(attempts(continuo)).toEqual([0, 201]);
  expect(continuo.twilio.messagesTo(JOHN)).toHaveLength(1);
});

test("a later reply waits for the one before it", async () => {
  await using model = await startModelServer((_request, number) => ({ kind: "say", tokens: [`Answer ${number}.`] }));
  await using continuo = await startContinuo({ env: answeredBy(model), overrides: { random: () => 0 } });
  const john = continuo.customer();
  continuo.twilio.plan({ kind: "answer", status: 503, code: 20_503 });
  await john.text("one");
  await continuo.happened("turn_settled", 1);
  await john.text("two");
  await continuo.quiet();
  expect(continuo.twilio.messagesTo(JOHN).map((message) => message.body)).toEqual(["Answer 1.", "Answer 2."]);
});

test("an address that cannot be reached is not tried again, and what was written to it is known as unsent", async () => {
  await using model = await startModelServer((_request, number) => ({ kind: "say", tokens: [`Answer ${number}.`] }));
  await using continuo = await startContinuo({ env: answeredBy(model) });
  const john = continuo.customer();
  continuo.twilio.refuse(JOHN, 21_211);
  await john.text("Hello?");
  await continuo.quiet();
  expect(attempts(continuo)).toEqual([400]);
  await john.text("Hello again?");
  await continuo.quiet();
  expect(JSON.stringify(model.requests[1]?.body)).toContain("never reached the customer");
});

test("of a reply that was not delivered the agent knows in the next turn", async () => {
  await using model = await startModelServer((_request, number) => ({ kind: "say", tokens: [`Answer ${number}.`] }));
  await using continuo = await startContinuo({ env: answeredBy(model) });
  const john = continuo.customer();
  continuo.twilio.decide(JOHN, "undelivered", "30003");
  await john.text("Where is my order?");
  await continuo.happened("message_undelivered");
  await continuo.quiet();

  continuo.twilio.decide(JOHN, "delivered");
  await john.text("Hello?");
  await continuo.twilio.waitForMessage((message) => message.body === "Answer 2.");
  const input = JSON.stringify(model.requests[1]?.body);
  expect(input).toContain("Answer 1.");
  expect(input).toContain("never reached the customer");
});

test.each(["reversed", "duplicated"] as const)(
  "status callbacks that come %s leave the message delivered, once",
  async (order) => {
    await using continuo = await startContinuo();
    continuo.twilio.order(order);
    await continuo.customer().text("Where is ORD_12345?");
    await continuo.twilio.waitForMessage((message) => message.to === JOHN);
    await continuo.quiet();
    await continuo.twilio.settled();
    await continuo.app.settled();
    expect(continuo.twilio.callbacks.entries.map((callback) => callback.answer?.status)).not.toContain(500);
    expect(await states(continuo)).toEqual(["delivered"]);
    expect(continuo.events.filter((event) => event.name === "message_delivered")).toHaveLength(1);
  },
);

test("a long reply goes out in parts, in order", async () => {
  const words = Array.from({ length: 600 }, (_, index) => `This is sentence number ${index}. `);
  await using model = await startModelServer(() => ({ kind: "say", tokens: words }));
  await using continuo = await startContinuo({ env: answeredBy(model), overrides: { random: () => 0 } });
  continuo.twilio.plan({ kind: "slow", ms: 1_000 }, { kind: "answer", status: 500, code: 20_500 });
  await continuo.customer().text("Tell me everything");
  await continuo.quiet();
  const bodies = continuo.twilio.messagesTo(JOHN).map((message) => message.body);
  expect(bodies.length).toBeGreaterThan(10);
  expect(bodies.every((body) => body.length <= 1_600)).toBe(true);
  expect(bodies.join(" ")).toBe(words.join("").trim());
});

function attempts(continuo: Continuo): readonly number[] {
  return continuo.twilio.requests.entries
    .filter((request) => request.method === "POST" && request.path.endsWith("/Messages.json"))
    .map((request) => request.status);
}

async function states(continuo: Continuo): Promise<readonly string[]> {
  const { ledger, config } = continuo.app;
  const { tenant } = config.identity;
  const subjectId = await ledger.subjects.find(tenant, `tel:${JOHN}`);
  return subjectId === undefined ? [] : (await ledger.outbox.of({ tenant, subjectId })).map((row) => row.state);
}
