import { expect } from "vitest";
import { newClaimId } from "../../core/ids.ts";
import type { ToolClaim } from "../../core/tool-call.ts";
import type { BoundTurn } from "../../core/turn-record.ts";
import { eventsOf, newCustomer, noon, ref, says, settlementOf, takeTurn, wordsOf, type Stage } from "./stage.ts";

/** What claiming and finishing tool calls must do. */
export function toolCallContract({ ledger, fresh, test }: Stage): void {
  async function begin() {
    const subjectId = await says(ledger(), newCustomer(), "Cancel it");
    return await takeTurn(ledger(), subjectId, { holder: "dead" });
  }

  test("an act is claimed under its own key, and done once", async () => {
    const { turn, fence } = await begin();
    const first = claimOf(turn, fence);
    expect(await ledger().toolCalls.claim(first)).toEqual({ kind: "claimed", id: first.id, key: first.id });
    expect(await ledger().toolCalls.finish({ id: first.id, output: "cancelled", now: noon + 5 })).toEqual({
      late: false,
      subjectId: turn.subjectId,
    });
    const second = await ledger().toolCalls.claim(claimOf(turn, fence, { callId: "call-2" }));
    expect(second).toEqual({ kind: "done", id: first.id, callId: "call-1", output: "cancelled" });
    const calls = await ledger().toolCalls.ofTurn(turn.id);
    expect(calls).toEqual([
      {
        id: first.id,
        callId: "call-1",
        tool: "cancel",
        arguments: "{}",
        effect: "writes",
        state: "done",
        output: "cancelled",
        startedAt: noon,
        finishedAt: noon + 5,
      },
    ]);
  });

  test("other acts of the same turn are their own", async () => {
    const { turn, fence } = await begin();
    await ledger().toolCalls.claim(claimOf(turn, fence));
    expect(await ledger().toolCalls.claim(claimOf(turn, fence, { act: "cancel/2" }))).toMatchObject({
      kind: "claimed",
    });
  });

  test("an act that is under way is not begun again before its deadline", async () => {
    const { turn, fence } = await begin();
    const first = claimOf(turn, fence);
    await ledger().toolCalls.claim(first);
    expect(await ledger().toolCalls.claim(claimOf(turn, fence))).toEqual({
      kind: "running",
      id: first.id,
      untilMs: noon + 1_000,
    });
    const idempotent = claimOf(turn, fence, { idempotent: true });
    expect(await ledger().toolCalls.claim(idempotent)).toMatchObject({ kind: "running" });
  });

  test("after its deadline an act without a result is unknown", async () => {
    const { turn, fence } = await begin();
    const first = claimOf(turn, fence);
    await ledger().toolCalls.claim(first);
    const after = claimOf(turn, fence, { now: noon + 1_000 });
    expect(await ledger().toolCalls.claim(after)).toEqual({ kind: "unknown", id: first.id });
    expect(await ledger().toolCalls.claim(after)).toEqual({ kind: "unknown", id: first.id });
    expect(await ledger().toolCalls.ofTurn(turn.id)).toMatchObject([{ state: "unknown" }]);
    expect((await eventsOf(ledger(), turn.subjectId)).filter((name) => name === "tool_unknown")).toHaveLength(1);
  });

  test("what a dead program began is not begun again once its deadline has passed", async () => {
    const { turn, fence } = await begin();
    const first = claimOf(turn, fence);
    await ledger().toolCalls.claim(first);
    const after = await takeTurn(ledger(), turn.subjectId, { holder: "two", now: noon + 60_000 });
    expect(after.turn.calls).toMatchObject([{ id: first.id, callId: "call-1", state: "running" }]);
    const again = claimOf(turn, after.fence, { callId: "call-2", now: noon + 60_000 });
    expect(await ledger().toolCalls.claim(again)).toEqual({ kind: "unknown", id: first.id });
  });

  test("a tool that honours a key is asked again under the same key", async () => {
    const { turn, fence } = await begin();
    const first = claimOf(turn, fence, { idempotent: true });
    await ledger().toolCalls.claim(first);
    const after = await takeTurn(ledger(), turn.subjectId, { holder: "two", now: noon + 60_000 });
    const again = claimOf(turn, after.fence, {
      idempotent: true,
      callId: "call-2",
      now: noon + 60_000,
      deadlineAt: noon + 61_000,
    });
    expect(await ledger().toolCalls.claim(again)).toEqual({ kind: "claimed", id: first.id, key: first.id });
    await ledger().toolCalls.finish({ id: first.id, output: "done", now: noon + 60_000 });
    expect(await ledger().toolCalls.claim(claimOf(turn, after.fence))).toMatchObject({ kind: "done", output: "done" });
  });

  test("nothing is claimed under an older fence, for another turn, or after the settlement", async () => {
    const { turn, fence } = await begin();
    const after = await takeTurn(ledger(), turn.subjectId, { holder: "two", now: noon + 60_000 });
    expect(await ledger().toolCalls.claim(claimOf(turn, fence))).toEqual({ kind: "fenced" });
    const other = await begin();
    expect(await ledger().toolCalls.claim(claimOf({ ...turn, id: other.turn.id }, after.fence))).toEqual({
      kind: "fenced",
    });
    await ledger().settle({ settlement: settlementOf(turn), fence: after.fence, now: noon });
    expect(await ledger().toolCalls.claim(claimOf(turn, after.fence))).toEqual({ kind: "fenced" });
  });

  test("a result is kept whoever holds the lane", async () => {
    const { turn, fence } = await begin();
    const first = claimOf(turn, fence);
    await ledger().toolCalls.claim(first);
    await takeTurn(ledger(), turn.subjectId, { holder: "two", now: noon + 60_000 });
    await ledger().toolCalls.finish({ id: first.id, output: "cancelled", now: noon + 60_000 });
    const third = await takeTurn(ledger(), turn.subjectId, { holder: "two", now: noon + 60_000 });
    expect(third.turn.calls).toMatchObject([{ state: "done", output: "cancelled" }]);
  });

  test("a result that comes after its turn is a row that is answered, once", async () => {
    const { turn, fence } = await begin();
    const claim = claimOf(turn, fence);
    await ledger().toolCalls.claim(claim);
    await ledger().settle({ settlement: settlementOf(turn, { openCalls: ["call-1"] }), fence, now: noon });
    const finish = { id: claim.id, output: "cancelled", now: noon + 9 };
    expect(await ledger().toolCalls.finish(finish)).toEqual({ late: true, subjectId: turn.subjectId });
    await ledger().toolCalls.finish(finish);
    expect(await ledger().inbox.pending(ref(turn.subjectId))).toMatchObject([
      { treatment: "answer", body: { kind: "tool_result", callId: "call-1", tool: "cancel", output: "cancelled" } },
    ]);
    expect(wordsOf((await takeTurn(ledger(), turn.subjectId)).turn)).toEqual(["tool_result"]);
  });

  test("a result that came while the turn was written is not lost", async () => {
    const { turn, fence } = await begin();
    const claim = claimOf(turn, fence);
    await ledger().toolCalls.claim(claim);
    await ledger().toolCalls.finish({ id: claim.id, output: "cancelled", now: noon });
    await ledger().settle({ settlement: settlementOf(turn, { openCalls: ["call-1"] }), fence, now: noon });
    expect(await ledger().inbox.pending(ref(turn.subjectId))).toMatchObject([
      { body: { kind: "tool_result", output: "cancelled" } },
    ]);
  });

  test("a result that nobody hoped for any more is news", async () => {
    const { turn, fence } = await begin();
    const claim = claimOf(turn, fence);
    await ledger().toolCalls.claim(claim);
    await ledger().toolCalls.claim(claimOf(turn, fence, { now: noon + 2_000 }));
    expect(await ledger().toolCalls.finish({ id: claim.id, output: "cancelled", now: noon + 3_000 })).toMatchObject({
      late: true,
    });
    expect(await ledger().toolCalls.ofTurn(turn.id)).toMatchObject([{ state: "done", output: "cancelled" }]);
    await ledger().settle({ settlement: settlementOf(turn, { openCalls: ["call-1"] }), fence, now: noon });
    expect(await ledger().inbox.pending(ref(turn.subjectId))).toHaveLength(1);
  });

  test("an open call whose deadline passed is unknown: the customer is told once, and a person looks", async () => {
    const own = await fresh();
    const subjectId = await says(own, newCustomer(), "Cancel it");
    const { turn, fence } = await takeTurn(own, subjectId);
    const claim = claimOf(turn, fence);
    await own.toolCalls.claim(claim);
    expect(await own.toolCalls.expire(noon + 60_000)).toEqual([]);
    await own.settle({ settlement: settlementOf(turn, { openCalls: ["call-1"] }), fence, now: noon });
    expect(await own.toolCalls.expire(noon + 1_000)).toEqual([]);
    expect(await own.toolCalls.expire(noon + 60_000)).toEqual([subjectId]);
    expect(await own.toolCalls.expire(noon + 60_000)).toEqual([]);
    expect(await own.inbox.pending(ref(subjectId))).toMatchObject([
      { treatment: "answer", body: { kind: "tool_result" } },
    ]);
    expect(await own.subjects.get(ref(subjectId))).toMatchObject({ session: "WAITING_AGENT" });
    expect(await eventsOf(own, subjectId)).toEqual(expect.arrayContaining(["tool_unknown", "escalation"]));
    const late = await own.toolCalls.finish({ id: claim.id, output: "cancelled", now: noon + 61_000 });
    expect(late).toEqual({ late: true, subjectId });
    expect(await own.inbox.pending(ref(subjectId))).toHaveLength(2);
  });

  test("an act that a dead attempt left without a result is unknown when the turn settles, and a person looks", async () => {
    const own = await fresh();
    const subjectId = await says(own, newCustomer(), "Cancel it");
    const { turn, fence } = await takeTurn(own, subjectId);
    await own.toolCalls.claim(claimOf(turn, fence));
    await own.settle({ settlement: settlementOf(turn), fence, now: noon });
    expect(await own.toolCalls.ofTurn(turn.id)).toMatchObject([{ state: "unknown" }]);
    expect(await own.subjects.get(ref(subjectId))).toMatchObject({ session: "WAITING_AGENT" });
  });

  test("a call that only read is recorded, and not claimed", async () => {
    const { turn, fence } = await begin();
    const {
      act: _act,
      idempotent: _idempotent,
      deadlineAt: _deadlineAt,
      ...call
    } = claimOf(turn, fence, { effect: "reads" });
    await ledger().toolCalls.record({ ...call, output: "shipped", startedAt: noon - 5 });
    await ledger().toolCalls.record({ ...call, output: "shipped", startedAt: noon - 5 });
    expect(await ledger().toolCalls.ofTurn(turn.id)).toMatchObject([
      { state: "done", output: "shipped", startedAt: noon - 5 },
    ]);
    await expect(ledger().toolCalls.claim(claimOf(turn, fence, { effect: "reads" }))).rejects.toThrow("reads");
  });

  test("the result of nothing changes nothing", async () => {
    expect(await ledger().toolCalls.finish({ id: newClaimId(noon), output: "x", now: noon })).toEqual({ late: false });
  });
}

/** The claim of an act that cancels something. */
export function claimOf(turn: BoundTurn, fence: number, change: Partial<ToolClaim> = {}): ToolClaim {
  return {
    id: newClaimId(noon),
    subjectId: turn.subjectId,
    turnId: turn.id,
    fence,
    callId: "call-1",
    tool: "cancel",
    arguments: "{}",
    effect: "writes",
    act: "cancel/1",
    idempotent: false,
    deadlineAt: noon + 1_000,
    now: noon,
    ...change,
  };
}
