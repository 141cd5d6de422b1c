import { expect } from "vitest";
import { subjectId as readSubjectId, tenantId, type SubjectId } from "../../core/ids.ts";
import type { Ledger } from "../../core/ports/ledger.ts";
import type { ResolutionAnswer } from "../../core/ports/resolutions.ts";
import { newCustomer, noon, ref, says, takeTurn, tenant, type Customer, type Stage } from "./stage.ts";

const other = tenantId("other");
const day = 86_400_000;
let ids = 0;

/** What keeping the answers of resolvers must do, and giving addresses to subjects. */
export function resolutionContract({ ledger, test }: Stage): void {
  test("an address belongs to whoever had it first", async () => {
    const [john, jane] = [newCustomer(), newCustomer()];
    const first = await says(ledger(), john, "Hello");
    const second = await says(ledger(), jane, "Hello");
    const addressKey = newFoundKey();
    expect(await ledger().subjects.join({ ...ref(first), addressKey })).toBe(first);
    expect(await ledger().subjects.join({ ...ref(second), addressKey })).toBe(first);
    expect(await ledger().subjects.find(tenant, addressKey)).toBe(first);
    expect((await ledger().subjects.get(ref(first)))?.addressKeys.toSorted()).toEqual(
      [addressKey, john.addressKey].toSorted(),
    );
    expect(await ledger().subjects.join({ ...ref(second), addressKey: john.addressKey })).toBe(first);
  });

  test("an address is not given to a subject that the tenant does not have", async () => {
    const subjectId = await says(ledger(), newCustomer(), "Hello");
    const addressKey = newFoundKey();
    await expect(ledger().subjects.join({ tenant: other, subjectId, addressKey })).rejects.toMatchObject({
      code: "not_found",
    });
    const nobody = readSubjectId("sub_nobody");
    await expect(ledger().subjects.join({ ...ref(nobody), addressKey })).rejects.toMatchObject({ code: "not_found" });
    expect(await ledger().subjects.find(tenant, addressKey)).toBeUndefined();
    expect(await ledger().subjects.find(other, addressKey)).toBeUndefined();
  });

  test("an alias that comes with an address takes the place of any but a phone number's", async () => {
    const visitor: Customer = { ...newCustomer(), addressKey: `web:${newFoundKey()}`, alias: "web_visitor" };
    const subjectId = await says(ledger(), visitor, "Hello");
    const [first, second] = [newCustomer(), newCustomer()];
    for (const { addressKey, alias } of [first, second]) {
      await ledger().subjects.join({ ...ref(subjectId), addressKey, alias });
    }
    expect((await ledger().subjects.get(ref(subjectId)))?.alias).toBe(first.alias);
  });

  test("a key that a resolver told is no address that a tool sees", async () => {
    const customer = newCustomer();
    const subjectId = await says(ledger(), customer, "Hello");
    await ledger().subjects.join({ ...ref(subjectId), addressKey: newFoundKey() });
    expect((await takeTurn(ledger(), subjectId)).turn.addresses).toEqual([customer.number]);
  });

  test("what a resolver told is kept by address and resolver, and told of", async () => {
    const { subjectId, addressKey, answered, of } = await asked(ledger());
    expect(await of()).toEqual([]);
    const foundKey = newFoundKey();
    await answered({ kind: "found", foundKey });
    expect(await of()).toEqual([
      {
        addressKey,
        outcome: "found",
        foundKey,
        apart: false,
        failures: 0,
        nextAt: noon + day,
      },
    ]);
    expect(await ledger().resolutions.of(ref(subjectId), "other")).toEqual([]);
    expect(await ledger().resolutions.of({ tenant: other, subjectId }, "crm")).toEqual([]);
    expect(await told(ledger(), subjectId)).toEqual([{ name: "subject_resolved", detail: { resolver: "crm" } }]);
  });

  test("failures in a row are counted until an answer comes, and what was found outlives them", async () => {
    const { subjectId, answered, of } = await asked(ledger());
    const foundKey = newFoundKey();
    await answered({ kind: "found", foundKey });
    await answered({ kind: "failed", why: "timeout" });
    await answered({ kind: "failed", why: "failed" });
    expect(await of()).toMatchObject([{ outcome: "failed", failures: 2, foundKey, apart: false }]);
    await answered({ kind: "nobody" });
    expect(await of()).toMatchObject([{ outcome: "nobody", failures: 0, foundKey, apart: false }]);
    expect((await told(ledger(), subjectId)).slice(1)).toEqual(
      ["timeout", "failed", "nobody"].map((why) => ({ name: "subject_unresolved", detail: { resolver: "crm", why } })),
    );
  });

  test("what is known under a key that a resolver told is told along", async () => {
    const { subjectId, answered, of } = await asked(ledger());
    const holder = await says(ledger(), newCustomer(), "Hello");
    const foundKey = newFoundKey();
    await ledger().subjects.join({ ...ref(holder), addressKey: foundKey });
    await answered({ kind: "found", foundKey });
    expect(await of()).toMatchObject([{ holder }]);
    expect(holder).not.toBe(subjectId);
  });

  test("an address that becomes somebody else's stays apart", async () => {
    const { answered, of } = await asked(ledger());
    await answered({ kind: "found", foundKey: newFoundKey() });
    const foundKey = newFoundKey();
    await answered({ kind: "nobody" });
    await answered({ kind: "found", foundKey });
    expect(await of()).toMatchObject([{ foundKey, apart: true }]);
    await answered({ kind: "found", foundKey });
    expect(await of()).toMatchObject([{ foundKey, apart: true }]);
  });

  test("what was told of a subject that the tenant does not have is not kept, and nobody is told of it", async () => {
    const { subjectId, addressKey, of } = await asked(ledger());
    const answer = { kind: "found", foundKey: newFoundKey() } as const;
    const kept = { addressKey, resolver: "crm", answer, nextAt: noon + day, now: noon };
    const missing = { code: "not_found" };
    await expect(ledger().resolutions.keep({ ...kept, tenant: other, subjectId })).rejects.toMatchObject(missing);
    const nobody = ref(readSubjectId("sub_nobody"));
    await expect(ledger().resolutions.keep({ ...kept, ...nobody })).rejects.toMatchObject(missing);
    expect(await of()).toEqual([]);
    expect(await told(ledger(), subjectId)).toEqual([]);
  });

  test("whom a person took apart nobody brings together, and their addresses are asked about again", async () => {
    const { subjectId, answered, of } = await asked(ledger());
    const { subjectId: untouched, answered: answeredToo, of: ofUntouched } = await asked(ledger());
    const foundKey = newFoundKey();
    await answered({ kind: "found", foundKey });
    await answeredToo({ kind: "found", foundKey });
    await ledger().resolutions.part({ tenant: other, subjects: [subjectId], now: noon });
    expect(await of()).toMatchObject([{ apart: false, nextAt: noon + day }]);
    await ledger().resolutions.part({ tenant, subjects: [subjectId], now: noon + 5 });
    expect(await of()).toMatchObject([{ apart: true, nextAt: noon + 5 }]);
    await answered({ kind: "found", foundKey });
    expect(await of()).toMatchObject([{ apart: true, nextAt: noon + day }]);
    expect(untouched).not.toBe(subjectId);
    expect(await ofUntouched()).toMatchObject([{ apart: false, nextAt: noon + day }]);
  });
}

/** A customer about whom a resolver is asked. */
async function asked(ledger: Ledger) {
  const { addressKey, ...customer } = newCustomer();
  const subjectId = await says(ledger, { addressKey, ...customer }, "Hello");
  return {
    subjectId,
    addressKey,
    of: () => ledger.resolutions.of(ref(subjectId), "crm"),
    answered: (answer: ResolutionAnswer["answer"]) =>
      ledger.resolutions.keep({
        ...ref(subjectId),
        addressKey,
        resolver: "crm",
        answer,
        nextAt: noon + day,
        now: noon,
      }),
  };
}

function newFoundKey(): string {
  ids += 1;
  return `ext:crm:${ids}`;
}

async function told(ledger: Ledger, subjectId: SubjectId) {
  const events = await ledger.events.after(0, 100_000);
  return events.flatMap(({ name, detail, subjectId: whose }) =>
    whose === subjectId && name.endsWith("resolved") ? [{ name, detail }] : [],
  );
}
