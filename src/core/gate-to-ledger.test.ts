import { describe, expect, test } from "vitest";
import { ContinuoError } from "./errors.ts";
import { openToolGate, type GateParts } from "./gate-to-ledger.ts";
import { newSubjectId, newTurnId } from "./ids.ts";
import type { Clock } from "./ports/clock.ts";
import type { ToolCalls } from "./ports/ledger.ts";
import { sentences } from "./sentences.ts";
import type { ToolCallRecord, ToolClaim } from "./tool-call.ts";
import type { GateCall } from "./tool-gate.ts";

const subject = newSubjectId(0);
const turn = newTurnId(0);

const refund: GateCall = {
  callId: "call_1",
  tool: "process_refund",
  arguments: '{"orderId":"ORD_12345"}',
  effect: "pays",
  act: "process_refund ORD_12345",
  idempotent: false,
  timeoutMs: 1_000,
};
const lookup: GateCall = {
  ...refund,
  callId: "call_2",
  tool: "lookup_order",
  effect: "reads",
  act: "lookup_order ORD_12345",
};

const often = { interval: 2 };

/** Time that stands still until it is moved on. */
function standingClock() {
  let now = 1_000;
  const sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();
  const clock: Clock = {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) resolve();
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
    sleeping: () => sleepers.size,
  };
}

/** Acts kept in memory, by the rules of the ledger. */
function actsInMemory(clock: Clock) {
  const acts = new Map<string, ToolCallRecord & { readonly deadlineAt: number; readonly fence: number }>();
  const reads: string[] = [];
  let settled = false;
  let fence = 1;
  let broken: ContinuoError | undefined;
  /** Holds the next claim's answer back, as a slow commit does. */
  let slow: Promise<void> | undefined;

  async function commit(): Promise<void> {
    await Promise.resolve();
    if (broken !== undefined) throw broken;
  }

  const port: ToolCalls = {
    async claim(claim: ToolClaim) {
      await commit();
      await slow;
      if (claim.fence !== fence || settled) return { kind: "fenced" };
      const earlier = acts.get(claim.act);
      if (earlier?.state === "done") {
        return { kind: "done", id: earlier.id, callId: earlier.callId, output: earlier.output ?? "" };
      }
      if (earlier !== undefined && !(claim.idempotent && earlier.deadlineAt <= clock.now())) {
        if (earlier.deadlineAt <= clock.now()) return { kind: "unknown", id: earlier.id };
        return { kind: "running", id: earlier.id, untilMs: earlier.deadlineAt };
      }
      const id = earlier?.id ?? claim.id;
      const { callId, effect, deadlineAt } = claim;
      acts.set(claim.act, {
        id,
        callId,
        tool: claim.tool,
        arguments: claim.arguments,
        effect,
        deadlineAt,
        fence,
        state: "running",
        startedAt: claim.now,
      });
      return { kind: "claimed", id, key: id };
    },
    async finish({ id, output }) {
      await commit();
      for (const [act, record] of acts) if (record.id === id) acts.set(act, { ...record, state: "done", output });
      return { late: settled };
    },
    async record(call) {
      await commit();
      reads.push(call.callId);
    },
    expire: () => Promise.resolve([]),
    async ofTurn() {
      await commit();
      return [...acts.values()];
    },
  };
  return {
    port,
    reads,
    of: (act: string) => acts.get(act),
    settle: () => (settled = true),
    seize: () => (fence += 1),
    fail: (error: ContinuoError | undefined) => (broken = error),
    slowDown: (until: Promise<void>) => void (slow = until),
  };
}

/** Executions that are counted and end when they are told to. */
function tool() {
  const runs: { readonly key: string; readonly signal: AbortSignal; readonly answer: PromiseWithResolvers<string> }[] =
    [];
  return {
    runs,
    execute: (key: string, signal: AbortSignal) => {
      const answer = Promise.withResolvers<string>();
      runs.push({ key, signal, answer });
      return answer.promise;
    },
  };
}

