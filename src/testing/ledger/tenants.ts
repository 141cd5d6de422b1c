import { expect } from "vitest";
import { newTurnId, tenantId } from "../../core/ids.ts";
import { answered, newCallSid, newCustomer, noon, ref, says, tenant, text, type Stage } from "./stage.ts";

const other = tenantId("other");

/** What keeps one tenant's subjects from another. */
export function tenantContract({ ledger, fresh, test }: Stage): void {
  test("another tenant reads nothing of a subject", async () => {
    const customer = newCustomer();
    const { subjectId } = await answered(ledger(), customer, "On its way.");
    await says(ledger(), customer, "Thanks");
    await ledger().owner.change({ ...ref(subjectId), from: "agent", to: "operator", now: noon });
    const stranger = { tenant: other, subjectId };
    expect(await ledger().subjects.find(other, customer.addressKey)).toBeUndefined();
    expect(await ledger().subjects.get(stranger)).toBeUndefined();
    expect(await ledger().inbox.pending(stranger)).toEqual([]);
    expect(await ledger().outbox.of(stranger)).toEqual([]);
    expect(await ledger().owner.get(stranger)).toBe("agent");
    expect(await ledger().inbox.pending(ref(subjectId))).toHaveLength(1);
    expect(await ledger().outbox.of(ref(subjectId))).toHaveLength(1);
  });

  test("another tenant changes nothing of a subject", async () => {
    const subjectId = await says(ledger(), newCustomer(), "Hello");
    const stranger = { tenant: other, subjectId };
    const pending = await ledger().inbox.pending(ref(subjectId));
    expect(await ledger().owner.change({ ...stranger, from: "agent", to: "operator", now: noon })).toBe(false);
    const body = { kind: "heard", callSid: newCallSid(), turnId: newTurnId(noon), text: "Good" } as const;
    const note = { ...ref(subjectId), key: `heard/${body.turnId}`, body, treatment: "record", now: noon } as const;
    const missing = { code: "not_found" };
    await expect(ledger().note({ ...note, ...stranger })).rejects.toMatchObject(missing);
    expect(await ledger().owner.get(ref(subjectId))).toBe("agent");
    expect(await ledger().inbox.pending(ref(subjectId))).toEqual(pending);
    expect(await ledger().note(note)).toMatchObject({ kind: "accepted" });
    await expect(ledger().note({ ...note, ...stranger })).rejects.toMatchObject(missing);
  });

  test("a customer of two tenants is a subject of each, and each lists its own", async () => {
    const own = await fresh();
    const customer = newCustomer();
    const here = await own.accept(text(customer, "Hello"));
    const there = await own.accept(text(customer, "Good day", { tenant: other }));
    expect(there.subjectId).not.toBe(here.subjectId);
    expect((await own.subjects.recent(tenant, 10)).map(({ id }) => id)).toEqual([here.subjectId]);
    expect((await own.subjects.recent(other, 10)).map(({ id }) => id)).toEqual([there.subjectId]);
    expect(await own.subjects.recent(tenantId("nobody"), 10)).toEqual([]);
  });
}
