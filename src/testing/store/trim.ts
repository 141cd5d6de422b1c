import { expect } from "vitest";
import { newSubjectId } from "../../core/ids.ts";
import { agent, customer, memory, noon, ref, talk, turn, words, type StoreStage } from "./stage.ts";

/** What is left of a conversation whose oldest entries were removed. */
export function trimContract({ store, test }: StoreStage): void {
  test("what is trimmed is gone, and what is left keeps its places", async () => {
    const who = ref(newSubjectId(noon));
    await talk(store(), who.subjectId, [[customer("1"), agent("a")], [customer("2"), agent("b")], [customer("3")]]);
    const before = await store().page(who, { limit: 9 });
    expect(await store().trim(who, { throughSeq: 2 })).toBe(2);
    expect(await store().trim(who, { throughSeq: 2 })).toBe(0);
    expect(await store().page(who, { limit: 9 })).toEqual(before.slice(2));
    expect(await store().page(who, { limit: 1, afterSeq: 0 })).toEqual(before.slice(2, 3));
    expect(await store().page(who, { limit: 9, beforeSeq: 4 })).toEqual(before.slice(2, 3));
    expect(await store().load(who, { turns: 20, unfolded: 20 })).toMatchObject({ seq: 5, turns: 3 });
    expect(words(await store().load(who, { turns: 2 }))).toEqual(["2", "b", "3"]);
    expect(words(await store().load(who, { turns: 3 }))).toEqual(["2", "b", "3"]);
    expect(words(await store().load(who, { turns: 1, unfolded: 9 }))).toEqual(["2", "b", "3"]);
    expect(await store().forget(who)).toEqual({ entries: 3 });
  });

  test("a settlement goes with the last entry of its turn", async () => {
    const who = ref(newSubjectId(noon));
    const ids = await talk(store(), who.subjectId, [[customer("1")], [customer("2"), agent("b")], [], [customer("3")]]);
    async function settled() {
      const kept = await Promise.all(ids.map((id) => store().settlementOf(who, id)));
      return kept.map((settlement) => settlement !== undefined);
    }
    await store().trim(who, { throughSeq: 2 });
    expect(await settled()).toEqual([false, true, true, true]);
    await store().trim(who, { throughSeq: 3 });
    expect(await settled()).toEqual([false, false, true, true]);
  });

  test("a conversation of which everything was trimmed goes on where it was", async () => {
    const who = ref(newSubjectId(noon));
    await talk(store(), who.subjectId, [[customer("1")], [customer("2"), agent("b")]]);
    await store().remember(who, memory({ foldedThrough: 3 }));
    const { session, memory: known } = await store().load(who, { turns: 20 });
    expect(await store().trim(who, { throughSeq: 99 })).toBe(3);
    expect(await store().load(who, { turns: 20, unfolded: 20 })).toEqual({
      entries: [],
      seq: 3,
      fence: 1,
      turns: 2,
      session,
      memory: known,
    });
    expect(await store().page(who, { limit: 9 })).toEqual([]);
    expect(await store().append(turn({ ...who }))).toEqual({ kind: "stale", seq: 3 });
    const record = turn({ ...who, expectedSeq: 3, items: [customer("3"), agent("c")] });
    expect(await store().append(record)).toEqual({ kind: "appended", seq: 5 });
    expect(await store().load(who, { turns: 1 })).toMatchObject({ turns: 3, entries: [{ seq: 4 }, { seq: 5 }] });
    expect(words(await store().load(who, { turns: 2, unfolded: 2 }))).toEqual(["3", "c"]);
  });
}
