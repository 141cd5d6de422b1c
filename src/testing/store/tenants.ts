import { expect } from "vitest";
import { newMergeId, newSubjectId } from "../../core/ids.ts";
import { emptyMemory } from "../../core/memory.ts";
import type { StoreMerge } from "../../core/ports/store.ts";
import { memory, noon, nothing, otherTenant, ref, talk, tenant, turn, customer, type StoreStage } from "./stage.ts";

const missing = { code: "not_found" };

/** What keeps one tenant's conversations from another. */
export function tenantContract({ store, test }: StoreStage): void {
  test("another tenant reads nothing of a conversation", async () => {
    const subjectId = newSubjectId(noon);
    const stranger = { tenant: otherTenant, subjectId };
    const record = turn({ subjectId, fence: 3 });
    await store().append(record);
    await store().remember(ref(subjectId), memory({ dropped: 1 }));
    expect(await store().load(stranger, { turns: 20, unfolded: 20 })).toEqual(nothing);
    expect(await store().page(stranger, { limit: 10 })).toEqual([]);
    expect(await store().page(stranger, { limit: 10, beforeSeq: 9 })).toEqual([]);
    expect(await store().page(stranger, { limit: 10, afterSeq: 0 })).toEqual([]);
    expect(await store().settlementOf(stranger, record.turnId)).toBeUndefined();
    expect(await store().memory(stranger)).toEqual(emptyMemory);
  });

  test("another tenant changes nothing of a conversation", async () => {
    const subjectId = newSubjectId(noon);
    const stranger = { tenant: otherTenant, subjectId };
    const record = turn({ subjectId, fence: 3 });
    await store().append(record);
    await store().remember(ref(subjectId), memory({ dropped: 1 }));
    const before = await store().load(ref(subjectId), { turns: 20 });
    for (const expectedSeq of [0, 1])
      await expect(
        store().append({ ...turn({ subjectId, fence: 4, expectedSeq }), ...stranger }),
      ).rejects.toMatchObject(missing);
    await expect(store().append({ ...record, ...stranger })).rejects.toMatchObject(missing);
    await expect(store().raiseFence(stranger, 9)).rejects.toMatchObject(missing);
    for (const version of [0, 1])
      await expect(store().remember(stranger, memory({ version }))).rejects.toMatchObject(missing);
    expect(await store().trim(stranger, { throughSeq: 1 })).toBe(0);
    expect(await store().forget(stranger)).toBeUndefined();
    expect(await store().load(ref(subjectId), { turns: 20 })).toEqual(before);
    expect(await store().settlementOf(ref(subjectId), record.turnId)).toEqual(record.settlement);
  });

  test("conversations of two tenants do not become one, and none is split by another tenant", async () => {
    const [into, from, foreign] = [newSubjectId(noon), newSubjectId(noon), newSubjectId(noon)];
    await talk(store(), into, [[customer("a")]]);
    await talk(store(), from, [[customer("b")]]);
    await store().append({ ...turn({ subjectId: foreign }), tenant: otherTenant });
    const request: StoreMerge = {
      tenant,
      mergeId: newMergeId(noon),
      into,
      from,
      seqs: { into: 1, from: 1 },
      versions: { into: 0, from: 0 },
      order: ["into", "from"],
      memory: memory(),
    };
    await expect(store().merge({ ...request, from: foreign })).rejects.toMatchObject(missing);
    await expect(store().merge({ ...request, into: foreign })).rejects.toMatchObject(missing);
    await expect(store().merge({ ...request, tenant: otherTenant })).rejects.toMatchObject(missing);
    expect(await store().merge(request)).toEqual({ kind: "merged" });
    await expect(store().merge({ ...request, tenant: otherTenant })).rejects.toMatchObject(missing);
    const { mergeId } = request;
    const split = store().split({ tenant: otherTenant, mergeId, into, memory: memory() });
    await expect(split).rejects.toMatchObject(missing);
    expect((await store().load(ref(into), { turns: 20 })).seq).toBe(2);
    expect((await store().load({ tenant: otherTenant, subjectId: foreign }, { turns: 20 })).seq).toBe(1);
  });

  test("a raised fence, and something known, make a conversation its tenant's", async () => {
    const [a, b] = [newSubjectId(noon), newSubjectId(noon)];
    await store().raiseFence(ref(a), 2);
    await store().remember(ref(b), memory());
    for (const subjectId of [a, b]) {
      const stranger = { tenant: otherTenant, subjectId };
      await expect(store().append({ ...turn({ subjectId, fence: 2 }), ...stranger })).rejects.toMatchObject(missing);
      expect(await store().append(turn({ subjectId, fence: 2 }))).toEqual({ kind: "appended", seq: 1 });
    }
  });
}
