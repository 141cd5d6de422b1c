import { expect } from "vitest";
import { newSubjectId, newTurnId } from "../../core/ids.ts";
import { emptyMemory } from "../../core/memory.ts";
import { customer, memory, noon, nothing, ref, talk, turn, type StoreStage } from "./stage.ts";

/** What is read of a conversation page by page, and what is left of one that was forgotten. */
export function readContract({ store, test }: StoreStage): void {
  test("a conversation that is not there is empty", async () => {
    const who = ref(newSubjectId(noon));
    expect(await store().load(who, { turns: 20, unfolded: 20 })).toEqual(nothing);
    expect(await store().page(who, { limit: 10 })).toEqual([]);
    expect(await store().page(who, { limit: 10, afterSeq: 0 })).toEqual([]);
    expect(await store().settlementOf(who, newTurnId(noon))).toBeUndefined();
    expect(await store().memory(who)).toEqual(emptyMemory);
    expect(await store().trim(who, { throughSeq: 9 })).toBe(0);
    expect(await store().forget(who)).toBeUndefined();
  });

  test("pages go back from a place and on from one, the oldest first", async () => {
    const subjectId = newSubjectId(noon);
    await talk(store(), subjectId, [["1", "2", "3"].map(customer), ["4", "5"].map(customer)]);
    async function seqs(options: { readonly beforeSeq?: number; readonly afterSeq?: number; readonly limit: number }) {
      return (await store().page(ref(subjectId), options)).map(({ seq }) => seq);
    }
    expect(await seqs({ limit: 2 })).toEqual([4, 5]);
    expect(await seqs({ limit: 2, beforeSeq: 4 })).toEqual([2, 3]);
    expect(await seqs({ limit: 9, beforeSeq: 3 })).toEqual([1, 2]);
    expect(await seqs({ limit: 9, beforeSeq: 1 })).toEqual([]);
    expect(await seqs({ limit: 9, beforeSeq: 99 })).toEqual([1, 2, 3, 4, 5]);
    expect(await seqs({ limit: 2, afterSeq: 0 })).toEqual([1, 2]);
    expect(await seqs({ limit: 2, afterSeq: 2 })).toEqual([3, 4]);
    expect(await seqs({ limit: 9, afterSeq: 5 })).toEqual([]);
    expect(await seqs({ limit: 9, afterSeq: 1, beforeSeq: 4 })).toEqual([2, 3]);
    expect(await seqs({ limit: 1, afterSeq: 1, beforeSeq: 4 })).toEqual([2]);
    expect(await seqs({ limit: 0 })).toEqual([]);
    expect(await seqs({ limit: 0, afterSeq: 1 })).toEqual([]);
  });

  test("a forgotten conversation is gone with all that is known of it, and only that one", async () => {
    const [a, b] = [newSubjectId(noon), newSubjectId(noon)];
    const record = turn({ subjectId: a });
    await store().append(record);
    await store().remember(ref(a), memory({ topics: { orders: 1 } }));
    await store().append(turn({ subjectId: b }));
    expect(await store().forget(ref(a))).toEqual({ entries: 1 });
    expect(await store().forget(ref(a))).toBeUndefined();
    expect(await store().load(ref(a), { turns: 20 })).toEqual(nothing);
    expect(await store().settlementOf(ref(a), record.turnId)).toBeUndefined();
    expect(await store().memory(ref(a))).toEqual(emptyMemory);
    expect((await store().load(ref(b), { turns: 20 })).seq).toBe(1);
  });
}
