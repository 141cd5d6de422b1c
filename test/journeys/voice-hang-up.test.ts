import { expect, test } from "vitest";
import { phone } from "../../src/simulator/phone.ts";
import { BUSINESS, JOHN, startContinuo } from "../support/continuo.ts";
import { startModelServer } from "../support/model-server.ts";
import { answeredBy, askedIn, inputOf, patientLine, tokensOf, untilToldMs } from "../support/voice.ts";

test("a reply that is being made when the caller hangs up comes by text, once", async () => {
  await using model = await startModelServer(() => ({
    kind: "say",
    tokens: tokensOf("It comes on Friday."),
    firstMs: 1_500,
  }));
  await using continuo = await startContinuo({ env: answeredBy(model) });
  const call = await continuo.customer().call();
  await call.hear();
  await call.say("When does it come?");
  await model.request(1);
  await call.hangUp();

  const message = await continuo.twilio.waitForMessage(({ to }) => to === JOHN);
  expect(message).toMatchObject({ body: "It comes on Friday.", from: BUSINESS });
  await continuo.quiet();
  expect(continuo.twilio.messagesTo(JOHN)).toHaveLength(1);
  expect(model.requests).toHaveLength(1);
});

test("a reply that was cut off by the hang-up while it was made comes by text, once and whole", async () => {
  const reply = `It comes on Friday. ${"The driver rings twice. ".repeat(15)}`.trim();
  await using model = await startModelServer(() => ({ kind: "say", tokens: tokensOf(reply), gapMs: 40 }));
  await using continuo = await startContinuo({ env: answeredBy(model) });
  const call = await continuo.customer().call();
  await call.hear();
  const held = call.holdAt("on Friday.");
  await call.say("When does it come?");
  await held;
  await call.hangUp();

  const message = await continuo.twilio.waitForMessage(({ to }) => to === JOHN);
  expect(message.body).toBe(reply);
  await continuo.quiet();
  expect(continuo.twilio.messagesTo(JOHN)).toHaveLength(1);
});

test("a reply that waits for a lost call comes by text when the caller gives up", async () => {
  await using model = await startModelServer(() => ({
    kind: "say",
    tokens: tokensOf("It comes on Friday."),
    firstMs: 100,
  }));
  await using continuo = await startContinuo({ env: answeredBy(model) });
  const patient = patientLine(continuo.line);
  const call = await phone(patient.line, { number: JOHN, business: BUSINESS }).call({ pace: { dropMs: untilToldMs } });
  await call.hear();
  await call.say("When does it come?");
  await model.request(1);
  const dropped = call.drop();
  await continuo.happened("turn_settled");
  expect(continuo.twilio.messagesTo(JOHN)).toEqual([]);
  await call.hangUp();
  await dropped;
  patient.goOn();

  const message = await continuo.twilio.waitForMessage(({ to }) => to === JOHN);
  expect(message.body).toBe("It comes on Friday.");
  await continuo.quiet();
  expect(continuo.twilio.messagesTo(JOHN)).toHaveLength(1);
});

test("what was said and not answered when the caller hung up is answered by text", async () => {
  await using model = await startModelServer((request, number) => ({
    kind: "say",
    tokens: tokensOf(`To "${askedIn(request)}": yes.`),
    ...(number === 1 ? { firstMs: 1_500 } : {}),
  }));
  await using continuo = await startContinuo({ env: answeredBy(model) });
  const call = await continuo.customer().call();
  await call.hear();
  await call.say("Is it red?");
  await model.request(1);
  await call.say("Is it big?");
  await continuo.happened("message_received", 2);
  await call.hangUp();

  await continuo.quiet();
  expect(continuo.twilio.messagesTo(JOHN).map(({ body }) => body)).toEqual([
    'To "Is it red?": yes.',
    'To "Is it big?": yes.',
  ]);
});

test("whoever hides their number and hangs up is not texted", async () => {
  await using model = await startModelServer(() => ({
    kind: "say",
    tokens: tokensOf("It comes on Friday."),
    firstMs: 300,
  }));
  await using continuo = await startContinuo({ env: answeredBy(model) });
  const call = await continuo.customer("anonymous").call();
  await call.hear();
  await call.say("When does it come?");
  await model.request(1);
  await call.hangUp();
  await continuo.happened("turn_settled");
  await continuo.quiet();
  expect(continuo.twilio.requests.entries).toEqual([]);
});

test("whoever calls again is known, with all that was said", async () => {
  await using model = await startModelServer((_request, number) => ({
    kind: "say",
    tokens: tokensOf(`Answer ${number}.`),
  }));
  await using continuo = await startContinuo({ env: answeredBy(model) });
  const first = await continuo.customer().call();
  await first.hear();
  await first.say("My name is John.");
  await first.hear();
  await first.hangUp();

  const second = await continuo.customer().call();
  expect((await second.hear()).text).toMatch(/^Hello/u);
  await second.say("What is my name?");
  expect((await second.hear()).text).toBe("Answer 2.");
  expect(inputOf(await model.request(2)).filter((line) => /^(?:user|assistant)/u.test(line))).toEqual([
    "user My name is John.",
    "assistant Answer 1.",
    "user What is my name?",
  ]);
});
