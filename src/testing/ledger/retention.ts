import { expect } from "vitest";
import { newClaimId, tenantId, type SessionId, type SubjectId } from "../../core/ids.ts";
import type { Ledger } from "../../core/ports/ledger.ts";
import type { SessionRecord } from "../../core/session.ts";
import { merged } from "./merging.ts";
import {
  newCustomer,
  noon,
  ref,
  says,
  settlementOf,
  takeTurn,
  tenant,
  text,
  textReply,
  type Customer,
  type Stage,
} from "./stage.ts";

const other = tenantId("other");
const hour = 3_600_000;

/** What finding and removing what is old must do. */
export function retentionContract({ ledger, fresh, test }: Stage): void {
  test("subjects without activity are found, the longest silent first", async () => {
    const own = await fresh();
    const [first, second, third] = [newCustomer(), newCustomer(), newCustomer()];
    const one = (await own.accept(text(first, "Hello", { now: noon + 120_000 }))).subjectId;
    const two = await says(own, second, "Hello");
    const part = await says(own, third, "Hello");
    await own.accept(text(newCustomer(), "Hello", { tenant: other }));
    const asked = { tenant, before: noon + 120_001, limit: 10 };
    expect(await own.lifeCycle.inactive(asked)).toEqual([...[two, part].toSorted(), one]);
    expect(await own.lifeCycle.inactive({ ...asked, before: noon + 120_000 })).not.toContain(one);
    expect(await own.lifeCycle.inactive({ ...asked, before: noon })).toEqual([]);
    expect(await own.lifeCycle.inactive({ ...asked, limit: 1 })).toHaveLength(1);
    await merged(own, two, part);
    expect(await own.lifeCycle.inactive(asked)).toEqual([two, one]);
  });

  test("closed sessions are found, the oldest first, and the newest of somebody who waits is not", async () => {
    const own = await fresh();
    const john = newCustomer();
    const subjectId = await lives(own, john, noon);
    const first = await own.sessions.current(ref(subjectId));
    await lives(own, john, noon + hour);
    const second = await own.sessions.current(ref(subjectId));
    const asked = { tenant, before: noon + 10 * hour, limit: 10 };
    const both = [
      { subjectId, sessionId: first?.id, endedAt: noon + 3 },
      { subjectId, sessionId: second?.id, endedAt: noon + hour + 3 },
    ];
    expect(await own.lifeCycle.closedBefore(asked)).toEqual(both);
    expect(await own.lifeCycle.closedBefore({ ...asked, limit: 1 })).toEqual(both.slice(0, 1));
    expect(await own.lifeCycle.closedBefore({ ...asked, before: noon + hour + 3 })).toEqual(both.slice(0, 1));
    expect(await own.lifeCycle.closedBefore({ ...asked, tenant: other })).toEqual([]);
    const body = { kind: "tool_result", callId: "c", tool: "t", output: "o" } as const;
    await own.note({ ...ref(subjectId), key: "late", body, treatment: "answer", now: noon + 2 * hour });
    expect(await own.lifeCycle.closedBefore(asked)).toEqual(both.slice(0, 1));
  });

  test("dropping a session removes what was done in it, and nothing of the others", async () => {
    const own = await fresh();
    const john = newCustomer();
    const subjectId = await lives(own, john, noon);
    await lives(own, newCustomer(), noon);
    const first = await own.sessions.current(ref(subjectId));
    await lives(own, john, noon + hour);
    await own.accept(text(john, "Are you there?", { now: noon + 2 * hour }));
    const drop = { ...ref(subjectId), sessionId: idOf(first), now: noon + 3 * hour };
    expect(await own.lifeCycle.dropSession({ ...drop, tenant: other })).toBe(0);
    expect(await own.lifeCycle.dropSession(drop)).toBe(5);
    expect(await own.lifeCycle.dropSession(drop)).toBe(0);
    const { tables } = await own.lifeCycle.gather(ref(subjectId));
    expect(tables["sessions"]?.map(({ number }) => number)).toEqual([2, 3]);
    expect(tables["inbox"]?.map(({ received_at }) => received_at)).toEqual([noon + hour, noon + 2 * hour]);
    expect(tables["turns"]).toHaveLength(1);
    expect(tables["tool_calls"]).toHaveLength(1);
    expect(tables["outbox"]).toHaveLength(1);
    expect((await own.lifeCycle.closedBefore({ tenant, before: noon + hour, limit: 10 })).length).toBe(1);
  });

  test("a session that is not closed is not dropped", async () => {
    const subjectId = await says(ledger(), newCustomer(), "Hello");
    const session = await ledger().sessions.current(ref(subjectId));
    const drop = { ...ref(subjectId), sessionId: idOf(session), now: noon };
    expect(await ledger().lifeCycle.dropSession(drop)).toBe(0);
    expect(await ledger().sessions.current(ref(subjectId))).toEqual(session);
  });

  test("whoever comes back after all their sessions were dropped begins the next one", async () => {
    const own = await fresh();
    const john = newCustomer();
    const subjectId = await lives(own, john, noon);
    await lives(own, john, noon + hour);
    for (const { sessionId } of await own.lifeCycle.closedBefore({ tenant, before: noon + 2 * hour, limit: 10 })) {
      expect(await own.lifeCycle.dropSession({ ...ref(subjectId), sessionId, now: noon + 2 * hour })).toBe(5);
    }
    expect(await own.sessions.list(ref(subjectId), 10)).toEqual([]);
    expect(await own.accept(text(john, "Hello", { now: noon + 3 * hour }))).toMatchObject({ subjectId });
    expect(await own.sessions.list(ref(subjectId), 10)).toMatchObject([{ number: 3, state: "NEW" }]);
    expect((await takeTurn(own, subjectId, { now: noon + 3 * hour })).turn.session).toBe(
      (await own.sessions.current(ref(subjectId)))?.id,
    );
  });
}

/** Lets a customer ask something, be answered after something was read, and the session be closed. */
async function lives(ledger: Ledger, customer: Customer, at: number): Promise<SubjectId> {
  const { subjectId } = await ledger.accept(text(customer, "Where is it?", { now: at }));
  const { turn, fence } = await takeTurn(ledger, subjectId, { now: at });
  await ledger.toolCalls.record({
    id: newClaimId(at),
    subjectId,
    turnId: turn.id,
    fence,
    callId: "call-1",
    tool: "find",
    arguments: "{}",
    effect: "reads",
    output: "found",
    startedAt: at,
    now: at,
  });
  const settlement = settlementOf(turn, { replies: [textReply(customer, "On its way.")] });
  await ledger.settle({ settlement, fence, now: at + 1 });
  for (const id of settlement.replies.flatMap(({ ids }) => ids)) {
    await ledger.outbox.claim({ subjectId, now: at + 2, ambiguousAfterMs: 1_000 });
    await ledger.outbox.record({ id, outcome: { kind: "sent", providerId: `SM-${id}` }, now: at + 2 });
  }
  await ledger.sessions.change({ ...ref(subjectId), cause: "closed", by: "test", now: at + 3 });
  return subjectId;
}

function idOf(session: SessionRecord | undefined): SessionId {
  if (session === undefined) throw new Error("there is no session");
  return session.id;
}