function attempt(shared = standingClock(), acts = actsInMemory(shared.clock), given: Partial<GateParts> = {}) {
  const control = new AbortController();
  let late = 0;
  const gate = openToolGate({
    toolCalls: acts.port,
    clock: shared.clock,
    subjectId: subject,
    turnId: turn,
    fence: 1,
    durable: Promise.resolve(),
    signal: control.signal,
    onLate: () => (late += 1),
    ...given,
  });
  return { gate, acts, time: shared, control, late: () => late };
}

async function failing(): Promise<string> {
  await Promise.resolve();
  throw new Error("not possible");
}

function throwing(): Promise<string> {
  throw new TypeError("a bug");
}

function instant(output: string) {
  return async () => output;
}

describe("a call that reads", () => {
  test("runs each time, and is written down", async () => {
    const { gate, acts } = attempt();
    expect(await gate.run(lookup, instant("one"))).toBe("one");
    expect(await gate.run({ ...lookup, callId: "call_3" }, instant("two"))).toBe("two");
    await gate.flush();
    expect(acts.reads).toEqual(["call_2", "call_3"]);
    expect(gate.touched()).toBe(false);
    expect(gate.tools()).toEqual(["lookup_order"]);
    expect(gate.begun()).toEqual([]);
  });

  test("that takes too long is told as such, and its signal fires", async () => {
    const { gate, time } = attempt();
    const slow = tool();
    const reading = gate.run(lookup, slow.execute);
    await expect.poll(() => slow.runs.length, often).toBe(1);
    time.pass(1_000);
    expect(await reading).toContain("did not answer in time");
    expect(slow.runs[0]?.signal.aborted).toBe(true);
  });

  test("that fails tells the model why", async () => {
    const { gate } = attempt();
    expect(await gate.run(lookup, failing)).toBe('{"error":"not possible"}');
    expect(await gate.run(lookup, throwing)).toBe('{"error":"a bug"}');
  });

  test("that could not be written down is told to whoever flushes, and to nobody before", async () => {
    const { gate, acts } = attempt();
    acts.fail(new ContinuoError("ledger_unavailable", "locked"));
    expect(await gate.run(lookup, instant("one"))).toBe("one");
    await expect(gate.flush()).rejects.toMatchObject({ code: "ledger_unavailable" });
  });
});

