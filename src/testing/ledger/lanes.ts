import { expect } from "vitest";
import { MOST_ROWS } from "../../core/binding.ts";
import { newClaimId, newInboxId } from "../../core/ids.ts";
import type { Ledger } from "../../core/ports/ledger.ts";
import type { BoundTurn } from "../../core/turn-record.ts";
import {
  calling,
  eventsOf,
  newCustomer,
  noon,
  ours,
  ref,
  says,
  settlementOf,
  takeTurn,
  text,
  wordsOf,
  type Stage,
} from "./stage.ts";

/** What taking, freeing and giving up turns must do. */
export function laneContract({ ledger, fresh, test }: Stage): void {
  test("a burst of texts is one turn, in the order they came", async () => {
    const customer = newCustomer();
    await says(ledger(), customer, "Hello");
    const subjectId = await says(ledger(), customer, "Where is my order?");
    const { turn, seized } = await takeTurn(ledger(), subjectId);
    expect(turn).toMatchObject({
      subjectId,
      attempt: 1,
      calls: [],
      spoken: "",
      owner: "agent",
      addresses: [customer.number],
    });
    expect(turn.textRoute).toEqual({ channel: "sms", to: customer.number, from: ours });
    expect(wordsOf(turn)).toEqual(["Hello", "Where is my order?"]);
    expect(seized).toBe(false);
  });

  test("a settled turn leaves nothing to do, and the lane is freed", async () => {
    const subjectId = await says(ledger(), newCustomer(), "Hello");
    const { turn, fence } = await takeTurn(ledger(), subjectId);
    await ledger().settle({ settlement: settlementOf(turn), fence, now: noon });
    expect(await ledger().take({ subjectId, holder: "one", leaseMs: 10_000, now: noon })).toMatchObject({
      kind: "idle",
      seized: false,
    });
    expect(await ledger().lanes.renew({ subjectId, holder: "one", leaseMs: 10_000, now: noon })).toBe(false);
    expect(await ledger().inbox.pending(ref(subjectId))).toEqual([]);
  });

  test("a turn that was not finished comes back as it was, and later rows wait", async () => {
    const customer = newCustomer();
    const subjectId = await says(ledger(), customer, "first");
    const first = await takeTurn(ledger(), subjectId);
    await says(ledger(), customer, "second");
    const again = await takeTurn(ledger(), subjectId);
    expect(again.turn).toEqual({ ...first.turn, attempt: 2 });
    expect(again.fence).toBe(first.fence);
    await ledger().settle({ settlement: settlementOf(again.turn), fence: again.fence, now: noon });
    expect(wordsOf((await takeTurn(ledger(), subjectId)).turn)).toEqual(["second"]);
  });

  test("the fence rises with every change of holder, also from nobody", async () => {
    const customer = newCustomer();
    const subjectId = await says(ledger(), customer, "first");
    const first = await takeTurn(ledger(), subjectId);
    await ledger().settle({ settlement: settlementOf(first.turn), fence: first.fence, now: noon });
    await ledger().take({ subjectId, holder: "one", leaseMs: 10_000, now: noon });
    await says(ledger(), customer, "second");
    const second = await takeTurn(ledger(), subjectId);
    expect(second.fence).toBeGreaterThan(first.fence);
    expect(second.seized).toBe(false);
  });

  test("a dead holder's turn is taken over, and what it still writes is refused", async () => {
    const subjectId = await says(ledger(), newCustomer(), "Hello");
    const before = await takeTurn(ledger(), subjectId, { holder: "dead" });
    const after = await takeTurn(ledger(), subjectId, { holder: "two", now: noon + 60_000 });
    expect(after).toMatchObject({ seized: true, turn: { id: before.turn.id, attempt: 2 } });
    expect(after.fence).toBeGreaterThan(before.fence);
    const late = { settlement: settlementOf(before.turn), fence: before.fence, now: noon + 60_000 };
    expect(await ledger().settle(late)).toEqual({ kind: "fenced" });
    expect(await ledger().lanes.renew({ subjectId, holder: "dead", leaseMs: 10_000, now: noon })).toBe(false);
    expect(await ledger().settle({ ...late, fence: after.fence })).toMatchObject({ kind: "settled" });
  });

  test("a lane that was freed under a running turn is taken with a word of warning", async () => {
    const subjectId = await says(ledger(), newCustomer(), "Hello");
    const before = await takeTurn(ledger(), subjectId);
    await ledger().lanes.free({ subjectId, holder: "one" });
    const after = await takeTurn(ledger(), subjectId);
    expect(after).toMatchObject({ seized: true, turn: { id: before.turn.id, attempt: 2 } });
    expect(after.fence).toBeGreaterThan(before.fence);
  });

  test("somebody else's lane cannot be freed", async () => {
    const subjectId = await says(ledger(), newCustomer(), "Hello");
    await takeTurn(ledger(), subjectId);
    await ledger().lanes.free({ subjectId, holder: "two" });
    expect(await ledger().lanes.renew({ subjectId, holder: "one", leaseMs: 10_000, now: noon })).toBe(true);
  });

  test("a lane is kept when there is nothing to do but a call is on the line", async () => {
    const customer = newCustomer();
    const { call, fence } = await calling(ledger(), customer);
    const request = { subjectId: call.subjectId, holder: "one", leaseMs: 10_000, now: noon };
    expect(await ledger().take({ ...request, keep: true })).toEqual({ kind: "idle", fence, seized: false });
    expect(await ledger().take(request)).toEqual({ kind: "idle", fence, seized: false });
    expect(await ledger().lanes.renew(request)).toBe(true);
  });

  test("what is only recorded makes a turn when nothing else does", async () => {
    const { subjectId } = await ledger().accept(text(newCustomer(), "STOP"));
    const taken = await takeTurn(ledger(), subjectId);
    expect(taken.turn.rows).toMatchObject([{ treatment: "record" }]);
  });

  test("what an attempt spoke is known to the next one", async () => {
    const subjectId = await says(ledger(), newCustomer(), "Hello");
    const { turn, fence } = await takeTurn(ledger(), subjectId, { holder: "dead" });
    await ledger().lanes.spoke({ turnId: turn.id, fence, text: "Your order" });
    const after = await takeTurn(ledger(), subjectId, { holder: "two", now: noon + 60_000 });
    expect(after.turn.spoken).toBe("Your order");
    await ledger().lanes.spoke({ turnId: turn.id, fence, text: "from the grave" });
    const third = await takeTurn(ledger(), subjectId, { holder: "two", now: noon + 60_000 });
    expect(third.turn.spoken).toBe("Your order");
  });

  test("a turn is given up once for a later text, and its rows are bound anew", async () => {
    const customer = newCustomer();
    const subjectId = await says(ledger(), customer, "first");
    const before = await takeTurn(ledger(), subjectId);
    await says(ledger(), customer, "second");
    const request = { turnId: before.turn.id, fence: before.fence, now: noon };
    expect(await ledger().supersede(request)).toBe(true);
    expect(await ledger().supersede(request)).toBe(false);
    const after = await takeTurn(ledger(), subjectId);
    expect(after.turn.id).not.toBe(before.turn.id);
    expect(after.turn).toMatchObject({ attempt: 1, rows: [{ superseded: true }, { superseded: false }] });
    expect(await ledger().supersede({ turnId: after.turn.id, fence: after.fence, now: noon })).toBe(false);
    expect(await ledger().settle({ settlement: settlementOf(before.turn), fence: before.fence, now: noon })).toEqual({
      kind: "fenced",
    });
    expect(await eventsOf(ledger(), subjectId)).toContain("turn_superseded");
  });

  test("a turn that did something is not given up", async () => {
    const { turn, fence } = await takeTurn(ledger(), await says(ledger(), newCustomer(), "Refund it"));
    await claims(ledger(), turn, fence);
    expect(await ledger().supersede({ turnId: turn.id, fence, now: noon })).toBe(false);
  });

  test("a turn that only read is given up", async () => {
    const { turn, fence } = await takeTurn(ledger(), await says(ledger(), newCustomer(), "Where is it?"));
    const { id: turnId, subjectId } = turn;
    const call = { callId: "c1", tool: "look", arguments: "{}", effect: "reads" } as const;
    await ledger().toolCalls.record({
      ...call,
      id: newClaimId(noon),
      subjectId,
      turnId,
      fence,
      output: "x",
      startedAt: noon,
      now: noon,
    });
    expect(await ledger().supersede({ turnId, fence, now: noon })).toBe(true);
  });

  test("a settled turn, or one under another fence, is not given up", async () => {
    const { turn, fence } = await takeTurn(ledger(), await says(ledger(), newCustomer(), "Hello"));
    expect(await ledger().supersede({ turnId: turn.id, fence: fence - 1, now: noon })).toBe(false);
    await ledger().settle({ settlement: settlementOf(turn), fence, now: noon });
    expect(await ledger().supersede({ turnId: turn.id, fence, now: noon })).toBe(false);
  });

  test("rows that failed twice together are tried one by one", async () => {
    const customer = newCustomer();
    await says(ledger(), customer, "good");
    const subjectId = await says(ledger(), customer, "bad");
    const { turn, fence } = await takeTurn(ledger(), subjectId);
    const failed = { turnId: turn.id, fence, now: noon };
    expect(await ledger().failAttempt(failed)).toEqual({ failures: 1, split: false });
    expect((await takeTurn(ledger(), subjectId)).turn.rows).toMatchObject([{ failures: 1 }, { failures: 1 }]);
    expect(await ledger().failAttempt(failed)).toEqual({ failures: 2, split: true });
    const alone = await takeTurn(ledger(), subjectId);
    expect(wordsOf(alone.turn)).toEqual(["good"]);
    await ledger().settle({ settlement: settlementOf(alone.turn), fence: alone.fence, now: noon });
    expect(wordsOf((await takeTurn(ledger(), subjectId)).turn)).toEqual(["bad"]);
  });

  test("a single row keeps its turn, however often it fails", async () => {
    const subjectId = await says(ledger(), newCustomer(), "bad");
    const { turn, fence } = await takeTurn(ledger(), subjectId);
    for (const failures of [1, 2, 3, 4]) {
      expect(await ledger().failAttempt({ turnId: turn.id, fence, now: noon })).toEqual({ failures, split: false });
    }
    expect((await takeTurn(ledger(), subjectId)).turn.id).toBe(turn.id);
  });

  test("rows are not split away from a turn that did something", async () => {
    const customer = newCustomer();
    await says(ledger(), customer, "refund it");
    const subjectId = await says(ledger(), customer, "now");
    const { turn, fence } = await takeTurn(ledger(), subjectId);
    await claims(ledger(), turn, fence);
    await ledger().failAttempt({ turnId: turn.id, fence, now: noon });
    expect(await ledger().failAttempt({ turnId: turn.id, fence, now: noon })).toEqual({ failures: 2, split: false });
    expect((await takeTurn(ledger(), subjectId)).turn.id).toBe(turn.id);
  });

  test("a failure under an older fence is nobody's", async () => {
    const { turn, fence } = await takeTurn(ledger(), await says(ledger(), newCustomer(), "Hello"));
    expect(await ledger().failAttempt({ turnId: turn.id, fence: fence - 1, now: noon })).toEqual({
      failures: 0,
      split: false,
    });
  });

  test("subjects that wait are found, the oldest first, with the times of their texts", async () => {
    const own = await fresh();
    const [a, b, c] = [newCustomer(), newCustomer(), newCustomer()];
    const first = await own.accept(text(a, "one", { now: noon }));
    const second = await own.accept(text(b, "two", { now: noon + 1 }));
    await own.accept(text(a, "three", { now: noon + 2 }));
    const third = await own.accept(text(c, "STOP", { now: noon + 3 }));
    const options = { holder: "one", now: noon + 10, limit: 10 };
    expect(await own.inbox.waiting(options)).toEqual([
      { subjectId: first.subjectId, oldestTextAt: noon, newestTextAt: noon + 2 },
      { subjectId: second.subjectId, oldestTextAt: noon + 1, newestTextAt: noon + 1 },
      { subjectId: third.subjectId },
    ]);
    expect(await own.inbox.waiting({ ...options, limit: 1 })).toHaveLength(1);
    expect(await own.inbox.depth()).toBe(4);
  });

  test("a subject whose lane is held does not wait, until the lease is over", async () => {
    const own = await fresh();
    const subjectId = await says(own, newCustomer(), "Hello");
    const { turn, fence } = await takeTurn(own, subjectId);
    expect(await own.inbox.waiting({ holder: "one", now: noon, limit: 10 })).toEqual([]);
    expect(await own.inbox.waiting({ holder: "one", now: noon + 60_000, limit: 10 })).toMatchObject([{ subjectId }]);
    await own.settle({ settlement: settlementOf(turn), fence, now: noon });
    expect(await own.inbox.waiting({ holder: "two", now: noon + 60_000, limit: 10 })).toEqual([]);
  });

  test("the unfinished turn of a dead program waits", async () => {
    const own = await fresh();
    const subjectId = await says(own, newCustomer(), "Hello");
    await takeTurn(own, subjectId, { holder: "dead" });
    expect(await own.inbox.waiting({ holder: "two", now: noon + 60_000, limit: 10 })).toMatchObject([{ subjectId }]);
  });

  test("somebody who waits behind many of whom nothing is to be done is found", async () => {
    const own = await fresh();
    const busy = newCustomer();
    const held = await Promise.all(
      Array.from({ length: 600 }, async (_, index) => await says(own, busy, String(index))),
    );
    const { turn } = await takeTurn(own, held[0] ?? (await says(own, busy, "x")));
    await Promise.all(Array.from({ length: 600 }, async (_, index) => await says(own, busy, String(index))));
    const subjectId = await says(own, newCustomer(), "Hello");
    expect(turn.rows.length).toBe(MOST_ROWS);
    expect(await own.inbox.waiting({ holder: "one", now: noon, limit: 10 })).toMatchObject([{ subjectId }]);
  });
}

async function claims(ledger: Ledger, turn: BoundTurn, fence: number): Promise<void> {
  const claimed = await ledger.toolCalls.claim({
    id: newClaimId(noon),
    subjectId: turn.subjectId,
    turnId: turn.id,
    fence,
    callId: newInboxId(noon),
    tool: "refund",
    arguments: "{}",
    effect: "pays",
    act: "refund/1",
    idempotent: false,
    deadlineAt: noon + 1_000,
    now: noon,
  });
  if (claimed.kind !== "claimed") throw new Error(`a claim was expected, not ${claimed.kind}`);
}
