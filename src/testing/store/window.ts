import fc from "fast-check";
import { expect } from "vitest";
import { newSubjectId } from "../../core/ids.ts";
import { newModel, someItems } from "./model.ts";
import { agent, customer, memory, noon, ref, talk, turn, words, type StoreStage } from "./stage.ts";

/** What is loaded for a turn. */
export function windowContract({ store, test }: StoreStage): void {
  test("a window begins with the customer's turn it is counted from, and holds everything since", async () => {
    const subjectId = newSubjectId(noon);
    await talk(store(), subjectId, [
      [agent("Hi")],
      [customer("1"), agent("a")],
      [agent("b")],
      [customer("2")],
      [agent("c")],
    ]);
    async function window(turns: number) {
      return words(await store().load(ref(subjectId), { turns }));
    }
    expect(await window(0)).toEqual([]);
    expect(await window(1)).toEqual(["2", "c"]);
    expect(await window(2)).toEqual(["1", "a", "b", "2", "c"]);
    expect(await window(3)).toEqual(["Hi", "1", "a", "b", "2", "c"]);
    expect(await store().load(ref(subjectId), { turns: 0 })).toMatchObject({ seq: 6, turns: 2 });
  });

  test("turns that no summary covers stay before the window, only so many of them", async () => {
    const subjectId = newSubjectId(noon);
    const said = ["1", "2", "3", "4", "5", "6"];
    await talk(
      store(),
      subjectId,
      said.map((text) => [customer(text)]),
    );
    async function window(turns: number, unfolded?: number) {
      return words(await store().load(ref(subjectId), { turns, ...(unfolded === undefined ? {} : { unfolded }) }));
    }
    expect(await window(2, 2)).toEqual(["3", "4", "5", "6"]);
    expect(await window(2, 9)).toEqual(said);
    expect(await window(0, 1)).toEqual(["6"]);
    await store().remember(ref(subjectId), memory({ foldedThrough: 3 }));
    expect(await window(2)).toEqual(["5", "6"]);
    expect(await window(2, 9)).toEqual(["4", "5", "6"]);
    expect(await window(0, 9)).toEqual(["4", "5", "6"]);
    expect(await window(0, 2)).toEqual(["5", "6"]);
    await store().remember(ref(subjectId), memory({ version: 1, foldedThrough: 5 }));
    expect(await window(2, 9)).toEqual(["5", "6"]);
    await store().remember(ref(subjectId), memory({ version: 2, foldedThrough: 6 }));
    expect(await window(0, 9)).toEqual([]);
  });

  test("whatever is said, summarised and trimmed, a window is what a simple model gives", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(change(), { maxLength: 20 }), async (changes) => {
        const who = ref(newSubjectId(noon));
        const model = newModel();
        let kept = memory();
        for (const each of changes) {
          const { seq } = model.state();
          const place = Math.floor(seq * each.share);
          const record = turn({ ...who, items: each.items, expectedSeq: seq });
          const folded = { ...kept, foldedThrough: place };
          switch (each.kind) {
            case "say":
              await store().append(record);
              model.append(record);
              break;
            case "fold":
              await store().remember(who, folded);
              kept = { ...folded, version: kept.version + 1 };
              break;
            case "trim":
              await store().trim(who, { throughSeq: place });
              model.trim(place);
              break;
          }
        }
        const { seq, fence, starts } = model.state();
        for (const [turns, unfolded] of windows) {
          const entries = model.window(turns, unfolded, kept.foldedThrough);
          const loaded = await store().load(who, { turns, unfolded });
          expect(loaded).toMatchObject({ seq, fence, turns: starts.length, memory: kept });
          expect(loaded.entries).toEqual(entries);
        }
        for (const paging of [{ limit: 3 }, { limit: 3, afterSeq: 0 }, { limit: 3, beforeSeq: seq }])
          expect(await store().page(who, paging)).toEqual(model.page(paging));
      }),
      { numRuns: 40 },
    );
  });
}

/** Turns and unfolded turns. */
const windows = [
  [0, 0],
  [0, 2],
  [1, 0],
  [1, 1],
  [2, 3],
  [3, 20],
  [20, 20],
] as const;

function change() {
  return fc.record({
    kind: fc.constantFrom(...(["say", "say", "say", "say", "fold", "trim"] as const)),
    items: someItems(),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  });
}
