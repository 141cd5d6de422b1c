import { expect, test } from "vitest";
import type { PhoneCall } from "../../src/simulator/call.ts";
import { newSid, reach } from "../../src/simulator/line.ts";
import { openRelay } from "../../src/simulator/relay.ts";
import { BUSINESS, itemsOf, JOHN, startContinuo } from "../support/continuo.ts";
import { openSocket, relayIn, tellOf, type Ringing } from "../support/voice.ts";

const JANE = "+14155550123";

test("whatever comes over a socket costs no other call anything", async () => {
  await using continuo = await startContinuo();
  const jane = await continuo.customer(JANE).call();
  await jane.hear();

  for (const { frames, closes } of [
    { frames: ['{"type":"prompt","voicePrompt":"Hi","last":true}'], closes: 1008 },
    { frames: ['{"type":"interrupt"}'], closes: 1008 },
    { frames: [JSON.stringify({ type: "setup", sessionId: "VX1", callSid: newSid("CA") })], closes: 1008 },
    { frames: Array.from({ length: 10 }, () => "{"), closes: 1007 },
    { frames: Array.from({ length: 10 }, () => Buffer.from('{"type":"prompt","voicePrompt":"Hi"}')), closes: 1007 },
    { frames: ["x".repeat(70_000)], closes: 1009 },
  ]) {
    const { socket, closed } = await openSocket(continuo.line, ringing());
    for (const frame of frames) socket.send(frame);
    expect(await closed).toBe(closes);
    await isAnswered(jane);
  }
  expect(await continuo.record(JOHN)).toEqual([]);
});

test("what cannot be read is passed over, and only ten of it in a row end the socket", async () => {
  await using continuo = await startContinuo();
  const call = await continuo.customer().call();
  await call.hear();

  for (let round = 0; round < 3; round += 1) {
    for (let bad = 0; bad < 9; bad += 1) call.send("this is not json");
    await isAnswered(call);
  }
  expect(call.sessions).toBe(1);
  for (let bad = 0; bad < 10; bad += 1) call.send("this is not json");
  await expect.poll(() => call.sessions).toBe(2);
  await isAnswered(call);
});

test("types that are new, and a second setup, change nothing", async () => {
  await using continuo = await startContinuo();
  const call = await continuo.customer().call();
  await call.hear();

  for (let place = 0; place < 30; place += 1) call.send({ type: `somethingNew${place}`, value: { deep: [1] } });
  const setup = call.frames.entries.find(({ frame }) => frame["type"] === "setup");
  call.send(setup?.frame ?? {});
  await isAnswered(call);
  expect(call.sessions).toBe(1);
  expect(continuo.events.filter(({ name }) => name === "call_connected" || name === "call_resumed")).toHaveLength(1);
});

test("a frame cannot reach into the program", async () => {
  await using continuo = await startContinuo();
  const call = await continuo.customer().call();
  await call.hear();

  call.send('{"__proto__":{"type":"prompt","voicePrompt":"Smuggled","last":true,"polluted":"yes"}}');
  call.send('{"type":"info","name":"__proto__","value":{"polluted":"yes"}}');
  call.send('{"type":"__proto__","constructor":{"prototype":{"polluted":"yes"}}}');
  call.send('{"type":"prompt","voicePrompt":"Not yet","last":false,"__proto__":{"last":true}}');
  await isAnswered(call);
  expect("polluted" in {}).toBe(false);
  const said = itemsOf(await continuo.record()).flatMap((item) => (item.kind === "customer" ? [item.text] : []));
  expect(said).toEqual(["What do you know about order ORD_12345?"]);
});

test("a frame that is too long ends the socket, and the call goes on", async () => {
  await using continuo = await startContinuo();
  const call = await continuo.customer().call();
  await call.hear();
  call.send({ type: "prompt", voicePrompt: "long ".repeat(20_000), last: true });
  await expect.poll(() => call.sessions).toBe(2);
  await isAnswered(call);
});

test("a socket is admitted by its signature and its token, before anything is switched", async () => {
  await using continuo = await startContinuo();
  const { line } = continuo;
  const { url } = relayIn(await tellOf(line, ringing(), { path: "/voice" }));
  const path = new URL(url).pathname;

  function at(changed: string): string {
    return url.replace(path, changed);
  }

  expect(await openRelay(line, url, { token: null })).toEqual({ kind: "refused", status: 403 });
  expect(await openRelay(line, url, { token: "0".repeat(32) })).toEqual({ kind: "refused", status: 403 });
  expect(await openRelay(line, `${url}x`)).toEqual({ kind: "refused", status: 403 });
  expect(await openRelay(line, at("/conversation-relay/nobody"))).toEqual({ kind: "refused", status: 403 });
  expect(await openRelay(line, at(`/conversation-relay/${newSid("CA")}.secret`))).toEqual({
    kind: "refused",
    status: 403,
  });
  expect(await openRelay(line, at("/conversation-relay"))).toEqual({ kind: "refused", status: 404 });
  expect(await openRelay(line, at("/voice"))).toEqual({ kind: "refused", status: 404 });
  expect(await openRelay(line, at(`/conversation-relay/${"x".repeat(300)}`))).toEqual({ kind: "refused", status: 404 });
  // Nobody can simply look.
  expect((await fetch(reach(line, url).replace(/^ws/u, "http"))).status).toBe(404);

  const opened = await openRelay(line, url);
  expect(opened.kind).toBe("open");
  if (opened.kind === "open") opened.socket.terminate();
});

/** Somebody else's call, of which only the webhook was asked so far. */
function ringing(): Ringing {
  return { callSid: newSid("CA"), from: JOHN, to: BUSINESS };
}

async function isAnswered(call: PhoneCall): Promise<void> {
  await call.say("What do you know about order ORD_12345?");
  const { text, fate } = await call.hear();
  expect(fate).toBe("whole");
  expect(text.length).toBeGreaterThan(10);
}
