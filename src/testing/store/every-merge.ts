import fc from "fast-check";
import { expect } from "vitest";
import { newSubjectId, newTurnId, type SubjectId, type TurnId } from "../../core/ids.ts";
import type { Item } from "../../core/item.ts";
import type { ConversationStore } from "../../core/ports/store.ts";
import { mergedModel, newModel, someItems, type Model } from "./model.ts";
import { memory, mergeOf, noon, ref, tenant, turn, type StoreStage } from "./stage.ts";

/** What is true of every merge and every split, whatever the two conversations hold. */
export function everyMergeContract({ store, test }: StoreStage): void {
  test("whatever two conversations hold, a merge keeps every entry once, in order, and a split gives both back", async () => {
    await fc.assert(
      fc.asyncProperty(someMerge(), async (given) => {
        const into = await told(store(), given.into);
        const from = await told(store(), given.from);
        const order = orderOf(given.choices, { into: into.model, from: from.model });
        const before = await store().load(from.who, { turns: 20 });
        const request = await mergeOf(store(), { into: into.who.subjectId, from: from.who.subjectId }, order);
        expect(await store().merge(request)).toEqual({ kind: "merged" });
        const merged = mergedModel(into.model, from.model, order);
        await expectModel(store(), into.who.subjectId, merged);
        for (const turnId of [...into.kept, ...from.kept])
          expect(await store().settlementOf(into.who, turnId)).toMatchObject({ turnId });

        const trimmed = Math.floor(merged.state().seq * given.trimmed);
        const own = merged.state().entries.filter(({ seq }, index) => order[index] === "into" && seq <= trimmed).length;
        expect(await store().trim(into.who, { throughSeq: trimmed })).toBe(merged.trim(trimmed));
        into.model.trim(into.model.state().seq - into.model.state().entries.length + own);
        for (const items of given.since) {
          const { seq: expectedSeq, fence } = merged.state();
          const record = turn({ ...into.who, items, expectedSeq, fence });
          expect(await store().append(record)).toMatchObject({ kind: "appended" });
          merged.append(record);
          into.model.append({ ...record, expectedSeq: into.model.state().seq });
        }
        await expectModel(store(), into.who.subjectId, merged);

        const undo = { tenant, mergeId: request.mergeId, into: into.who.subjectId, memory: memory() };
        await store().split(undo);
        await expectModel(store(), into.who.subjectId, into.model);
        expect(await store().load(from.who, { turns: 20 })).toEqual(before);
        await expectModel(store(), from.who.subjectId, from.model);
        for (const turnId of from.kept) {
          expect(await store().settlementOf(into.who, turnId)).toBeUndefined();
          expect(await store().settlementOf(from.who, turnId)).toMatchObject({ turnId });
        }
      }),
      { numRuns: 25 },
    );
  });
}

interface SomeTalk {
  readonly turns: readonly (readonly Item[])[];
  /** How much of it is trimmed, from 0 to 1. */
  readonly trimmed: number;
}

function someMerge() {
  const share = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1, noNaN: true }));
  const someTalk: fc.Arbitrary<SomeTalk> = fc.record({
    turns: fc.array(someItems(), { maxLength: 6 }),
    trimmed: share,
  });
  return fc.record({
    into: someTalk,
    from: someTalk,
    choices: fc.array(fc.boolean(), { maxLength: 50 }),
    trimmed: share,
    since: fc.array(someItems(), { maxLength: 3 }),
  });
}

/** Lets a conversation happen, in the store and in a model. */
async function told(store: ConversationStore, { turns, trimmed }: SomeTalk) {
  const who = ref(newSubjectId(noon));
  const model = newModel();
  for (const items of turns) {
    const record = turn({ ...who, turnId: newTurnId(noon), items, expectedSeq: model.state().seq });
    model.append(record);
    await store.append(record);
  }
  const place = Math.floor(model.state().seq * trimmed);
  expect(await store.trim(who, { throughSeq: place })).toBe(model.trim(place));
  const kept: ReadonlySet<TurnId> = new Set(model.state().entries.map(({ turnId }) => turnId));
  return { who, model, kept };
}

/** An order of both conversations' entries: the one that is chosen, while it has any left. */
function orderOf(
  choices: readonly boolean[],
  models: { readonly into: Model; readonly from: Model },
): readonly ("into" | "from")[] {
  const left = { into: models.into.state().entries.length, from: models.from.state().entries.length };
  const order: ("into" | "from")[] = [];
  while (left.into + left.from > 0) {
    const chosen = choices[order.length] === true ? "into" : "from";
    const whose = left[chosen] > 0 ? chosen : chosen === "into" ? "from" : "into";
    left[whose] -= 1;
    order.push(whose);
  }
  return order;
}

async function expectModel(store: ConversationStore, subjectId: SubjectId, model: Model): Promise<void> {
  const { seq, starts, entries } = model.state();
  expect(await store.page(ref(subjectId), { limit: 1_000 })).toEqual(entries);
  for (const turns of [0, 1, 2, 3, 20]) {
    const loaded = await store.load(ref(subjectId), { turns });
    expect(loaded).toMatchObject({ seq, turns: starts.length });
    expect(loaded.entries).toEqual(model.window(turns, 0, 0));
  }
}
