import { expect } from "vitest";
import { tenantId, type CallSid, type SubjectId } from "../../core/ids.ts";
import type { Ledger } from "../../core/ports/ledger.ts";
import { claimOf, codeFor, livesALot } from "./full-life.ts";
import { merged } from "./merging.ts";
import {
  calling,
  connected,
  newCustomer,
  noon,
  ours,
  ref,
  rings,
  says,
  settlementOf,
  speech,
  takeTurn,
  tenant,
  text,
  type Customer,
  type Stage,
} from "./stage.ts";

const other = tenantId("other");
const dayMs = 86_400_000;

/** What telling people what is kept of them, and forgetting them, must do. */
export function lifeCycleContract({ ledger, fresh, test }: Stage): void {
  test("what is kept of a subject is told by table, and nothing of anybody else", async () => {
    const customer = newCustomer();
    const subjectId = await livesALot(ledger(), customer);
    await livesALot(ledger(), newCustomer());
    const { subjects, tables } = await ledger().lifeCycle.gather(ref(subjectId));
    expect(subjects).toEqual([subjectId]);
    expect(tables["inbox"]?.map(({ body }) => body)).toContainEqual(expect.objectContaining({ text: "Where is it?" }));
    expect(tables["tool_calls"]).toMatchObject([{ arguments: { order: "A1" }, output: "on its way" }]);
    expect(tables["subjects"]).toMatchObject([{ id: subjectId, route: { to: customer.number } }]);
    expect(tables["addresses"]).toMatchObject([{ address_key: customer.addressKey }]);
    for (const name of ["outbox", "turns", "calls", "sessions", "timers", "consent", "codes", "subject_totals"]) {
      expect({ name, rows: tables[name]?.length }).not.toEqual({ name, rows: 0 });
    }
    const words = JSON.stringify(tables);
    expect(words).not.toMatch(/token_hash|"hash"/u);
    const owners = Object.values(tables).flatMap((rows) => rows.map((row) => row["subject_id"] ?? subjectId));
    expect(new Set(owners)).toEqual(new Set([subjectId]));
    expect(await ledger().lifeCycle.gather({ tenant: other, subjectId })).toMatchObject({ subjects: [] });
  });

  test("whoever is forgotten is gone, with whoever became part of them, and others stay", async () => {
    const own = await fresh();
    const [john, jane, stranger] = [newCustomer(), newCustomer(), newCustomer()];
    const into = await livesALot(own, john);
    const from = await livesALot(own, jane);
    const third = await livesALot(own, stranger);
    await merged(own, into, from);
    const before = await own.lifeCycle.gather(ref(third));
    const kept = await own.lifeCycle.gather(ref(into));
    expect(await own.lifeCycle.forget({ tenant: other, subjectId: into, by: "test", now: noon })).toBeUndefined();
    const forgotten = await forgets(own, from);
    expect(forgotten?.subjects).toEqual([into, from]);
    const rows = Object.entries(kept.tables).map(([name, { length }]) => [name, length]);
    expect(forgotten?.removed).toMatchObject(Object.fromEntries(rows));
    expect(forgotten?.kept).toEqual({ consent: 2, inbox: 6, calls: 2 });
    const told = (await own.events.after(0, 1_000)).filter(({ name }) => name === "customer_forgotten");
    const gone = Object.values(forgotten?.removed ?? {}).reduce((sum, count) => sum + count, 0);
    expect(told).toMatchObject([{ tenant, detail: { by: "test", subjects: 2, rows: gone } }]);
    expect(told[0]).not.toHaveProperty("subjectId");
    for (const id of [into, from]) {
      expect(await own.subjects.get(ref(id))).toBeUndefined();
      expect(await forgets(own, id)).toBeUndefined();
      const left = await own.lifeCycle.gather(ref(id));
      expect(Object.values(left.tables).flat()).toEqual([]);
    }
    for (const { addressKey } of [john, jane]) expect(await own.subjects.find(tenant, addressKey)).toBeUndefined();
    expect(await own.lifeCycle.gather(ref(third))).toEqual(before);
    expect(await own.merges.unfinished(10)).toEqual([]);
  });

  test("an opt-out outlives whoever opted out, and START still takes it back", async () => {
    const customer = newCustomer();
    const first = await says(ledger(), customer, "STOP");
    await forgets(ledger(), first);
    expect(await ledger().consent.optedOut(tenant, customer.addressKey)).toEqual({ since: noon });
    expect(await ledger().consent.optedOut(other, customer.addressKey)).toBeUndefined();
    const again = await ledger().accept(text(customer, "Hello"));
    expect(again).toMatchObject({ kind: "recorded", reason: "opted_out" });
    expect(again.subjectId).not.toBe(first);
    expect(await ledger().consent.optedOut(tenant, customer.addressKey)).toEqual({ since: noon });
    expect(await ledger().accept(text(customer, "START"))).toMatchObject({ kind: "recorded", reason: "start" });
    expect(await ledger().consent.optedOut(tenant, customer.addressKey)).toBeUndefined();
    await forgets(ledger(), again.subjectId);
    expect(await ledger().accept(text(customer, "Hello"))).toMatchObject({ kind: "accepted" });
  });

  test("whoever is forgotten and opted out is not texted by way of somebody else", async () => {
    const [customer, visitor] = [newCustomer(), newCustomer()];
    await forgets(ledger(), await says(ledger(), customer, "STOP"));
    const subjectId = await says(ledger(), visitor, "Hello");
    expect(await ledger().codes.issue(codeFor(customer, subjectId))).toEqual({ kind: "opted_out" });
  });

  test("a message that is delivered again brings nobody back", async () => {
    const customer = newCustomer();
    const message = text(customer, "Hello", { idempotencyToken: `token-${customer.number}` });
    const first = await ledger().accept(message);
    await forgets(ledger(), first.subjectId);
    const again = { kind: "duplicate", subjectId: first.subjectId, inboxId: first.inboxId };
    expect(await ledger().accept(message)).toEqual(again);
    expect(await ledger().accept({ ...message, providerId: "SM-another" })).toEqual(again);
    expect(await ledger().subjects.find(tenant, customer.addressKey)).toBeUndefined();
    const { callSid, subjectId } = await rings(ledger(), newCustomer());
    await forgets(ledger(), subjectId);
    await expect(ringsAgain(ledger(), customer, callSid)).rejects.toMatchObject({ code: "not_found" });
    expect(await ledger().calls.get(callSid)).toBeUndefined();
    expect(await ledger().subjects.find(tenant, customer.addressKey)).toBeUndefined();
  });

  test("what nobody delivers again is not kept for ever", async () => {
    const own = await fresh();
    const [customer, later] = [newCustomer(), newCustomer()];
    const message = text(customer, "Hello");
    await forgets(own, (await own.accept(message)).subjectId);
    const old = text(customer, "Hello again");
    const { subjectId } = await own.accept(old);
    expect(await forgets(own, subjectId, noon + 2 * dayMs)).toMatchObject({ kept: { inbox: 0 } });
    await forgets(own, await says(own, later, "Hello"), noon + 3 * dayMs);
    expect(await own.accept(message)).toMatchObject({ kind: "accepted" });
  });

  test("an attempt that runs while its customer is forgotten leaves nothing behind", async () => {
    const customer = newCustomer();
    const subjectId = await says(ledger(), customer, "Cancel it");
    const { turn, fence } = await takeTurn(ledger(), subjectId);
    const claim = claimOf(turn, fence);
    await ledger().toolCalls.claim(claim);
    await forgets(ledger(), subjectId);
    expect(await ledger().settle({ settlement: settlementOf(turn), fence, now: noon })).toEqual({ kind: "fenced" });
    expect(await ledger().toolCalls.claim(claimOf(turn, fence))).toEqual({ kind: "fenced" });
    expect(await ledger().toolCalls.finish({ id: claim.id, output: "secret", now: noon })).toEqual({ late: false });
    await ledger().toolCalls.record({ ...claim, effect: "reads", output: "secret", startedAt: noon });
    expect(await ledger().toolCalls.ofTurn(turn.id)).toEqual([]);
    await ledger().lanes.spoke({ turnId: turn.id, fence, text: "secret" });
    expect(await ledger().failAttempt({ turnId: turn.id, fence, now: noon })).toEqual({ failures: 0, split: false });
    const body = { kind: "tool_result", callId: "c", tool: "t", output: "secret" } as const;
    const note = { ...ref(subjectId), key: "late", body, treatment: "answer", now: noon } as const;
    await expect(ledger().note(note)).rejects.toMatchObject({ code: "not_found" });
  });

  test("a call that goes on while its caller is forgotten leaves nothing behind", async () => {
    const customer = newCustomer();
    const line = await calling(ledger(), customer);
    const { subjectId, callSid } = line.call;
    await forgets(ledger(), subjectId);
    expect(await ledger().acceptSpoken(speech(line, "secret"))).toEqual({ kind: "fenced" });
    const { epoch } = line.call;
    await ledger().calls.keepDigits({ callSid, epoch, digits: "42" });
    expect(await ledger().calls.end({ callSid, now: noon })).toEqual({ toSend: false });
    await expect(connected(ledger(), callSid)).rejects.toThrow("over");
    expect(await ledger().subjects.find(tenant, customer.addressKey)).toBeUndefined();
  });

  test("a code that names the number of whoever is forgotten goes as well, whoever asked for it", async () => {
    const customer = newCustomer();
    const subjectId = await says(ledger(), customer, "Hello");
    const asked = codeFor(customer, await says(ledger(), newCustomer(), "Hello"));
    await ledger().codes.issue(asked);
    expect(await forgets(ledger(), subjectId)).toMatchObject({ removed: { codes: 1, code_counts: 2 } });
    const tried = { tenant, key: asked.key, codeHash: asked.codeHash, mostTries: 3, now: noon };
    expect(await ledger().codes.redeem(tried)).toEqual({ kind: "refused", why: "unknown" });
  });

  test("whoever is forgotten while being split off is still taken out of the other's conversation", async () => {
    const [customer, friend] = [newCustomer(), newCustomer()];
    const into = await says(ledger(), friend, "Hello");
    const from = await says(ledger(), customer, "Hello");
    const mergeId = await merged(ledger(), into, from);
    await ledger().merges.split({ tenant, mergeId, by: "test", now: noon });
    expect(await forgets(ledger(), from)).toMatchObject({ subjects: [from] });
    const left = (await ledger().merges.unfinished(1_000)).find(({ id }) => id === mergeId);
    expect(left).toMatchObject({ into, from, state: "splitting", reason: "" });
    await ledger().merges.finish(mergeId);
    expect(await ledger().inbox.pending(ref(into))).toHaveLength(1);
    expect(await ledger().merges.of(ref(into))).toEqual([]);
  });

  test("what was removed can be scrubbed out of the files, and everything else is still there", async () => {
    const own = await fresh();
    const subjectId = await livesALot(own, newCustomer());
    const before = await own.lifeCycle.gather(ref(subjectId));
    const [, accepted] = await Promise.all([own.lifeCycle.scrub(), own.accept(text(newCustomer(), "Hello"))]);
    expect(accepted).toMatchObject({ kind: "accepted" });
    expect(await own.lifeCycle.gather(ref(subjectId))).toEqual(before);
    await own.lifeCycle.scrub();
    expect(await own.health()).toMatchObject({ ok: true });
  });
}

async function ringsAgain(ledger: Ledger, customer: Customer, sid: CallSid) {
  return await ledger.calls.open({
    callSid: sid,
    tenant,
    addressKey: customer.addressKey,
    alias: customer.alias,
    from: customer.number,
    to: ours,
    direction: "inbound",
    tokenHash: "a".repeat(64),
    greeting: "Good day.",
    session: { idleMs: 1, closeMs: 1 },
    resume: false,
    now: noon,
  });
}

async function forgets(ledger: Ledger, subjectId: SubjectId, now: number = noon) {
  return await ledger.lifeCycle.forget({ ...ref(subjectId), by: "test", now });
}