describe("an act with an effect", () => {
  test("happens once in a turn, and equal calls get its result", async () => {
    const { gate } = attempt();
    const pay = tool();
    const both = [gate.run(refund, pay.execute), gate.run({ ...refund, callId: "call_9" }, pay.execute)];
    await expect.poll(() => pay.runs.length, often).toBe(1);
    expect(gate.touched()).toBe(true);
    expect(gate.running()).toEqual(["call_1"]);
    pay.runs[0]?.answer.resolve("refunded");
    expect(await Promise.all(both)).toEqual(["refunded", "refunded"]);
    expect(await gate.run({ ...refund, callId: "call_10" }, pay.execute)).toBe("refunded");
    expect(pay.runs).toHaveLength(1);
    expect(gate.running()).toEqual([]);
    expect(gate.begun()).toMatchObject([{ callId: "call_1", tool: "process_refund", output: "refunded" }]);
  });

  test("that another attempt did is not done again", async () => {
    const before = attempt();
    await before.gate.run(refund, instant("refunded"));
    const again = attempt(before.time, before.acts);
    const pay = tool();
    expect(await again.gate.run({ ...refund, callId: "other" }, pay.execute)).toBe("refunded");
    expect(pay.runs).toHaveLength(0);
    expect(again.gate.begun()).toEqual([]);
  });

  test("of which nobody knows how it ended is not done again, and the model is told so", async () => {
    const before = attempt();
    const pay = tool();
    void before.gate.run(refund, pay.execute);
    await expect.poll(() => pay.runs.length, often).toBe(1);
    before.time.pass(1_000);
    const again = attempt(before.time, before.acts);
    expect(await again.gate.run(refund, pay.execute)).toBe(sentences.unknownAct);
    expect(pay.runs).toHaveLength(1);
  });

  test("that honours a key is asked again with the same key", async () => {
    const before = attempt();
    const pay = tool();
    const call = { ...refund, idempotent: true };
    void before.gate.run(call, pay.execute);
    await expect.poll(() => pay.runs.length, often).toBe(1);
    before.time.pass(1_000);
    const again = attempt(before.time, before.acts);
    const asked = again.gate.run(call, pay.execute);
    await expect.poll(() => pay.runs.length, often).toBe(2);
    pay.runs[1]?.answer.resolve("refunded");
    expect(await asked).toBe("refunded");
    expect(pay.runs[1]?.key).toBe(pay.runs[0]?.key);
  });

  test("that is under way elsewhere is waited for", async () => {
    const before = attempt();
    const pay = tool();
    const running = before.gate.run(refund, pay.execute);
    await expect.poll(() => pay.runs.length, often).toBe(1);
    const again = attempt(before.time, before.acts);
    const sleeping = before.time.sleeping();
    const waiting = again.gate.run(refund, pay.execute);
    await expect.poll(() => before.time.sleeping(), often).toBe(sleeping + 1);
    pay.runs[0]?.answer.resolve("refunded");
    await running;
    before.time.pass(1_000);
    expect(await waiting).toBe("refunded");
    expect(pay.runs).toHaveLength(1);
  });

  test("is refused when somebody else holds the lane", async () => {
    const { gate, acts } = attempt();
    acts.seize();
    const pay = tool();
    await expect(gate.run(refund, pay.execute)).rejects.toMatchObject({ code: "tool_failed" });
    expect(pay.runs).toHaveLength(0);
  });

  test("that failed is its own result, and is not tried again behind the model's back", async () => {
    const { gate, acts } = attempt();
    expect(await gate.run(refund, failing)).toBe('{"error":"not possible"}');
    expect(await gate.run(refund, instant("refunded"))).toBe('{"error":"not possible"}');
    expect(acts.of(refund.act)).toMatchObject({ state: "done" });
  });

  test("that a bug kept from starting has failed as well", async () => {
    const { gate } = attempt();
    expect(await gate.run(refund, throwing)).toBe('{"error":"a bug"}');
    expect(gate.running()).toEqual([]);
  });

  test("does not begin when the ledger is away", async () => {
    const { gate, acts } = attempt();
    acts.fail(new ContinuoError("ledger_unavailable", "locked"));
    const pay = tool();
    await expect(gate.run(refund, pay.execute)).rejects.toMatchObject({ code: "ledger_unavailable" });
    expect(pay.runs).toHaveLength(0);
  });

  test("whose result cannot be written stops the turn, and its end is not known", async () => {
    const { gate, acts } = attempt();
    const pay = tool();
    const paying = gate.run(refund, pay.execute);
    await expect.poll(() => pay.runs.length, often).toBe(1);
    acts.fail(new ContinuoError("ledger_full", "no space"));
    pay.runs[0]?.answer.resolve("refunded");
    await expect(paying).rejects.toMatchObject({ code: "ledger_full" });
    expect(acts.of(refund.act)).toMatchObject({ state: "running" });
  });
});

describe("an act that takes too long", () => {
  test("is unknown to the model, and stays open until its result comes after all", async () => {
    const { gate, acts, time, late } = attempt();
    const pay = tool();
    const paying = gate.run(refund, pay.execute);
    await expect.poll(() => pay.runs.length, often).toBe(1);
    time.pass(1_000);
    expect(await paying).toBe(sentences.unknownAct);
    expect(pay.runs[0]?.signal.aborted).toBe(true);
    expect(gate.running()).toEqual(["call_1"]);
    expect(gate.begun()).toMatchObject([{ output: sentences.unknownAct }]);
    acts.settle();
    pay.runs[0]?.answer.resolve("refunded");
    await expect.poll(late, often).toBe(1);
    expect(acts.of(refund.act)).toMatchObject({ state: "done", output: "refunded" });
    await expect.poll(() => gate.running(), often).toEqual([]);
  });

  test("and then gives up leaves its claim open, for a person to look at", async () => {
    const { gate, acts, time, late } = attempt();
    const pay = tool();
    const paying = gate.run(refund, pay.execute);
    await expect.poll(() => pay.runs.length, often).toBe(1);
    time.pass(1_000);
    await paying;
    pay.runs[0]?.answer.reject(new Error("aborted"));
    await expect.poll(() => gate.running(), often).toEqual([]);
    expect(acts.of(refund.act)).toMatchObject({ state: "running" });
    expect(late()).toBe(0);
  });

  test("and whose result cannot be written then harms nobody", async () => {
    const { gate, acts, time } = attempt();
    const pay = tool();
    const paying = gate.run(refund, pay.execute);
    await expect.poll(() => pay.runs.length, often).toBe(1);
    time.pass(1_000);
    await paying;
    acts.fail(new ContinuoError("ledger_unavailable", "locked"));
    pay.runs[0]?.answer.resolve("refunded");
    await expect.poll(() => gate.running(), often).toEqual([]);
  });
});

