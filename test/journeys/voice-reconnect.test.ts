import { expect, test } from "vitest";
import { openRelay, textOf } from "../../src/simulator/relay.ts";
import { BUSINESS, JOHN, startContinuo, type Continuo } from "../support/continuo.ts";
import { startModelServer } from "../support/model-server.ts";
import {
  answeredBy,
  askedIn,
  inputOf,
  openSocket,
  relayIn,
  saidOn,
  tellOf,
  tokensOf,
  type Ringing,
} from "../support/voice.ts";

test("a call whose socket is lost goes on with another, without a greeting and with all that was said", async () => {
  await using model = await startModelServer((_request, number) => ({
    kind: "say",
    tokens: tokensOf(`Answer ${number}.`),
  }));
  await using continuo = await startContinuo({ env: answeredBy(model) });
  const call = await continuo.customer().call();
  await call.hear();
  await call.say("My name is John.");
  await call.hear();

  await call.drop();
  expect(call.sessions).toBe(2);
  await call.say("What is my name?");
  expect((await call.hear()).text).toBe("Answer 2.");

  expect(inputOf(await model.request(2)).filter((line) => /^(?:user|assistant)/u.test(line))).toEqual([
    "user My name is John.",
    "assistant Answer 1.",
    "user What is my name?",
  ]);
  expect(call.heard.entries.map(({ text }) => text.slice(0, 8))).toEqual(["Hello, t", "Answer 1", "Answer 2"]);
  const names = continuo.events.map(({ name }) => name).filter((name) => name.startsWith("call_"));
  expect(names).toEqual(["call_started", "call_connected", "call_dropped", "call_resumed"]);
});

test("a reply that was made while the socket was away is spoken when the call is back", async () => {
  await using model = await startModelServer(() => ({
    kind: "say",
    tokens: tokensOf("Here is your answer."),
    firstMs: 100,
  }));
  // The caller stays away until the reply is there.
  await using continuo = await startContinuo({ env: answeredBy(model) });
  const call = await continuo.customer().call({ pace: { dropMs: 20_000 } });
  await call.hear();

  await call.say("Where is my parcel?");
  await model.request(1);
  await call.drop();
  expect(await call.hear()).toMatchObject({ text: "Here is your answer.", fate: "whole" });
  await continuo.app.settled();
  expect(saidOn(call)).toEqual(["Here is your answer."]);
  expect(model.requests).toHaveLength(1);
  expect(continuo.twilio.messagesTo(JOHN)).toEqual([]);
});

test("a reply that is still being made when the call is back is spoken as well", async () => {
  await using model = await startModelServer(() => ({
    kind: "say",
    tokens: tokensOf("Here is your answer."),
    firstMs: 800,
  }));
  await using continuo = await startContinuo({ env: answeredBy(model) });
  const call = await continuo.customer().call();
  await call.hear();

  await call.say("Where is my parcel?");
  await model.request(1);
  await call.drop();
  expect(call.sessions).toBe(2);
  expect(await call.hear()).toMatchObject({ text: "Here is your answer.", fate: "whole" });
  await continuo.app.settled();
  expect(saidOn(call)).toEqual(["Here is your answer."]);
  expect(model.requests).toHaveLength(1);
});

test("what was said just before the socket was lost is answered after it, in its order", async () => {
  await using model = await startModelServer((request, number) => ({
    kind: "say",
    tokens: tokensOf(`To "${askedIn(request)}" I say yes.`),
    ...(number === 1 ? { firstMs: 1_500 } : {}),
  }));
  await using continuo = await startContinuo({ env: answeredBy(model) });
  const call = await continuo.customer().call();
  await call.hear();

  await call.say("Is it red?");
  await model.request(1);
  await call.say("And is it big?");
  await expect.poll(() => depth(continuo)).toBe(2);
  await call.drop();
  expect((await call.hear()).text).toBe('To "Is it red?" I say yes.');
  expect((await call.hear()).text).toBe('To "And is it big?" I say yes.');
  expect(continuo.twilio.messagesTo(JOHN)).toEqual([]);
});

