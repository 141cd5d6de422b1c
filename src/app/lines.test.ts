import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addressKey, aliasOf, readAddress } from "../core/address.ts";
import type { CallRecord } from "../core/call-record.ts";
import type { LineFrame } from "../core/call.ts";
import {
  callSid,
  newInboxId,
  newOutboxId,
  newTurnId,
  tenantId,
  type CallSid,
  type SubjectId,
  type TurnId,
} from "../core/ids.ts";
import type { Clock } from "../core/ports/clock.ts";
import { openSqliteLedger, type SqliteLedger } from "../ledger/sqlite.ts";
import type { Line, LineParts } from "./line.ts";
import { openLines, type Lines } from "./lines.ts";

const tenant = tenantId("default");
const greeting = "Good day, this is the support line.";
const apology = "I am sorry, I cannot answer now.";
const holder = "program";

let folder: string;
let ledger: SqliteLedger;
let calls = 0;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "continuo-line-"));
  ledger = await openSqliteLedger({ file: path.join(folder, "continuo.db"), holder });
});

afterAll(async () => {
  await ledger[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const often = { interval: 2 };

/** Time that stands still until it is moved on. */
function standingClock() {
  let now = 1_795_000_000_000;
  const sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();
  const clock: Clock = {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        sleepers.add({ at: now + ms, wake: resolve });
        signal?.addEventListener("abort", () => resolve());
      }),
  };
  return {
    clock,
    pass(ms: number): void {
      now += ms;
      for (const sleeper of sleepers) if (sleeper.at <= now) sleeper.wake();
    },
  };
}

/** A socket that keeps what was sent to it, until it is cut. */
function socketOf() {
  const sent: string[] = [];
  const closed: number[] = [];
  let open = true;
  return {
    sent,
    closed,
    cut: () => (open = false),
    speak(token: string, last: boolean): boolean {
      if (!open) return false;
      sent.push(last ? `${token}|` : token);
      return true;
    },
    close: (code: number) => void closed.push(code),
  };
}

/** One process with its lines, and what it was told. */
function processOf(given: Partial<LineParts> = {}) {
  const time = standingClock();
  const errors: unknown[] = [];
  const complaints: string[] = [];
  let work = 0;
  const lines = openLines({
    ledger,
    clock: time.clock,
    holder,
    leaseMs: 10_000,
    graceMs: 300_000,
    keypadPauseMs: 3_000,
    raiseFence: async () => undefined,
    apology,
    onConnected: () => undefined,
    onWork: () => (work += 1),
    onSpeech: () => undefined,
    onComplaint: (_callSid, description) => void complaints.push(description),
    onError: (error) => void errors.push(error),
    ...given,
  });
  return { lines, time, errors, complaints, work: () => work };
}

function setup(sid: CallSid, sessionId = "VX1"): LineFrame {
  return { type: "setup", callSid: sid, sessionId };
}

function said(text: string): LineFrame {
  return { type: "prompt", text, last: true };
}

/** A call that rings, of a caller of its own. */
async function ringing(): Promise<CallRecord> {
  calls += 1;
  const sid = callSid(`CA${String(calls).padStart(32, "0")}`);
  const address = readAddress(`+1415555${String(calls).padStart(4, "0")}`, "US");
  return await ledger.calls.open({
    callSid: sid,
    tenant,
    addressKey: addressKey(address, sid),
    alias: aliasOf(address, sid),
    from: `+1415555${String(calls).padStart(4, "0")}`,
    to: "+14155550199",
    direction: "inbound",
    tokenHash: "",
    greeting,
    session: { idleMs: 1_800_000, closeMs: 86_400_000 },
    resume: false,
    now: 1,
  });
}

async function connected(
  lines: Lines,
  call: CallRecord,
  sessionId = "VX1",
): Promise<{ readonly line: Line; readonly socket: ReturnType<typeof socketOf> }> {
  const socket = socketOf();
  const line = lines.open(socket, call);
  line.frame(setup(call.callSid, sessionId));
  await expect.poll(() => lines.of(call.subjectId).includes(line), often).toBe(true);
  return { line, socket };
}

async function again(call: CallRecord): Promise<CallRecord> {
  const known = await ledger.calls.get(call.callSid);
  if (known === undefined) throw new Error("the call is gone");
  return known;
}

function pending(subjectId: SubjectId) {
  return ledger.inbox.pending({ tenant, subjectId }).then((rows) => rows.map((row) => row.body));
}

/** Binds what was said to a turn, as a lane does. */
async function bound(line: Line, text: string): Promise<TurnId> {
  const turnId = newTurnId(1);
  const inboxId = newInboxId(1);
  const body = { kind: "speech", callSid: line.callSid, text } as const;
  const { subjectId, callSid: sid } = line;
  const arrival = {
    subjectId,
    callSid: sid,
    epoch: line.epoch(),
    fence: line.fence(),
    holder,
    turnId,
    inboxId,
    key: turnId,
    body,
    now: 1,
  };
  expect(await ledger.acceptSpoken(arrival)).toMatchObject({ kind: "turn" });
  return turnId;
}

/** Settles a turn whose reply no socket took. */
async function settledUnspoken(line: Line, turnId: TurnId, text: string): Promise<void> {
  const { subjectId, callSid: sid } = line;
  const rows = await ledger.inbox.pending({ tenant, subjectId });
  const settlement = {
    turnId,
    subjectId,
    tenant,
    outcome: "replied",
    consumed: rows.map((row) => row.id),
    dead: [],
    replies: [{ reply: { kind: "voice", callSid: sid, text, spoken: false }, ids: [newOutboxId(1)] }],
    openCalls: [],
    events: [],
  } as const;
  expect(await ledger.settle({ settlement, fence: line.fence(), now: 1 })).toMatchObject({ kind: "settled" });
}

describe("a line", () => {
  test("takes its call over with the setup, and keeps what was said until then", async () => {
    const { lines, work } = processOf();
    const call = await ringing();
    const line = lines.open(socketOf(), call);
    line.frame(setup(call.callSid));
    line.frame(said("Hello"));
    expect([line.waiting(), line.next(), lines.count()]).toEqual([0, undefined, 0]);
    await expect.poll(() => line.waiting(), often).toBe(1);
    expect(line.next()).toMatchObject({ cause: "speech", text: "Hello", serial: 1 });
    expect(line.next()).toBeUndefined();
    expect(await ledger.calls.get(call.callSid)).toMatchObject({ state: "live", epoch: 1, sessionId: "VX1" });
    expect([line.epoch(), line.fence() > 0, work() > 0, line.addresses]).toEqual([1, true, true, [call.from]]);
    await lines.closeAll();
  });

  test("is closed when its call is over, and nothing is lost but the line", async () => {
    const { lines } = processOf();
    const call = await ringing();
    await ledger.calls.end({ callSid: call.callSid, now: 1 });
    const socket = socketOf();
    lines.open(socket, call).frame(setup(call.callSid));
    await expect.poll(() => socket.closed, often).toEqual([1008]);
    expect(lines.count()).toBe(0);
  });

  test("is closed after ten frames that cannot be read, and the call waits for another socket", async () => {
    const { lines } = processOf();
    const call = await ringing();
    const { line, socket } = await connected(lines, call);
    for (let i = 0; i < 10; i += 1) line.frame(undefined);
    expect(socket.closed).toEqual([1007]);
    await expect.poll(async () => (await again(call)).state, often).toBe("lost");
    expect(lines.of(call.subjectId)).toEqual([]);
  });

  test("makes way for a newer socket of the same call", async () => {
    const { lines } = processOf();
    const call = await ringing();
    const old = await connected(lines, call);
    const young = await connected(lines, await again(call), "VX2");
    expect(old.socket.closed).toEqual([1001]);
    expect(lines.of(call.subjectId)).toEqual([young.line]);
    expect(await again(call)).toMatchObject({ state: "live", epoch: 2, sessionId: "VX2" });
    await lines.closeAll();
  });

  test("that is closed with all others leaves its call lost, written down", async () => {
    const { lines } = processOf();
    const call = await ringing();
    const { socket } = await connected(lines, call);
    await lines.closeAll();
    expect(socket.closed).toEqual([1001]);
    expect((await again(call)).state).toBe("lost");
  });

  test("that went while its call was taken over leaves it lost", async () => {
    const { lines } = processOf();
    const call = await ringing();
    const line = lines.open(socketOf(), call);
    line.frame(setup(call.callSid));
    line.gone();
    await expect.poll(async () => (await again(call)).state, often).toBe("lost");
    expect(lines.count()).toBe(0);
  });

  test("passes the relay's complaints on", async () => {
    const { lines, complaints } = processOf();
    const { line } = await connected(lines, await ringing());
    line.frame({ type: "error", description: "code: 64107" });
    expect(complaints).toEqual(["code: 64107"]);
    await lines.closeAll();
  });

  test("says once that something cannot be kept, and gives it out again before what came later", async () => {
    const { lines } = processOf();
    const { line, socket } = await connected(lines, await ringing());
    line.frame(said("Hello"));
    line.frame(said("Hello?"));
    for (let round = 0; round < 2; round += 1) {
      const first = line.next();
      expect(first).toMatchObject({ text: "Hello" });
      if (first !== undefined) line.again(first);
    }
    expect(socket.sent).toEqual([`${apology}|`]);
    expect([line.next()?.text, line.next()?.text]).toEqual(["Hello", "Hello?"]);
    await lines.closeAll();
  });
});

describe("keys", () => {
  test("are used after a pause, and until then kept for the next socket", async () => {
    const { lines, time } = processOf();
    const call = await ringing();
    const first = await connected(lines, call);
    first.line.frame({ type: "dtmf", digit: "1" });
    first.line.frame({ type: "dtmf", digit: "2" });
    await expect.poll(async () => (await again(call)).digits, often).toBe("12");
    first.line.gone();
    const second = await connected(lines, await again(call), "VX2");
    second.line.frame({ type: "dtmf", digit: "3" });
    expect(second.line.waiting()).toBe(0);
    time.pass(3_000);
    await expect.poll(() => second.line.waiting(), often).toBe(1);
    expect(second.line.next()).toMatchObject({ cause: "keys", text: "123" });
    await expect.poll(async () => (await again(call)).digits, often).toBe("");
    await lines.closeAll();
  });

  test("that are used before the call is taken over are not there for the next socket", async () => {
    const { lines } = processOf();
    const call = await ringing();
    const first = await connected(lines, call);
    first.line.frame({ type: "dtmf", digit: "1" });
    await expect.poll(async () => (await again(call)).digits, often).toBe("1");
    first.line.gone();
    await lines.closeAll();
    const second = lines.open(socketOf(), await again(call));
    second.frame(setup(call.callSid, "VX2"));
    second.frame({ type: "dtmf", digit: "#" });
    await expect.poll(async () => (await again(call)).digits, often).toBe("");
    expect(second.next()).toMatchObject({ cause: "keys", text: "1#" });
    await lines.closeAll();
  });

  test("put the pause off with each that is pressed", async () => {
    const { lines, time } = processOf();
    const { line } = await connected(lines, await ringing());
    line.frame({ type: "dtmf", digit: "1" });
    time.pass(2_000);
    line.frame({ type: "dtmf", digit: "2" });
    time.pass(2_000);
    await Promise.resolve();
    expect(line.waiting()).toBe(0);
    time.pass(1_000);
    await expect.poll(() => line.waiting(), often).toBe(1);
    expect(line.next()).toMatchObject({ text: "12" });
    await lines.closeAll();
  });
});

describe("a reply", () => {
  test("is kept back until its turn is durable, and then flows as it is made", async () => {
    const { lines } = processOf();
    const { line, socket } = await connected(lines, await ringing());
    const speaker = line.speaker(newTurnId(1), "speech");
    speaker.write("It has");
    speaker.write(" shipped");
    expect(socket.sent).toEqual([]);
    speaker.open();
    speaker.write(" today.");
    speaker.end();
    speaker.finished();
    expect(socket.sent).toEqual(["It has shipped", " today.", "|"]);
    expect([speaker.tookAll(), speaker.heard()]).toEqual([true, undefined]);
    await lines.closeAll();
  });

  test("of no words says nothing at all, not even that it ended", async () => {
    const { lines } = processOf();
    const { line, socket } = await connected(lines, await ringing());
    const speaker = line.speaker(newTurnId(1), "speech");
    speaker.open();
    speaker.end();
    speaker.finished();
    expect(socket.sent).toEqual([]);
    expect(line.quiet()).toBe(true);
    await lines.closeAll();
  });

  test("that goes on after a tool ends once, at its end", async () => {
    const { lines } = processOf();
    const { line, socket } = await connected(lines, await ringing());
    const speaker = line.speaker(newTurnId(1), "speech");
    speaker.write("One moment.");
    expect(socket.sent).toEqual([]);
    speaker.open();
    speaker.write(" It has shipped.");
    expect(socket.sent).toEqual(["One moment.", " It has shipped."]);
    speaker.end();
    speaker.finished();
    expect(socket.sent).toEqual(["One moment.", " It has shipped.", "|"]);
    await lines.closeAll();
  });

  test("that was made before its turn was durable goes out whole when it is", async () => {
    const { lines } = processOf();
    const { line, socket } = await connected(lines, await ringing());
    const speaker = line.speaker(newTurnId(1), "speech");
    speaker.write("Yes.");
    speaker.end();
    expect(speaker.tookAll()).toBe(false);
    speaker.open();
    expect(socket.sent).toEqual(["Yes.", "|"]);
    expect(speaker.tookAll()).toBe(true);
    await lines.closeAll();
  });

  test("that is interrupted stops at once, and takes along what was heard", async () => {
    const { lines } = processOf();
    const { line, socket } = await connected(lines, await ringing());
    const speaker = line.speaker(newTurnId(1), "speech");
    speaker.open();
    speaker.write("Sentence 1. Sentence 2.");
    line.frame({ type: "interrupt", heard: "Sentence 1" });
    expect(speaker.control.signal.aborted).toBe(true);
    speaker.write(" Sentence 3.");
    speaker.end();
    expect(socket.sent).toEqual(["Sentence 1. Sentence 2."]);
    expect(speaker.heard()).toBe("Sentence 1");
    speaker.finished();
    expect(line.corrections()).toMatchObject([{ kind: "heard", text: "Sentence 1" }]);
    expect(await pending(line.subjectId)).toEqual([]);
    await lines.closeAll();
  });

  test("that is interrupted after its turn settled is corrected by a row of the inbox", async () => {
    const { lines, work } = processOf();
    const { line } = await connected(lines, await ringing());
    const turnId = newTurnId(1);
    const speaker = line.speaker(turnId, "speech");
    speaker.open();
    speaker.write("It has shipped and comes on Monday.");
    speaker.end();
    speaker.heard();
    speaker.finished();
    const before = work();
    line.frame({ type: "interrupt", heard: "It has shipped" });
    await expect
      .poll(() => pending(line.subjectId))
      .toEqual([{ kind: "heard", callSid: line.callSid, turnId, text: "It has shipped" }]);
    await expect.poll(() => work() > before, often).toBe(true);
    expect(line.corrections()).toEqual([{ kind: "heard", turnId, text: "It has shipped" }]);
    await lines.closeAll();
  });

  test("that is interrupted while its turn settles is corrected as well", async () => {
    const { lines } = processOf();
    const { line } = await connected(lines, await ringing());
    const speaker = line.speaker(newTurnId(1), "speech");
    speaker.open();
    speaker.write("It has shipped.");
    speaker.end();
    expect(speaker.heard()).toBeUndefined();
    line.frame({ type: "interrupt", heard: "It has" });
    expect(speaker.heard()).toBeUndefined();
    await expect.poll(() => pending(line.subjectId), often).toMatchObject([{ kind: "heard", text: "It has" }]);
    speaker.finished();
    await lines.closeAll();
  });

  test("that the socket did not take whole is known not to be spoken", async () => {
    const { lines } = processOf();
    const { line, socket } = await connected(lines, await ringing());
    const speaker = line.speaker(newTurnId(1), "speech");
    speaker.open();
    speaker.write("It has");
    socket.cut();
    line.gone();
    speaker.write(" shipped.");
    speaker.end();
    speaker.finished();
    expect(speaker.tookAll()).toBe(false);
    await lines.closeAll();
  });

  test("is written down sentence by sentence, for the attempt after a crash", async () => {
    const { lines, time } = processOf();
    const { line } = await connected(lines, await ringing());
    const turnId = await bound(line, "Hello");
    const speaker = line.speaker(turnId, "speech");
    speaker.open();
    time.pass(1_000);
    speaker.write("One.");
    await expect
      .poll(async () => (await ledger.take({ subjectId: line.subjectId, holder, leaseMs: 1, now: 1 })).kind === "turn")
      .toBe(true);
    const taken = await ledger.take({ subjectId: line.subjectId, holder, leaseMs: 1, now: 1 });
    expect(taken).toMatchObject({ turn: { spoken: "One." } });
    speaker.end();
    speaker.finished();
    await lines.closeAll();
  });

  test("that waited for a socket is said on the next one, and can be interrupted there", async () => {
    const { lines } = processOf();
    const call = await ringing();
    const first = await connected(lines, call);
    const turnId = await bound(first.line, "Hello");
    first.line.gone();
    await settledUnspoken(first.line, turnId, "It has shipped.");
    const second = await connected(lines, await again(call), "VX2");
    await expect.poll(() => second.line.hasLeft(), often).toBe(true);
    await second.line.sayLeft();
    expect(second.socket.sent).toEqual(["It has shipped.|"]);
    expect(second.line.hasLeft()).toBe(false);
    expect((await ledger.outbox.of(call)).map((row) => row.state)).toEqual(["spoken"]);
    second.line.frame({ type: "interrupt", heard: "It has" });
    await expect.poll(() => pending(call.subjectId), often).toMatchObject([{ kind: "heard", turnId, text: "It has" }]);
    await lines.closeAll();
  });
});

describe("what a lost socket leaves", () => {
  test("was said and not looked at: it is kept for whoever answers next, once", async () => {
    const { lines } = processOf();
    const call = await ringing();
    const { line } = await connected(lines, call);
    line.frame(said("Hello"));
    line.frame({ type: "dtmf", digit: "#" });
    line.gone();
    await lines.closeAll();
    const kept = await pending(call.subjectId);
    expect(kept).toHaveLength(2);
    expect(kept).toContainEqual({ kind: "speech", callSid: call.callSid, text: "Hello" });
    expect(kept).toContainEqual({ kind: "keys", callSid: call.callSid, digits: "#" });
    expect([line.waiting(), line.next()]).toEqual([0, undefined]);
  });

  test("was said while another reply was made: it is kept before anybody looks at it", async () => {
    const { lines } = processOf();
    const call = await ringing();
    const { line } = await connected(lines, call);
    const speaker = line.speaker(newTurnId(1), "speech");
    line.frame(said("And is it big?"));
    await expect.poll(() => pending(call.subjectId), often).toMatchObject([{ kind: "speech", text: "And is it big?" }]);
    expect(line.next()).toMatchObject({ text: "And is it big?" });
    speaker.finished();
    await lines.closeAll();
    expect(await pending(call.subjectId)).toHaveLength(1);
  });

  test("is a reply that broke off: the line is quiet after it", async () => {
    const { lines } = processOf();
    const { line } = await connected(lines, await ringing());
    const speaker = line.speaker(newTurnId(1), "speech");
    speaker.open();
    speaker.write("It has");
    speaker.finished();
    expect(line.quiet()).toBe(true);
    await lines.closeAll();
  });

  test("is a reply that settled later: the newer socket can say it", async () => {
    const { lines } = processOf();
    const call = await ringing();
    const first = await connected(lines, call);
    const turnId = await bound(first.line, "Hello");
    first.line.gone();
    const second = await connected(lines, await again(call), "VX2");
    await second.line.sayLeft();
    await settledUnspoken(second.line, turnId, "It has shipped.");
    second.line.leave();
    expect(second.line.hasLeft()).toBe(true);
    await second.line.sayLeft();
    await second.line.sayLeft();
    expect(second.socket.sent).toEqual(["It has shipped.|"]);
    await lines.closeAll();
  });

  test("is nothing when the ledger could not take the call over: the socket is closed, and the relay comes back", async () => {
    const away = await openSqliteLedger({ file: path.join(folder, "away.db"), holder });
    const { lines, errors } = processOf({ ledger: away });
    await away[Symbol.asyncDispose]();
    const call = await ringing();
    const socket = socketOf();
    lines.open(socket, call).frame(setup(call.callSid));
    await expect.poll(() => socket.closed, often).toEqual([1011]);
    await expect.poll(() => errors.length, often).toBe(1);
    expect(lines.count()).toBe(0);
  });
});

describe("the line is quiet", () => {
  test("when nobody speaks and nothing is being answered, and says so when it becomes", async () => {
    const { lines, work } = processOf();
    const { line } = await connected(lines, await ringing());
    line.frame({ type: "speaking", who: "caller", on: true });
    expect(line.quiet()).toBe(false);
    const before = work();
    line.frame({ type: "speaking", who: "caller", on: false });
    expect([line.quiet(), work()]).toEqual([true, before + 1]);
    line.frame(said("Hello"));
    expect(line.quiet()).toBe(false);
    line.next();
    const speaker = line.speaker(newTurnId(1), "speech");
    expect(line.quiet()).toBe(false);
    speaker.open();
    speaker.end();
    speaker.finished();
    expect(line.quiet()).toBe(true);
    await lines.closeAll();
  });

  test("when nothing was heard for long of somebody who is said to speak", async () => {
    const { lines, time } = processOf();
    const { line } = await connected(lines, await ringing());
    line.frame({ type: "prompt", text: "Well", last: false });
    time.pass(20_000);
    expect(line.quiet()).toBe(false);
    time.pass(1);
    expect(line.quiet()).toBe(true);
    await lines.closeAll();
  });

  test("not while a reply is being made, however long that takes", async () => {
    const { lines, time } = processOf();
    const { line } = await connected(lines, await ringing());
    const speaker = line.speaker(newTurnId(1), "speech");
    time.pass(60_000);
    expect(line.quiet()).toBe(false);
    speaker.finished();
    expect(line.quiet()).toBe(true);
    await lines.closeAll();
  });
});