describe("an interruption", () => {
  test("keeps what has not begun from beginning", async () => {
    const { gate, control } = attempt();
    control.abort();
    const pay = tool();
    await expect(gate.run(refund, pay.execute)).rejects.toMatchObject({ code: "tool_failed" });
    await expect(gate.run(lookup, pay.execute)).rejects.toMatchObject({ code: "tool_failed" });
    expect(pay.runs).toHaveLength(0);
    expect(gate.touched()).toBe(false);
  });

  test("while an act is claimed keeps it from beginning, and the claim says so", async () => {
    const { gate, acts, control } = attempt();
    const commit = Promise.withResolvers<void>();
    acts.slowDown(commit.promise);
    const pay = tool();
    const paying = gate.run(refund, pay.execute);
    await expect.poll(() => gate.touched(), often).toBe(true);
    control.abort();
    commit.resolve();
    await expect(paying).rejects.toMatchObject({ code: "tool_failed" });
    expect(pay.runs).toHaveLength(0);
    expect(gate.begun()).toEqual([]);
    expect(acts.of(refund.act)).toMatchObject({ state: "done", output: expect.stringContaining("not begun") });
  });

  test("leaves an act that runs alone: its result comes in late", async () => {
    const { gate, acts, control, late } = attempt();
    const pay = tool();
    const paying = gate.run(refund, pay.execute);
    await expect.poll(() => pay.runs.length, often).toBe(1);
    control.abort();
    expect(pay.runs[0]?.signal.aborted).toBe(false);
    expect(gate.running()).toEqual(["call_1"]);
    acts.settle();
    pay.runs[0]?.answer.resolve("refunded");
    expect(await paying).toBe("refunded");
    expect(late()).toBe(1);
  });

  test("ends the wait for an act that is under way elsewhere", async () => {
    const before = attempt();
    const pay = tool();
    void before.gate.run(refund, pay.execute);
    await expect.poll(() => pay.runs.length, often).toBe(1);
    const again = attempt(before.time, before.acts);
    const sleeping = before.time.sleeping();
    const waiting = again.gate.run(refund, pay.execute);
    await expect.poll(() => before.time.sleeping(), often).toBe(sleeping + 1);
    again.control.abort();
    await expect(waiting).rejects.toMatchObject({ code: "tool_failed" });
  });
});

describe("a turn that is not bound yet", () => {
  test("starts no tool before it is", async () => {
    const bound = Promise.withResolvers<void>();
    const { gate } = attempt(undefined, undefined, { durable: bound.promise });
    const pay = tool();
    const paying = gate.run(refund, pay.execute);
    await Promise.resolve();
    expect(pay.runs).toHaveLength(0);
    bound.resolve();
    await expect.poll(() => pay.runs.length, often).toBe(1);
    pay.runs[0]?.answer.resolve("refunded");
    expect(await paying).toBe("refunded");
  });

  test("starts none at all when it never is", async () => {
    const { gate } = attempt(undefined, undefined, { durable: Promise.reject(new Error("queued")) });
    const pay = tool();
    await expect(gate.run(refund, pay.execute)).rejects.toThrow("queued");
    expect(pay.runs).toHaveLength(0);
  });
});
