import { expect, test } from "vitest";
import { newSid } from "../../src/simulator/line.ts";
import { readScript, replay, type Replayed, type WireLine } from "../../src/simulator/script.ts";
import { BUSINESS, itemsOf, JOHN, startContinuo, type Continuo } from "../support/continuo.ts";
import { startModelServer } from "../support/model-server.ts";
import { answeredBy, askedIn, relayIn, tokensOf } from "../support/voice.ts";

const twelve = Array.from({ length: 12 }, (_one, place) => `Sentence ${place + 1} of twelve.`).join(" ");

test("key-during-greeting: the interruption belongs to the greeting, and both keys are answered", async () => {
  await using model = await startModelServer((request) => ({
    kind: "say",
    tokens: tokensOf(`Key ${askedIn(request).at(-1) ?? ""}.`),
  }));
  await using continuo = await startContinuo({ env: answeredBy(model) });
  const replayed = await play(continuo, await recorded("key-during-greeting"));

  expect(spoken(replayed)).toEqual(["Key 9.", "Key 8."]);
  expect(itemsOf(await continuo.record())).toEqual([
    { kind: "customer", channel: "voice", text: "9", keys: true },
    { kind: "agent", channel: "voice", text: "Key 9.", status: "complete" },
    { kind: "customer", channel: "voice", text: "8", keys: true },
    { kind: "agent", channel: "voice", text: "Key 8.", status: "complete" },
  ]);
  await isOver(continuo);
});

test("barge-in: the record holds what was heard, and the final words are answered once", async () => {
  await using model = await startModelServer((_request, number) => ({
    kind: "say",
    tokens: tokensOf(number === 1 ? twelve : "I heard: Stop. Stop. Stop. I am interrupting you now."),
  }));
  await using continuo = await startContinuo({ env: answeredBy(model) });
  const script = await recorded("barge-in");
  // The twelve sentences are only told of in the recording; here they are waited for.
  const told = script.findIndex((entry) => entry.dir === "note");
  const out: WireLine = { ms: 5_183, dir: "out", session: 1, frame: { type: "text", token: "", last: true } };
  const replayed = await play(continuo, script.toSpliced(told + 1, 0, out));

  expect(spoken(replayed)).toEqual([twelve, "I heard: Stop. Stop. Stop. I am interrupting you now."]);
  expect(model.requests).toHaveLength(2);
  const items = itemsOf(await continuo.record());
  expect(items.map((item) => item.kind)).toEqual(["customer", "agent", "heard", "customer", "agent"]);
  expect(items[2]).toMatchObject({ text: "Sentence 1 of twelve. Sentence 2 of" });
  expect(items[3]).toMatchObject({ text: "Stop. Stop. Stop. I am interrupting you now." });
  await isOver(continuo);
});

test("socket-drop: what comes next is another relay without a greeting, until the call is told to be over", async () => {
  await using model = await startModelServer(() => ({ kind: "say", tokens: tokensOf("I heard: Holding.") }));
  await using continuo = await startContinuo({ env: answeredBy(model) });
  const replayed = await play(continuo, await recorded("socket-drop"));

  expect(spoken(replayed)).toEqual(["I heard: Holding."]);
  expect(relayIn(answerOf(replayed, "/voice/action")).attributes["welcomeGreeting"]).toBeUndefined();
  await continuo.happened("call_dropped");
  await isOver(continuo);
  expect(continuo.twilio.requests.entries).toEqual([]);
});

test("end-then-second-session: a relay that ended in order is not given again", async () => {
  await using model = await startModelServer(() => ({ kind: "say", tokens: tokensOf("I heard: Holding.") }));
  await using continuo = await startContinuo({ env: answeredBy(model) });
  const script = await recorded("end-then-second-session");
  const first = script.slice(0, script.findIndex((entry) => entry.dir === "http") + 1);
  const replayed = await play(continuo, first);

  expect(spoken(replayed)).toEqual(["I heard: Holding."]);
  expect(answerOf(replayed, "/voice/action").body).toContain("<Hangup/>");
  await isOver(continuo);
});

