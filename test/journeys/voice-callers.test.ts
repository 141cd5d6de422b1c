import { expect, test } from "vitest";
import { newSid } from "../../src/simulator/line.ts";
import { openRelay } from "../../src/simulator/relay.ts";
import { BUSINESS, JOHN, startContinuo } from "../support/continuo.ts";
import { startModelServer } from "../support/model-server.ts";
import { answeredBy, askedIn, inputOf, relayIn, tellOf, tokensOf, type Ringing } from "../support/voice.ts";

test("a number that nobody serves says so and hangs up", async () => {
  await using continuo = await startContinuo({ env: { TWILIO_PHONE_NUMBER: BUSINESS } });
  const call = await continuo.customer().call({ to: "+14155550111" });
  expect((await call.hear()).text).toMatch(/not in service/u);
  expect(await call.ended).toMatchObject({ kind: "left" });
  expect(await continuo.app.ledger.subjects.recent(continuo.app.config.identity.tenant, 10)).toEqual([]);

  const served = await continuo.customer().call();
  expect((await served.hear()).text).toMatch(/^Hello/u);
});

test.each(["anonymous", "", "+266696687", "Restricted"])(
  "whoever calls as %j is somebody new each time",
  async (number) => {
    await using model = await startModelServer((request) => ({
      kind: "say",
      tokens: tokensOf(`You said: ${askedIn(request)}`),
    }));
    await using continuo = await startContinuo({ env: answeredBy(model) });
    const first = await continuo.customer(number).call();
    await first.hear();
    await first.say("My name is Ada.");
    expect((await first.hear()).text).toBe("You said: My name is Ada.");
    await first.hangUp();

    const second = await continuo.customer(number).call();
    await second.hear();
    await second.say("What is my name?");
    expect((await second.hear()).text).toBe("You said: What is my name?");
    expect(inputOf(await model.request(2)).filter((line) => line.startsWith("user "))).toEqual([
      "user What is my name?",
    ]);
    expect(await continuo.app.ledger.subjects.recent(continuo.app.config.identity.tenant, 10)).toHaveLength(2);
  },
);

test("a hidden caller's call is one conversation, also over a lost socket", async () => {
  await using model = await startModelServer((_request, number) => ({
    kind: "say",
    tokens: tokensOf(`Answer ${number}.`),
  }));
  await using continuo = await startContinuo({ env: answeredBy(model) });
  const call = await continuo.customer("anonymous").call();
  await call.hear();
  await call.say("My name is Ada.");
  await call.hear();
  await call.drop();
  await call.say("What is my name?");
  await call.hear();
  expect(inputOf(await model.request(2))).toContain("user My name is Ada.");
});

test("a call that is asked about twice is one call, and either answer lets it in", async () => {
  await using continuo = await startContinuo();
  const { line } = continuo;
  const call = ringing();
  const first = relayIn(await tellOf(line, call, { path: "/voice" }));
  const second = relayIn(await tellOf(line, call, { path: "/voice" }));
  expect(second.attributes["welcomeGreeting"]).toBe(first.attributes["welcomeGreeting"]);
  // Twilio may have given up on the first answer, or only on waiting for the second.
  expect(second.url).toBe(first.url);
  const opened = await openRelay(line, first.url);
  if (opened.kind === "refused") throw new Error(`refused with ${opened.status}`);
  opened.socket.send(JSON.stringify({ type: "setup", sessionId: "VX1", callSid: call.callSid }));
  await continuo.happened("call_connected");

  // Asked once more, somebody is on the line already: nobody is greeted twice.
  const third = relayIn(await tellOf(line, call, { path: "/voice" }));
  expect(third.attributes["welcomeGreeting"]).toBeUndefined();
  expect(continuo.events.filter(({ name }) => name === "call_started")).toHaveLength(1);
  expect(await continuo.app.ledger.subjects.recent(continuo.app.config.identity.tenant, 10)).toHaveLength(1);
  opened.socket.terminate();
});

test("a call that is over stays over", async () => {
  await using continuo = await startContinuo();
  const { line } = continuo;
  const call = ringing();
  await tellOf(line, call, { path: "/voice" });
  await tellOf(line, call, { path: "/status", form: { CallStatus: "completed" } });
  await tellOf(line, call, { path: "/status", form: { CallStatus: "in-progress" } });
  await tellOf(line, call, { path: "/status", form: { CallStatus: "completed" } });

  expect((await tellOf(line, call, { path: "/voice" })).body).toMatch(/<Response><Hangup\/><\/Response>$/u);
  const lost = { SessionStatus: "failed", ErrorCode: "64105", CallStatus: "in-progress", SessionId: "VX1" };
  const after = await tellOf(line, call, { path: "/voice/action", form: lost });
  expect(after.status).toBe(200);
  expect(after.body).toContain("<Hangup/>");
  await continuo.quiet();
  expect(continuo.events.filter(({ name }) => name === "call_ended")).toHaveLength(1);
});

test("a call that nobody knows does no harm", async () => {
  await using continuo = await startContinuo();
  const { line } = continuo;
  const done = { CallStatus: "completed", SessionStatus: "completed", SessionId: "VX1" };
  expect(await tellOf(line, ringing(), { path: "/status", form: { CallStatus: "completed" } })).toMatchObject({
    status: 200,
  });
  expect(await tellOf(line, ringing(), { path: "/voice/action", form: done })).toMatchObject({ status: 200 });
  expect(await continuo.app.ledger.subjects.recent(continuo.app.config.identity.tenant, 10)).toEqual([]);

  // A caller who is still on the line is given a relay, whoever lost the first one.
  const lost = { SessionStatus: "failed", ErrorCode: "64105", CallStatus: "in-progress", SessionId: "VX1" };
  const relay = relayIn(await tellOf(line, ringing(), { path: "/voice/action", form: lost }));
  expect(relay.url).toMatch(/^wss?:/u);
});

test("a relay that cannot work is not tried again", async () => {
  await using continuo = await startContinuo();
  const call = ringing();
  await tellOf(continuo.line, call, { path: "/voice" });
  const refused = { SessionStatus: "failed", ErrorCode: "64101", CallStatus: "in-progress", SessionId: "VX1" };
  const { body } = await tellOf(continuo.line, call, { path: "/voice/action", form: refused });
  expect(body).toMatch(/<Say [^>]*>.+<\/Say><Hangup\/>/u);
});

function ringing(): Ringing {
  return { callSid: newSid("CA"), from: JOHN, to: BUSINESS };
}
