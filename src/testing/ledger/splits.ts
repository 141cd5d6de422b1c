import { expect } from "vitest";
import { newMergeId, tenantId, type MergeId } from "../../core/ids.ts";
import { merged, refused, request } from "./merging.ts";
import {
  answered,
  newCustomer,
  noon,
  ours,
  ref,
  rings,
  says,
  takeTurn,
  tenant,
  text,
  wordsOf,
  type Stage,
} from "./stage.ts";

/** What taking two subjects apart again must do. */
export function splitContract({ ledger, test }: Stage): void {
  async function pair() {
    const [john, jane] = [newCustomer(), newCustomer()];
    const { subjectId: into } = await answered(ledger(), john, "to John");
    const { subjectId: from } = await answered(ledger(), jane, "to Jane");
    const mergeId = await merged(ledger(), into, from);
    return { john, jane, into, from, mergeId };
  }

  test("whatever belongs to an address that came along goes back with it", async () => {
    const { john, jane, into, from, mergeId } = await pair();
    await says(ledger(), jane, "from Jane");
    await says(ledger(), john, "from John");
    const { callSid } = await rings(ledger(), jane);
    await ledger().calls.end({ callSid, now: noon });
    expect(await ledger().merges.split(splitting(mergeId))).toMatchObject({
      kind: "split",
      merge: { id: mergeId, into, from, state: "splitting" },
    });
    const take = { holder: "one", leaseMs: 10_000, now: noon };
    for (const subjectId of [into, from]) {
      expect(await ledger().take({ ...take, subjectId })).toMatchObject({ kind: "busy" });
    }
    await ledger().merges.finish(mergeId);
    expect(await ledger().subjects.get(ref(into))).toMatchObject({ addressKeys: [john.addressKey] });
    expect(await ledger().subjects.get(ref(from))).toMatchObject({ id: from, addressKeys: [jane.addressKey] });
    expect(await ledger().merges.resolve(ref(from))).toBe(from);
    expect(await ledger().merges.of(ref(into))).toEqual([]);
    expect((await ledger().outbox.of(ref(into))).map(({ body }) => body)).toEqual(["to John"]);
    expect((await ledger().outbox.of(ref(from))).map(({ body }) => body)).toEqual(["to Jane"]);
    for (const subjectId of [into, from]) {
      const claim = await ledger().outbox.claim({ subjectId, now: noon + 5, ambiguousAfterMs: 30_000 });
      expect(claim).toMatchObject({ kind: "send" });
    }
    expect(await ledger().calls.get(callSid)).toMatchObject({ subjectId: from });
    const [one, other] = [await takeTurn(ledger(), into), await takeTurn(ledger(), from)];
    expect(wordsOf(one.turn)).toEqual(["from John"]);
    expect(wordsOf(other.turn)).toEqual(["from Jane"]);
    expect(one.turn.textRoute).toEqual({ channel: "sms", to: john.number, from: ours });
    expect(other.turn.textRoute).toEqual({ channel: "sms", to: jane.number, from: ours });
  });

  test("whoever said something since begins a new session, and the other goes on", async () => {
    const { jane, into, from, mergeId } = await pair();
    await says(ledger(), jane, "from Jane");
    const current = await ledger().sessions.current(ref(into));
    await ledger().merges.split(splitting(mergeId));
    expect(await ledger().sessions.current(ref(from))).toMatchObject({ subjectId: from, number: 2, state: "NEW" });
    expect((await ledger().sessions.current(ref(into)))?.id).toBe(current?.id);
  });

  test("an address that another merge brought stays", async () => {
    const { jane, into, from, mergeId } = await pair();
    const third = newCustomer();
    await merged(ledger(), into, await says(ledger(), third, "Hello"));
    await ledger().merges.split(splitting(mergeId));
    expect((await ledger().subjects.get(ref(from)))?.addressKeys).toEqual([jane.addressKey]);
    expect(await ledger().subjects.find(tenant, third.addressKey)).toBe(into);
  });

  test("a split that cannot be is refused with why", async () => {
    const { john, into, from, mergeId } = await pair();
    expect(await ledger().merges.split(splitting(newMergeId(noon)))).toEqual(refused("unknown"));
    const foreign = { ...splitting(mergeId), tenant: tenantId("other") };
    expect(await ledger().merges.split(foreign)).toEqual(refused("unknown"));
    const { callSid } = await rings(ledger(), john);
    expect(await ledger().merges.split(splitting(mergeId))).toEqual(refused("busy"));
    await ledger().calls.end({ callSid, now: noon });
    const third = await says(ledger(), newCustomer(), "Hello");
    const later = request(third, into);
    await ledger().merges.merge(later);
    expect(await ledger().merges.split(splitting(later.mergeId))).toEqual(refused("busy"));
    await ledger().merges.finish(later.mergeId);
    expect(await ledger().merges.split(splitting(mergeId))).toEqual(refused("superseded"));
    expect(await ledger().merges.split(splitting(later.mergeId))).toMatchObject({ kind: "split" });
    expect(await ledger().merges.split(splitting(later.mergeId))).toEqual(refused("already"));
    await ledger().merges.finish(later.mergeId);
    expect(await ledger().merges.split(splitting(mergeId))).toMatchObject({ kind: "split" });
    await ledger().merges.finish(mergeId);
    expect(await ledger().merges.split(splitting(mergeId))).toEqual(refused("already"));
    expect(await ledger().merges.merge({ ...request(into, from), mergeId })).toEqual(refused("already"));
    expect(await ledger().merges.merge(request(into, from))).toMatchObject({ kind: "merged" });
    const told = (await ledger().events.after(0, 100_000)).filter(({ name }) => name === "subject_split");
    expect(told.at(-1)).toMatchObject({ subjectId: into, detail: { mergeId, by: "test", from } });
  });

  test("while a turn is under way nobody is split off", async () => {
    const { john, into, mergeId } = await pair();
    await ledger().accept(text(john, "Hello", { now: noon }));
    await takeTurn(ledger(), into);
    expect(await ledger().merges.split(splitting(mergeId))).toEqual(refused("busy"));
  });
}

function splitting(mergeId: MergeId) {
  return { tenant, mergeId, by: "test", now: noon + 5 };
}