test("end-then-second-session, with the first one lost: the second one is the same call, and is not greeted", async () => {
  await using model = await startModelServer(() => ({ kind: "say", tokens: tokensOf("I heard: Holding.") }));
  await using continuo = await startContinuo({ env: answeredBy(model) });
  const script = await recorded("end-then-second-session");
  const lost = { SessionStatus: "failed", ErrorCode: "64105", ErrorMessage: "Websocket ended" };
  const firstEnd = script.findIndex((entry) => entry.dir === "http");
  const changed = script
    .map((entry, place) =>
      entry.dir === "http" && place === firstEnd ? { ...entry, form: { ...entry.form, ...lost } } : entry,
    )
    // What the recorded application said by itself there, ours has no reason to say.
    .filter((entry) => entry.dir !== "out");
  const replayed = await play(continuo, changed);

  expect(spoken(replayed)).toEqual(["I heard: Holding."]);
  const [first, second] = replayed.answers.filter(({ path }) => path.endsWith("/voice/action"));
  if (first === undefined || second === undefined) throw new Error("the relay did not end twice");
  expect(relayIn(first.answer).attributes["welcomeGreeting"]).toBeUndefined();
  expect(second.answer.body).toContain("<Hangup/>");
  expect(continuo.events.map(({ name }) => name).filter((name) => name.startsWith("call_"))).toEqual([
    "call_started",
    "call_connected",
    "call_dropped",
    "call_resumed",
    "call_dropped",
    "call_ended",
  ]);
});

test("malformed-frames: complaints about our frames are only noted, and the call goes on after the close", async () => {
  await using continuo = await startContinuo();
  const replayed = await play(continuo, await recorded("malformed-frames"));

  expect(replayed.frames).toEqual([]);
  expect(replayed.closed).toEqual([]);
  expect(relayIn(answerOf(replayed, "/voice/action")).attributes["welcomeGreeting"]).toBeUndefined();
});

test("status-out-of-order: callbacks in any order, also of a call that nobody knows, are taken", async () => {
  await using continuo = await startContinuo();
  const replayed = await play(continuo, await recorded("status-out-of-order"));

  expect(replayed.answers.map(({ answer }) => answer.status)).toEqual([200, 200, 200]);
  expect(await continuo.app.ledger.subjects.recent(continuo.app.config.identity.tenant, 10)).toEqual([]);
});

function recorded(name: string): Promise<readonly WireLine[]> {
  return readScript(new URL(`../fixtures/relay-recordings/${name}.jsonl`, import.meta.url));
}

/** Plays a recording as John's call, and waits until everything it caused is done. */
async function play(continuo: Continuo, script: readonly WireLine[]): Promise<Replayed> {
  const callSid = newSid("CA");
  const replayed = await replay(script, { line: continuo.line, from: JOHN, to: BUSINESS, callSid, answerMs: 8_000 });
  await continuo.quiet();
  return replayed;
}

/** What was said, one entry a finished stretch. */
function spoken({ frames }: Replayed): readonly string[] {
  const said = [""];
  for (const { frame } of frames) {
    if (!isText(frame)) continue;
    said.push((said.pop() ?? "") + frame.token);
    if (frame.last) said.push("");
  }
  return said.filter((text) => text !== "");
}

function isText(frame: unknown): frame is { readonly token: string; readonly last: boolean } {
  return typeof frame === "object" && frame !== null && "token" in frame && "last" in frame;
}

function answerOf(replayed: Replayed, path: string) {
  const found = replayed.answers.find((one) => one.path.endsWith(path));
  if (found === undefined) throw new Error(`${path} was not asked`);
  return found.answer;
}

async function isOver(continuo: Continuo): Promise<void> {
  await continuo.happened("call_ended");
  expect(continuo.events.filter(({ name }) => name === "call_ended")).toHaveLength(1);
}
