import { expect } from "vitest";
import { tenantId } from "../../core/ids.ts";
import type { Arrival } from "../../core/ports/ledger.ts";
import {
  eventsOf,
  newCustomer,
  noon,
  ours,
  ref,
  says,
  settlementOf,
  takeTurn,
  tenant,
  text,
  wordsOf,
  type Customer,
  type Stage,
} from "./stage.ts";

/** What accepting a text must do. */
export function acceptContract({ ledger, fresh, test }: Stage): void {
  test("a text of a stranger makes a subject, and is pending", async () => {
    const customer = newCustomer();
    const accepted = await ledger().accept(text(customer, "Hello"));
    expect(accepted.kind).toBe("accepted");
    expect(await ledger().subjects.find(tenant, customer.addressKey)).toBe(accepted.subjectId);
    expect(await ledger().subjects.get(ref(accepted.subjectId))).toEqual({
      id: accepted.subjectId,
      tenant,
      alias: customer.alias,
      addressKeys: [customer.addressKey],
      ours,
      lastActiveAt: noon,
      session: "NEW",
    });
    const pending = await ledger().inbox.pending(ref(accepted.subjectId));
    expect(pending).toMatchObject([
      { id: accepted.inboxId, treatment: "answer", failures: 0, superseded: false, receivedAt: noon },
    ]);
    expect(pending[0]?.body).toMatchObject({
      kind: "text",
      channel: "sms",
      text: "Hello",
      from: customer.number,
      to: ours,
    });
  });

  test("a second text comes from the same subject", async () => {
    const customer = newCustomer();
    expect(await says(ledger(), customer, "one")).toBe(await says(ledger(), customer, "two"));
  });

  test("the same message three times at once is accepted once", async () => {
    const arrival = text(newCustomer(), "Hello");
    const all = await Promise.all([ledger().accept(arrival), ledger().accept(arrival), ledger().accept(arrival)]);
    expect(all.map(({ kind }) => kind).toSorted()).toEqual(["accepted", "duplicate", "duplicate"]);
    expect(new Set(all.map(({ inboxId }) => inboxId)).size).toBe(1);
    const subjectId = all[0].subjectId;
    expect(await ledger().inbox.pending(ref(subjectId))).toHaveLength(1);
    expect(await eventsOf(ledger(), subjectId)).toEqual(["session_started", "message_received"]);
  });

  test("a message whose idempotency token came before is a duplicate", async () => {
    const customer = newCustomer();
    const first = await ledger().accept(text(customer, "Hello", { idempotencyToken: `token-${customer.number}` }));
    const second = await ledger().accept(text(customer, "Hello", { idempotencyToken: `token-${customer.number}` }));
    expect(second).toEqual({ kind: "duplicate", subjectId: first.subjectId, inboxId: first.inboxId });
  });

  test("a provider's id counts within its channel", async () => {
    const customer = newCustomer();
    const sms = text(customer, "Hello");
    const whatsapp: Arrival = { ...sms, body: { ...sms.body, channel: "whatsapp" } };
    await ledger().accept(sms);
    expect((await ledger().accept(whatsapp)).kind).toBe("accepted");
  });

  test("the first texts of a stranger, all at once, make one subject", async () => {
    const customer = newCustomer();
    const all = await Promise.all(["a", "b", "c", "d"].map(async (words) => await says(ledger(), customer, words)));
    expect(new Set(all).size).toBe(1);
  });

  test("the same number is somebody else in another tenant", async () => {
    const customer = newCustomer();
    const here = await ledger().accept(text(customer, "Hello"));
    const there = await ledger().accept(text(customer, "Hello", { tenant: tenantId("other") }));
    expect(there.subjectId).not.toBe(here.subjectId);
  });

  test("STOP opts out, what comes after is only recorded, START takes it back", async () => {
    const customer = newCustomer();
    expect(await ledger().accept(text(customer, " stop "))).toMatchObject({
      kind: "recorded",
      reason: "stop",
      notified: false,
    });
    expect(await ledger().consent.optedOut(tenant, customer.addressKey)).toEqual({ since: noon });
    expect(await ledger().accept(text(customer, "Hello?"))).toMatchObject({ kind: "recorded", reason: "opted_out" });
    expect(await ledger().accept(text(customer, "START"))).toMatchObject({ kind: "recorded", reason: "start" });
    expect(await ledger().consent.optedOut(tenant, customer.addressKey)).toBeUndefined();
    expect(await ledger().accept(text(customer, "Hello"))).toMatchObject({ kind: "accepted" });
  });

  test("what the provider took for an opt-out is one, whatever the text", async () => {
    const customer = newCustomer();
    const arrival = text(customer, "please leave me alone", { optOutType: "STOP" });
    expect(await ledger().accept(arrival)).toMatchObject({ kind: "recorded", reason: "stop" });
    expect(await ledger().consent.optedOut(tenant, customer.addressKey)).toBeDefined();
  });

  test("YES is an answer, unless it takes an opt-out back", async () => {
    const customer = newCustomer();
    expect((await ledger().accept(text(customer, "YES"))).kind).toBe("accepted");
    await ledger().accept(text(customer, "STOP"));
    expect(await ledger().accept(text(customer, "yes"))).toMatchObject({ reason: "start" });
  });

  test("an opt-out in one tenant says nothing about another", async () => {
    const customer = newCustomer();
    await ledger().accept(text(customer, "STOP"));
    expect(await ledger().consent.optedOut(tenantId("other"), customer.addressKey)).toBeUndefined();
  });

  test("HELP is answered by the line itself when it has words for it", async () => {
    const customer = newCustomer();
    const silent = await ledger().accept(text(customer, "HELP"));
    expect(silent).toMatchObject({ kind: "recorded", reason: "help", notified: false });
    expect(await ledger().outbox.of(ref(silent.subjectId))).toEqual([]);
    const helped = await ledger().accept(text(customer, "help", { helpNotice: "Write to help@example.com" }));
    expect(helped).toMatchObject({ reason: "help", notified: true });
    const rows = await ledger().outbox.of(ref(helped.subjectId));
    expect(rows).toMatchObject([
      { to: customer.number, from: ours, body: "Write to help@example.com", state: "waiting" },
    ]);
  });

  test("a text over the limit waits for the next turn and is answered politely once", async () => {
    const customer = newCustomer();
    const limits = { perMinute: 2, perDay: 0 };
    const kinds = [];
    for (const words of ["a", "b", "c", "d"]) kinds.push(await ledger().accept(text(customer, words, { limits })));
    expect(kinds).toMatchObject([
      { kind: "accepted" },
      { kind: "accepted" },
      { kind: "recorded", reason: "limited", notified: true },
      { kind: "recorded", reason: "limited", notified: false },
    ]);
    const subjectId = kinds[0]?.subjectId ?? (await says(ledger(), customer, ""));
    expect(await ledger().outbox.of(ref(subjectId))).toMatchObject([
      { to: customer.number, from: ours, body: "One moment, please." },
    ]);
    const { turn } = await takeTurn(ledger(), subjectId);
    expect(wordsOf(turn)).toEqual(["a", "b", "c", "d"]);
  });

  test("a text over the limit starts no turn by itself", async () => {
    const customer = newCustomer();
    const limits = { perMinute: 1, perDay: 0 };
    const subjectId = await says(ledger(), customer, "a");
    const { turn, fence } = await takeTurn(ledger(), subjectId);
    await ledger().accept(text(customer, "b", { limits }));
    await ledger().settle({
      settlement: settlementOf(turn),
      fence,
      now: noon,
    });
    const taken = await ledger().take({ subjectId, holder: "one", leaseMs: 10_000, now: noon });
    expect(taken.kind).toBe("idle");
    expect(await ledger().inbox.pending(ref(subjectId))).toMatchObject([{ treatment: "join" }]);
  });

  test("the count begins anew in the next minute", async () => {
    const customer = newCustomer();
    const limits = { perMinute: 1, perDay: 0 };
    await ledger().accept(text(customer, "a", { limits }));
    expect(await ledger().accept(text(customer, "b", { limits, now: noon + 60_000 }))).toMatchObject({
      kind: "accepted",
    });
  });

  test("STOP counts however many texts came before it", async () => {
    const customer = newCustomer();
    const limits = { perMinute: 1, perDay: 1 };
    await ledger().accept(text(customer, "a", { limits }));
    expect(await ledger().accept(text(customer, "STOP", { limits }))).toMatchObject({ reason: "stop" });
    expect(await ledger().consent.optedOut(tenant, customer.addressKey)).toBeDefined();
  });

  test("a text of somebody who cannot be written to is kept, and nobody ever answers", async () => {
    const sender = { number: "72345", addressKey: "other:72345", alias: "other_72345" };
    const change = { answerable: false, helpNotice: "Write to us", limits: { perMinute: 1, perDay: 1 } };
    for (const words of ["Your parcel is here", "STOP", "HELP"]) {
      const accepted = await ledger().accept(text(sender, words, change));
      expect(accepted).toMatchObject({ kind: "recorded", reason: "unanswerable", notified: false });
    }
    const { subjectId } = await ledger().accept(text(sender, "START", change));
    expect(await ledger().consent.optedOut(tenant, sender.addressKey)).toBeUndefined();
    const told = await eventsOf(ledger(), subjectId);
    expect(told).toEqual(["session_started", ...Array.from({ length: 4 }, () => "message_unanswerable")]);
    const { turn } = await takeTurn(ledger(), subjectId);
    expect(turn.rows.every(({ treatment }) => treatment === "record")).toBe(true);
    expect(turn.textRoute).toBeUndefined();
    expect(await ledger().outbox.of(ref(subjectId))).toEqual([]);
  });

  test("a text is kept as it came, whatever is in it", async () => {
    const customer = newCustomer();
    const words = `'; DROP TABLE inbox; -- "\\ \u0000 \u{1F600} \u202E ${"x".repeat(60_000)}`;
    const subjectId = await says(ledger(), customer, words);
    expect((await ledger().inbox.pending(ref(subjectId)))[0]?.body).toMatchObject({ text: words });
  });

  test("half a character does no harm", async () => {
    const subjectId = await says(ledger(), newCustomer(), "broken \uD83D here");
    expect((await ledger().inbox.pending(ref(subjectId)))[0]?.body).toMatchObject({ kind: "text" });
  });

  test("no event holds a number or a text", async () => {
    const own = await fresh();
    const customer = newCustomer();
    await says(own, customer, "a secret");
    await own.accept(text(customer, "STOP"));
    const events = JSON.stringify(await own.events.after(0, 100));
    expect(events).not.toContain(customer.number);
    expect(events).not.toContain("secret");
  });

  test("the subjects that were active last come first", async () => {
    const own = await fresh();
    const customers = [newCustomer(), newCustomer(), newCustomer()];
    const offsets = [0, 61_000, 62_000];
    const ids = await inOrder(customers, async (customer, index) => {
      return (await own.accept(text(customer, "Hello", { now: noon + (offsets[index] ?? 0) }))).subjectId;
    });
    const recent = await own.subjects.recent(tenant, 2);
    expect(recent.map(({ id }) => id)).toEqual([ids[2], ids[1]]);
    await own.accept(text(customers[0] ?? newCustomer(), "Again", { now: noon + 200_000 }));
    expect((await own.subjects.recent(tenant, 1))[0]?.id).toBe(ids[0]);
  });
}

async function inOrder<Out>(
  customers: readonly Customer[],
  work: (customer: Customer, index: number) => Promise<Out>,
): Promise<readonly Out[]> {
  const results: Out[] = [];
  for (const [index, customer] of customers.entries()) results.push(await work(customer, index));
  return results;
}
