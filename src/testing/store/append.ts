import fc from "fast-check";
import { expect } from "vitest";
import { newSessionId, newSubjectId, newTurnId } from "../../core/ids.ts";
import type { Item } from "../../core/item.ts";
import { newModel, someItems } from "./model.ts";
import { agent, customer, noon, nothing, ref, session, turn, type StoreStage } from "./stage.ts";

/** What adding a turn does, and when it does nothing. */
export function appendContract({ store, test }: StoreStage): void {
  test("a turn makes its conversation, and is read as it was written", async () => {
    const subjectId = newSubjectId(noon);
    const items: readonly Item[] = [
      customer("Hello"),
      { kind: "tool_call", callId: "c1", tool: "look", arguments: '{"a":1}' },
      { kind: "tool_result", callId: "c1", tool: "look", output: "x \u0000 \u{1F600}" },
      agent("Hi"),
    ];
    const record = turn({ subjectId, items, fence: 3 });
    expect(await store().append(record)).toEqual({ kind: "appended", seq: 4 });
    const loaded = await store().load(ref(subjectId), { turns: 20 });
    expect(loaded).toEqual({
      ...nothing,
      seq: 4,
      fence: 3,
      turns: 1,
      session,
      entries: items.map((item, index) => ({ seq: index + 1, turnId: record.turnId, at: noon, item })),
    });
    expect(await store().settlementOf(ref(subjectId), record.turnId)).toEqual(record.settlement);
  });

  test("the session of the last addition is the conversation's", async () => {
    const subjectId = newSubjectId(noon);
    const later = newSessionId(noon);
    await store().append(turn({ subjectId }));
    await store().append(turn({ subjectId, expectedSeq: 1, session: later }));
    await store().append(turn({ subjectId, expectedSeq: 1 }));
    await store().raiseFence(ref(subjectId), 2);
    expect((await store().load(ref(subjectId), { turns: 0 })).session).toBe(later);
  });

  test("a turn that was added before is not added again, under any fence", async () => {
    const subjectId = newSubjectId(noon);
    const record = turn({ subjectId, fence: 2 });
    await store().append(record);
    const other = {
      ...record,
      fence: 1,
      expectedSeq: 9,
      settlement: { ...record.settlement, outcome: "failed" },
    } as const;
    expect(await store().append(other)).toEqual({ kind: "repeated", settlement: record.settlement });
    expect((await store().load(ref(subjectId), { turns: 20 })).seq).toBe(1);
  });

  test("of a turn added twice at once one addition counts", async () => {
    const record = turn({ subjectId: newSubjectId(noon) });
    const answers = await Promise.all([store().append(record), store().append(record)]);
    expect(answers.map(({ kind }) => kind).toSorted()).toEqual(["appended", "repeated"]);
  });

  test("nothing is added under a lower fence", async () => {
    const subjectId = newSubjectId(noon);
    await store().append(turn({ subjectId, fence: 5 }));
    const late = turn({ subjectId, fence: 4, expectedSeq: 1 });
    expect(await store().append(late)).toEqual({ kind: "fenced", fence: 5 });
    expect(await store().settlementOf(ref(subjectId), late.turnId)).toBeUndefined();
    expect((await store().load(ref(subjectId), { turns: 20 })).seq).toBe(1);
  });

  test("a raised fence keeps a former holder out, also of a conversation that is not there yet", async () => {
    const subjectId = newSubjectId(noon);
    await store().raiseFence(ref(subjectId), 7);
    await store().raiseFence(ref(subjectId), 6);
    expect(await store().append(turn({ subjectId, fence: 6 }))).toEqual({ kind: "fenced", fence: 7 });
    expect(await store().load(ref(subjectId), { turns: 20 })).toEqual({ ...nothing, fence: 7 });
    expect(await store().append(turn({ subjectId, fence: 7 }))).toEqual({ kind: "appended", seq: 1 });
  });

  test("a fence is looked at before the place", async () => {
    const subjectId = newSubjectId(noon);
    await store().raiseFence(ref(subjectId), 2);
    expect(await store().append(turn({ subjectId, fence: 1, expectedSeq: 4 }))).toEqual({ kind: "fenced", fence: 2 });
  });

  test("nothing is added to a conversation that is not as it was loaded", async () => {
    const subjectId = newSubjectId(noon);
    await store().append(turn({ subjectId }));
    expect(await store().append(turn({ subjectId, expectedSeq: 0 }))).toEqual({ kind: "stale", seq: 1 });
    expect(await store().append(turn({ subjectId, expectedSeq: 2 }))).toEqual({ kind: "stale", seq: 1 });
  });

  test("a turn without items leaves its settlement", async () => {
    const subjectId = newSubjectId(noon);
    const record = turn({ subjectId, items: [] });
    expect(await store().append(record)).toEqual({ kind: "appended", seq: 0 });
    expect(await store().settlementOf(ref(subjectId), record.turnId)).toEqual(record.settlement);
  });

  test("one conversation knows nothing of another", async () => {
    const [a, b] = [newSubjectId(noon), newSubjectId(noon)];
    const record = turn({ subjectId: a });
    await store().append(record);
    expect(await store().settlementOf(ref(b), record.turnId)).toBeUndefined();
    expect(await store().append({ ...record, subjectId: b })).toMatchObject({ kind: "appended" });
  });

  test("whatever is appended in whatever order, reading gives what a simple model gives", async () => {
    const ids = Array.from({ length: 13 }, () => newTurnId(noon));
    await fc.assert(
      fc.asyncProperty(fc.array(step(), { maxLength: 25 }), fc.integer({ min: 0, max: 5 }), async (steps, turns) => {
        const subjectId = newSubjectId(noon);
        const model = newModel();
        for (const each of steps) {
          const at = { expectedSeq: model.state().seq + each.off, turnId: ids[each.turn] ?? newTurnId(noon) };
          const record = turn({ subjectId, fence: each.fence, items: each.items, ...at });
          const { kind } = await store().append(record);
          expect(kind).toBe(model.append(record));
        }
        const { seq, fence, starts } = model.state();
        const loaded = await store().load(ref(subjectId), { turns });
        expect(loaded).toMatchObject({ seq, fence, turns: starts.length, entries: model.window(turns, 0, 0) });
        expect(await store().page(ref(subjectId), { limit: turns })).toEqual(model.page({ limit: turns }));
      }),
      { numRuns: 40 },
    );
  });
}

function step() {
  return fc.record({
    turn: fc.integer({ min: 0, max: 12 }),
    fence: fc.integer({ min: 1, max: 4 }),
    // Mostly right, sometimes stale.
    off: fc.constantFrom(0, 0, 0, 0, 1, -1),
    items: someItems(),
  });
}
