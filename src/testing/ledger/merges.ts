import { expect } from "vitest";
import { subjectId as readSubjectId, tenantId } from "../../core/ids.ts";
import { claimOf } from "./full-life.ts";
import { merged, refused, request } from "./merging.ts";
import {
  answered,
  calling,
  newCallSid,
  newCustomer,
  noon,
  ours,
  ref,
  rings,
  says,
  settlementOf,
  takeTurn,
  tenant,
  text,
  wordsOf,
  type Stage,
} from "./stage.ts";

/** What making two subjects one must do. */
export function mergeContract({ ledger, fresh, test }: Stage): void {
  async function pair() {
    const [john, jane] = [newCustomer(), newCustomer()];
    const into = await says(ledger(), john, "Hello from John");
    const from = await says(ledger(), jane, "Hello from Jane");
    return { john, jane, into, from };
  }

  test("the id of a subject that became part of another means the other", async () => {
    const own = await fresh();
    const [john, jane] = [newCustomer(), newCustomer()];
    const into = await says(own, john, "Hello");
    const from = await own.accept(text(jane, "Hello", { now: noon + 90_000 }));
    const outcome = await own.merges.merge(request(into, from.subjectId));
    expect(outcome).toMatchObject({ kind: "merged", merge: { into, from: from.subjectId, state: "merging", tenant } });
    const one = await own.subjects.get(ref(into));
    expect(one).toMatchObject({ id: into, alias: john.alias, lastActiveAt: noon + 90_000 });
    expect(one?.addressKeys).toEqual([john.addressKey, jane.addressKey]);
    expect(await own.subjects.get(ref(from.subjectId))).toEqual(one);
    expect(await own.subjects.find(tenant, jane.addressKey)).toBe(into);
    expect(await own.merges.resolve(ref(from.subjectId))).toBe(into);
    expect(await own.merges.resolve(ref(into))).toBe(into);
    expect((await own.subjects.recent(tenant, 10)).map(({ id }) => id)).toEqual([into]);
    expect(await says(own, jane, "Me again")).toBe(into);
    expect(await own.inbox.pending(ref(from.subjectId))).toEqual(await own.inbox.pending(ref(into)));
    expect(await own.owner.change({ ...ref(from.subjectId), from: "agent", to: "operator", now: noon })).toBe(true);
    expect(await own.owner.get(ref(into))).toBe("operator");
    const note = { key: "late", body: { kind: "tool_result", callId: "c", tool: "t", output: "o" } } as const;
    await own.note({ ...ref(from.subjectId), ...note, treatment: "answer", now: noon });
    expect((await own.inbox.pending(ref(into))).map(({ body }) => body.kind)).toEqual([
      "text",
      "text",
      "text",
      "tool_result",
    ]);
  });

  test("nobody takes the lane until the store has done its part", async () => {
    const { into, from } = await pair();
    const asked = request(into, from);
    await ledger().merges.merge(asked);
    const take = { subjectId: into, holder: "one", leaseMs: 10_000, now: noon } as const;
    expect(await ledger().take(take)).toEqual({ kind: "busy", untilMs: noon + 1_000 });
    expect((await ledger().merges.unfinished(1_000)).map(({ id }) => id)).toContain(asked.mergeId);
    await ledger().merges.finish(asked.mergeId);
    await ledger().merges.finish(asked.mergeId);
    expect((await ledger().merges.unfinished(1_000)).map(({ id }) => id)).not.toContain(asked.mergeId);
    expect(wordsOf((await takeTurn(ledger(), into)).turn)).toEqual(["Hello from John", "Hello from Jane"]);
    expect(await ledger().take({ ...take, subjectId: from })).toMatchObject({ kind: "idle" });
    expect(await ledger().merges.of(ref(from))).toMatchObject([{ id: asked.mergeId, state: "merged" }]);
  });

  test("a call that comes while the store is at work is answered", async () => {
    const { jane, into, from } = await pair();
    await ledger().merges.merge(request(into, from));
    expect(await calling(ledger(), jane)).toMatchObject({ call: { subjectId: into, state: "live" } });
  });

  test("texts on their way follow those of the other, each once, and callbacks still find them", async () => {
    const [john, jane] = [newCustomer(), newCustomer()];
    const { subjectId: into } = await answered(ledger(), john, "one", "two");
    const { subjectId: from, ids } = await answered(ledger(), jane, "three", "four");
    const look = { now: noon, ambiguousAfterMs: 30_000 };
    const [third = expect.fail("no third row")] = ids;
    expect(await ledger().outbox.claim({ subjectId: from, ...look })).toMatchObject({ kind: "send" });
    await merged(ledger(), into, from);
    await ledger().outbox.record({ id: third, outcome: { kind: "sent", providerId: `SM-${third}` }, now: noon });
    const sent: string[] = [];
    for (;;) {
      const claim = await ledger().outbox.claim({ subjectId: into, ...look });
      if (claim.kind !== "send") break;
      sent.push(`${claim.row.to} ${claim.row.body}`);
      const outcome = { kind: "sent", providerId: `SM-${claim.row.id}` } as const;
      await ledger().outbox.record({ id: claim.row.id, outcome, now: noon });
    }
    expect(sent).toEqual([`${john.number} one`, `${john.number} two`, `${jane.number} four`]);
    const callback = { providerId: `SM-${third}`, status: "delivered", now: noon } as const;
    expect(await ledger().outbox.callback(callback)).toEqual({ known: true, subjectId: into, state: "delivered" });
    expect((await ledger().outbox.of(ref(from))).map(({ body }) => body)).toEqual(["one", "two", "three", "four"]);
  });

  test("a subject does not become part of itself, of its part, of a stranger or of another tenant's", async () => {
    const { into, from } = await pair();
    const third = await says(ledger(), newCustomer(), "Hello");
    const foreign = await ledger().accept(text(newCustomer(), "Hello", { tenant: tenantId("other") }));
    const nobody = readSubjectId("sub_nobody");
    expect(await ledger().merges.merge(request(into, into))).toEqual(refused("itself"));
    expect(await ledger().merges.merge(request(into, nobody))).toEqual(refused("unknown"));
    expect(await ledger().merges.merge(request(nobody, into))).toEqual(refused("unknown"));
    expect(await ledger().merges.merge(request(into, foreign.subjectId))).toEqual(refused("other_tenant"));
    expect(await ledger().merges.merge(request(foreign.subjectId, into))).toEqual(refused("other_tenant"));
    await merged(ledger(), into, from);
    await merged(ledger(), third, into);
    for (const [one, other] of [
      [from, into],
      [into, from],
      [from, third],
      [third, from],
    ] as const) {
      expect(await ledger().merges.merge(request(one, other))).toEqual(refused("already"));
    }
    expect(await ledger().merges.resolve(ref(from))).toBe(third);
    expect(await ledger().merges.of(ref(third))).toHaveLength(2);
  });

  test("while something of one of them is under way nobody is merged", async () => {
    const { john, jane, into, from } = await pair();
    const { turn, fence } = await takeTurn(ledger(), from);
    expect(await ledger().merges.merge(request(into, from))).toEqual(refused("busy"));
    expect(await ledger().merges.merge(request(from, into))).toEqual(refused("busy"));
    const claim = claimOf(turn, fence);
    await ledger().toolCalls.claim(claim);
    await ledger().settle({ settlement: settlementOf(turn, { openCalls: ["call-1"] }), fence, now: noon });
    expect(await ledger().merges.merge(request(into, from))).toEqual(refused("busy"));
    await ledger().toolCalls.finish({ id: claim.id, output: "done", now: noon });
    for (const caller of [john, jane]) {
      const { callSid } = await rings(ledger(), caller);
      expect(await ledger().merges.merge(request(into, from))).toEqual(refused("busy"));
      await ledger().calls.end({ callSid, now: noon });
    }
    const asked = request(into, from);
    expect(await ledger().merges.merge(asked)).toMatchObject({ kind: "merged" });
    const third = await says(ledger(), newCustomer(), "Hello");
    expect(await ledger().merges.merge(request(into, third))).toEqual(refused("busy"));
    expect(await ledger().merges.merge(request(third, from))).toEqual(refused("busy"));
    await ledger().merges.finish(asked.mergeId);
    expect(await ledger().merges.merge(request(third, from))).toMatchObject({ kind: "merged" });
  });

  test("the one that stays goes on under the higher fence of the two, below which the store takes nothing any more", async () => {
    const { john, jane, into, from } = await pair();
    let highest = 0;
    for (const holder of ["one", "two", "three"]) {
      const { turn, fence } = await takeTurn(ledger(), from, { holder });
      await ledger().settle({ settlement: settlementOf(turn), fence, now: noon });
      await says(ledger(), jane, "And now?");
      highest = fence;
    }
    await merged(ledger(), into, from);
    await says(ledger(), john, "And now?");
    expect((await takeTurn(ledger(), into)).fence).toBeGreaterThanOrEqual(highest);
  });

  test("a result that comes late to a subject is told to the one it became part of", async () => {
    const { into, from } = await pair();
    const { turn, fence } = await takeTurn(ledger(), from);
    const claim = claimOf(turn, fence);
    await ledger().toolCalls.claim(claim);
    await ledger().settle({ settlement: settlementOf(turn), fence, now: noon });
    await merged(ledger(), into, from);
    expect(await ledger().toolCalls.finish({ id: claim.id, output: "done after all", now: noon })).toEqual({
      late: true,
      subjectId: into,
    });
    expect((await ledger().inbox.pending(ref(into))).at(-1)).toMatchObject({ body: { output: "done after all" } });
  });

  test("the session of the one that goes ends, and whoever waits for a person goes on waiting", async () => {
    const { into, from } = await pair();
    await ledger().sessions.change({ ...ref(from), cause: "escalated", by: "test", now: noon });
    const before = await ledger().sessions.current(ref(from));
    await ledger().merges.merge(request(into, from));
    expect(await ledger().sessions.current(ref(from))).toMatchObject({ subjectId: into, state: "WAITING_AGENT" });
    const ended = (await ledger().events.after(0, 100_000)).filter(({ name }) => name === "session_ended");
    expect(ended.at(-1)).toMatchObject({ subjectId: from, detail: { session: before?.id, reason: "merged" } });
  });

  test("somebody who is talking is not merged into a session that is over", async () => {
    const { into, from } = await pair();
    const talk = await ledger().sessions.current(ref(from));
    await ledger().sessions.change({ ...ref(into), cause: "closed", by: "test", now: noon + 60_000 });
    await ledger().merges.merge({ ...request(into, from), now: noon + 120_000 });
    // The talk that goes on did not begin with the merge.
    const { startedAt } = talk ?? { startedAt: undefined };
    expect(await ledger().sessions.current(ref(into))).toMatchObject({ number: 2, state: "NEW", startedAt });
  });

  test("an operator who holds one of them holds both, and an opt-out stays with its address", async () => {
    const { john, jane, into, from } = await pair();
    await ledger().accept(text(jane, "STOP"));
    await ledger().owner.change({ ...ref(from), from: "agent", to: "operator", now: noon });
    await ledger().merges.merge(request(into, from));
    expect(await ledger().owner.get(ref(into))).toBe("operator");
    expect(await ledger().consent.optedOut(tenant, jane.addressKey)).toEqual({ since: noon });
    expect(await ledger().consent.optedOut(tenant, john.addressKey)).toBeUndefined();
  });

  test("they are texted by the younger route, but not on a guess", async () => {
    const [john, jane, caller] = [newCustomer(), newCustomer(), newCustomer()];
    const into = await says(ledger(), john, "Hello");
    const from = (await ledger().accept(text(jane, "Hello", { now: noon + 1 }))).subjectId;
    await merged(ledger(), into, from);
    const { callSid, subjectId: third } = await rings(ledger(), caller, { now: noon + 2 });
    await ledger().calls.end({ callSid, now: noon + 2 });
    await merged(ledger(), into, third);
    expect((await takeTurn(ledger(), into)).turn.textRoute).toEqual({ channel: "sms", to: jane.number, from: ours });
  });

  test("what is told of a merge names nobody", async () => {
    const { into, from } = await pair();
    const asked = { ...request(into, from), reason: "the same person, +14155550123" };
    await ledger().merges.merge(asked);
    const told = (await ledger().events.after(0, 100_000)).filter(({ name }) => name === "subjects_merged").at(-1);
    expect(told).toMatchObject({ subjectId: into, tenant, detail: { mergeId: asked.mergeId, by: "test", from } });
    expect(JSON.stringify(told)).not.toContain("0123");
  });

  test("a call that is over belongs to the one as well", async () => {
    const { jane, into, from } = await pair();
    const { callSid } = await rings(ledger(), jane);
    await ledger().calls.end({ callSid, now: noon });
    await ledger().merges.merge(request(into, from));
    expect(await ledger().calls.get(callSid)).toMatchObject({ subjectId: into });
    expect(await ledger().calls.end({ callSid, now: noon })).toMatchObject({ subjectId: into });
    expect(await ledger().calls.end({ callSid: newCallSid(), now: noon })).toEqual({ toSend: false });
  });
}
