import { expect, test } from "vitest";
import { BUSINESS, itemsOf, JOHN, startContinuo } from "../support/continuo.ts";
import { answeredBy } from "../support/model-input.ts";
import { startModelServer } from "../support/model-server.ts";

test("STOP is not answered, reaches no model and silences the line until START", async () => {
  await using model = await startModelServer((_request, number) => ({ kind: "say", tokens: [`Answer ${number}.`] }));
  await using continuo = await startContinuo({ env: answeredBy(model) });
  const john = continuo.customer();
  expect(await john.text("STOP")).toMatchObject({ status: 200 });
  await john.text("Where is my order?");
  await continuo.quiet();
  expect(continuo.twilio.messagesTo(JOHN)).toHaveLength(0);
  expect(model.requests).toHaveLength(0);

  await john.text("start");
  await continuo.quiet();
  expect(continuo.twilio.messagesTo(JOHN)).toHaveLength(0);
  await john.text("Where is my order?");
  await continuo.twilio.waitForMessage((message) => message.body === "Answer 1.");

  // What was written meanwhile is in the record.
  const said = itemsOf(await continuo.record()).flatMap((item) => (item.kind === "customer" ? [item.text] : []));
  expect(said).toEqual(["STOP", "Where is my order?", "start", "Where is my order?"]);
  expect(continuo.events.map((event) => event.name)).toEqual(expect.arrayContaining(["opted_out", "opted_in"]));
});

test("a reply that was in the making when STOP came is not sent, and the agent knows that", async () => {
  const stopped = Promise.withResolvers<void>();
  await using model = await startModelServer((_request, number) =>
    number === 1
      ? { kind: "say", tokens: ["Too late."], after: stopped.promise }
      : { kind: "say", tokens: ["Welcome back."] },
  );
  await using continuo = await startContinuo({ env: answeredBy(model) });
  const john = continuo.customer();
  await john.text("Where is my order?");
  await model.request(1);
  await john.text("STOP");
  stopped.resolve();
  await continuo.happened("message_suppressed");
  await continuo.quiet();
  expect(continuo.twilio.messagesTo(JOHN)).toHaveLength(0);

  await john.text("START");
  await john.text("I am back");
  await continuo.twilio.waitForMessage((message) => message.body === "Welcome back.");
  expect(JSON.stringify(model.requests.at(-1)?.body)).toContain("never reached the customer");
});

test("HELP is left to the carrier on SMS, and answered without a model on WhatsApp, where there is none", async () => {
  await using model = await startModelServer(() => ({ kind: "say", tokens: ["A model."] }));
  await using continuo = await startContinuo({ env: answeredBy(model) });
  const john = continuo.customer();
  await john.text("HELP");
  await continuo.quiet();
  expect(continuo.twilio.messagesTo(JOHN)).toHaveLength(0);

  await john.whatsapp("help");
  const reply = await continuo.twilio.waitForMessage((message) => message.to === `whatsapp:${JOHN}`);
  expect(reply.body).toContain("STOP");
  await continuo.quiet();
  expect(model.requests).toHaveLength(0);
});

test("somebody who opted out at Twilio is tried once, and not again until START", async () => {
  await using continuo = await startContinuo();
  const john = continuo.customer();
  continuo.twilio.refuse(JOHN, 21_610);
  await john.text("Where is ORD_12345?");
  await continuo.quiet();
  await john.text("Hello?");
  await continuo.quiet();
  expect(attempts()).toHaveLength(1);

  await john.text("START");
  await john.text("Where is ORD_12345?");
  await continuo.quiet();
  expect(attempts()).toHaveLength(2);

  function attempts(): readonly unknown[] {
    return continuo.twilio.requests.entries.filter(
      (request) => request.method === "POST" && request.path.endsWith("/Messages.json"),
    );
  }
});

test("what the provider took for STOP is one, whatever its words", async () => {
  await using continuo = await startContinuo();
  const john = continuo.customer();
  await john.text("no more please", { form: { OptOutType: "STOP", MessagingServiceSid: `MG${"0".repeat(32)}` } });
  await john.text("Where is ORD_12345?");
  await continuo.quiet();
  expect(continuo.twilio.messagesTo(JOHN)).toHaveLength(0);
});

test("STOP from one customer silences nobody else", async () => {
  await using continuo = await startContinuo();
  await continuo.customer().text("STOP");
  await continuo.customer("+14155550123").text("Where is ORD_67890?");
  const reply = await continuo.twilio.waitForMessage((message) => message.to === "+14155550123");
  expect(reply.from).toBe(BUSINESS);
});