test("a reply that was cut short by the loss of the socket is said again", async () => {
  const reply = `Your parcel left on Monday. ${"Then it went on from one place to the next. ".repeat(10)}`.trim();
  await using model = await startModelServer(() => ({ kind: "say", tokens: tokensOf(reply), gapMs: 20 }));
  await using continuo = await startContinuo({ env: answeredBy(model) });
  const call = await continuo.customer().call();
  await call.hear();

  const held = call.holdAt(3);
  await call.say("Where is my parcel?");
  await held;
  await call.drop();
  expect(await call.hear()).toMatchObject({ text: "Your parcel left", fate: "lost" });
  expect(await call.hear()).toMatchObject({ text: reply, fate: "whole" });
});

test("a reply that was sent and not heard when the socket was lost is said again, once", async () => {
  const reply = "Your parcel left on Monday and comes on Friday. Is there anything else?";
  await using model = await startModelServer(() => ({ kind: "say", tokens: tokensOf(reply) }));
  await using continuo = await startContinuo({ env: answeredBy(model) });
  const call = await continuo.customer().call();
  await call.hear();

  const held = call.holdAt("on Monday");
  await call.say("Where is my parcel?");
  await held;
  await continuo.quiet();
  await call.drop();
  expect((await call.hear()).fate).toBe("lost");
  expect(await call.hear()).toMatchObject({ text: reply, fate: "whole" });
  await call.drop();
  await call.say("No.");
  await call.hear();
  expect(saidOn(call)).toEqual([reply, reply, reply]);
  expect(model.requests).toHaveLength(2);
});

test("a call that loses every socket is told so and let go", async () => {
  await using continuo = await startContinuo();
  const call = await continuo.customer().call();
  await call.hear();
  for (let lost = 0; lost < 5; lost += 1) {
    await call.drop();
    expect(call.connected).toBe(true);
  }
  await call.drop();
  expect(await call.ended).toMatchObject({ kind: "left", detail: "the server hung up" });
  expect(call.sessions).toBe(6);
  expect(call.heard.entries.at(-1)?.text).toMatch(/I am sorry.*Goodbye\.$/u);
});

test("the token of a call that is over admits nobody", async () => {
  await using continuo = await startContinuo();
  const call = await continuo.customer().call();
  await call.hear();
  const relay = relayIn(await tellOf(continuo.line, ringing(call.callSid), { path: "/voice" }));
  await call.hangUp();
  expect(await openRelay(continuo.line, relay.url)).toMatchObject({ kind: "refused", status: 403 });
});

test("the token of one call does not let in another", async () => {
  await using continuo = await startContinuo();
  const call = await continuo.customer().call();
  await call.hear();
  const { socket, closed } = await openSocket(continuo.line, ringing(`CA${"1".padStart(32, "0")}`));
  socket.send(JSON.stringify({ type: "setup", sessionId: "VX1", callSid: call.callSid }));
  expect(await closed).toBe(1008);
  await call.say("Are you still there?");
  expect((await call.hear()).fate).toBe("whole");
});

test("of two sockets of one call the newer one is listened to", async () => {
  await using model = await startModelServer((request) => ({ kind: "say", tokens: [`You: ${askedIn(request)}`] }));
  await using continuo = await startContinuo({ env: answeredBy(model) });
  const call = await continuo.customer().call({ pace: { dropMs: 60_000 } });
  await call.hear();
  const { socket } = await openSocket(continuo.line, ringing(call.callSid));
  const spoken = new Promise<string>((resolve) => socket.once("message", (frame) => resolve(textOf(frame))));
  socket.send(JSON.stringify({ type: "setup", sessionId: "VX2", callSid: call.callSid }));
  await expect.poll(() => call.connected).toBe(false);

  socket.send(JSON.stringify({ type: "prompt", voicePrompt: "It is me.", last: true }));
  expect(JSON.parse(await spoken)).toMatchObject({ type: "text", token: "You: It is me." });
  expect(continuo.events.map(({ name }) => name)).not.toContain("call_dropped");
  socket.close(1000);
});

function ringing(callSid: string): Ringing {
  return { callSid, from: JOHN, to: BUSINESS };
}

function depth(continuo: Continuo): Promise<number> {
  return continuo.app.ledger.inbox.depth();
}
