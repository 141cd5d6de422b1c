import { expect } from "vitest";
import { newMergeId, newSessionId, newSubjectId, type SubjectId } from "../../core/ids.ts";
import type { ConversationStore, StoreMerge } from "../../core/ports/store.ts";
import {
  agent,
  customer,
  memory,
  mergeOf,
  noon,
  nothing,
  ref,
  talk,
  tenant,
  turn,
  words,
  type StoreStage,
} from "./stage.ts";

/** How two conversations become one, and two again. */
export function mergeContract({ store, test }: StoreStage): void {
  test("two conversations become one in the given order, and the one that went in stays readable", async () => {
    const [a, b] = await pair(store());
    const before = await store().load(ref(b), { turns: 20 });
    const request = await mergeOf(store(), { into: a, from: b }, ["from", "into", "into", "from", "into"]);
    expect(await store().merge({ ...request, memory: memory({ foldedThrough: 1 }) })).toEqual({ kind: "merged" });
    const merged = await store().load(ref(a), { turns: 20 });
    expect(words(merged)).toEqual(["b1", "a1", "a2", "b2", "a3"]);
    expect(merged.entries.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
    expect(merged).toMatchObject({ seq: 5, turns: 4, fence: 1, memory: { version: 1, foldedThrough: 1 } });
    expect(words(await store().load(ref(a), { turns: 2 }))).toEqual(["b2", "a3"]);
    expect(await store().load(ref(b), { turns: 20 })).toEqual(before);
    expect(await store().append(turn({ subjectId: a, expectedSeq: 5 }))).toEqual({ kind: "appended", seq: 6 });
  });

  test("a merge happens once, however often it is asked for", async () => {
    const [a, b] = await pair(store());
    const request = await mergeOf(store(), { into: a, from: b }, ["into", "into", "into", "from", "from"]);
    const answers = await Promise.all([store().merge(request), store().merge(request)]);
    expect(answers).toEqual([{ kind: "merged" }, { kind: "merged" }]);
    const once = await store().load(ref(a), { turns: 20 });
    expect(await store().merge({ ...request, seqs: { into: 5, from: 2 } })).toEqual({ kind: "merged" });
    expect(await store().load(ref(a), { turns: 20 })).toEqual(once);
  });

  test("nothing is merged that is not as it was read", async () => {
    const [a, b] = await pair(store());
    const request = await mergeOf(store(), { into: a, from: b }, ["into", "into", "into", "from", "from"]);
    const { seqs, versions, order } = request;
    const before = await store().load(ref(a), { turns: 20 });
    const stale: readonly Partial<StoreMerge>[] = [
      { seqs: { ...seqs, into: 2 } },
      { seqs: { ...seqs, from: 3 } },
      { versions: { ...versions, into: 1 } },
      { versions: { ...versions, from: 1 } },
      { order: order.slice(1) },
      { order: order.slice(0, -1) },
    ];
    for (const change of stale) expect(await store().merge({ ...request, ...change })).toEqual({ kind: "stale" });
    expect(await store().load(ref(a), { turns: 20 })).toEqual(before);
    await store().trim(ref(b), { throughSeq: 1 });
    expect(await store().merge(request)).toEqual({ kind: "stale" });
  });

  test("a turn of either conversation is known to the one, and adds nothing again", async () => {
    const [a, b] = [newSubjectId(noon), newSubjectId(noon)];
    const record = turn({ subjectId: b });
    await store().append(record);
    await store().merge(await mergeOf(store(), { into: a, from: b }, ["from"]));
    expect(await store().settlementOf(ref(a), record.turnId)).toEqual(record.settlement);
    expect(await store().settlementOf(ref(b), record.turnId)).toEqual(record.settlement);
    const again = { ...record, subjectId: a, expectedSeq: 1 };
    expect(await store().append(again)).toEqual({ kind: "repeated", settlement: record.settlement });
  });

  test("of a turn that both conversations know the one keeps its own settlement, also after a split", async () => {
    const [a, b] = [newSubjectId(noon), newSubjectId(noon)];
    const own = turn({ subjectId: a });
    await store().append(own);
    await store().append(turn({ subjectId: b, turnId: own.turnId }));
    const request = await mergeOf(store(), { into: a, from: b }, ["from", "into"]);
    expect(await store().merge(request)).toEqual({ kind: "merged" });
    expect(await store().settlementOf(ref(a), own.turnId)).toEqual(own.settlement);
    await store().split({ tenant, mergeId: request.mergeId, into: a, memory: memory() });
    expect(await store().settlementOf(ref(a), own.turnId)).toEqual(own.settlement);
  });

  test("the one keeps its own session and the higher fence", async () => {
    const [a, b] = await pair(store());
    const session = newSessionId(noon);
    await store().append(turn({ subjectId: b, expectedSeq: 2, fence: 4, session: newSessionId(noon) }));
    await store().append(turn({ subjectId: a, expectedSeq: 3, fence: 2, session }));
    await store().merge(
      await mergeOf(store(), { into: a, from: b }, ["into", "into", "into", "into", "from", "from", "from"]),
    );
    expect(await store().load(ref(a), { turns: 0 })).toMatchObject({ fence: 4, session });
    expect(await store().append(turn({ subjectId: a, fence: 3, expectedSeq: 7 }))).toEqual({
      kind: "fenced",
      fence: 4,
    });
  });

  test("a conversation without a word takes the other's session over, and gives it back", async () => {
    const [a, b] = [newSubjectId(noon), newSubjectId(noon)];
    const session = newSessionId(noon);
    await store().append(turn({ subjectId: b, session }));
    const request = await mergeOf(store(), { into: a, from: b }, ["from"]);
    await store().merge(request);
    expect(await store().load(ref(a), { turns: 0 })).toMatchObject({ seq: 1, session });
    await store().split({ tenant, mergeId: request.mergeId, into: a, memory: memory() });
    expect(await store().load(ref(a), { turns: 20 })).toEqual({ ...nothing, fence: 1, memory: memory({ version: 2 }) });
  });

  test("a conversation is not merged with itself", async () => {
    const [a] = await pair(store());
    const request = await mergeOf(store(), { into: a, from: a }, ["into", "into", "into", "from", "from", "from"]);
    await expect(store().merge(request)).rejects.toMatchObject({ code: "bad_request" });
    expect(words(await store().load(ref(a), { turns: 20 }))).toEqual(["a1", "a2", "a3"]);
  });

  test("two that were split are as they were, with what was said since, and are split once", async () => {
    const [a, b] = await pair(store());
    const request = await mergeOf(store(), { into: a, from: b }, ["from", "into", "from", "into", "into"]);
    await store().merge(request);
    await talk(store(), a, [[customer("since"), agent("then")]]);
    const undo = { tenant, mergeId: request.mergeId, into: a };
    await store().split({ ...undo, memory: memory({ dropped: 4 }) });
    await store().split({ ...undo, memory: memory({ dropped: 5 }) });
    const left = await store().load(ref(a), { turns: 20 });
    expect(words(left)).toEqual(["a1", "a2", "a3", "since", "then"]);
    expect(left).toMatchObject({ seq: 5, turns: 3, memory: { version: 2, dropped: 4 } });
    expect(words(await store().load(ref(a), { turns: 2 }))).toEqual(["a3", "since", "then"]);
    expect(words(await store().load(ref(b), { turns: 20 }))).toEqual(["b1", "b2"]);
  });

  test("a memory that comes with a merge or a split covers nothing beyond the last entry", async () => {
    const [a, b] = await pair(store());
    const request = await mergeOf(store(), { into: a, from: b }, ["from", "into", "from", "into", "into"]);
    const far = memory({ foldedThrough: 99, extractedThrough: 98 });
    await store().merge({ ...request, memory: far });
    expect(await store().memory(ref(a))).toEqual(memory({ version: 1, foldedThrough: 5, extractedThrough: 5 }));
    await store().split({ tenant, mergeId: request.mergeId, into: a, memory: far });
    const left = await store().memory(ref(a));
    expect(left).toEqual(memory({ version: 2, foldedThrough: 3, extractedThrough: 3 }));
    expect(await store().remember(ref(a), left)).toEqual({ kind: "kept", version: 3 });
  });

  test("a split of another conversation's merge, or of none, does nothing", async () => {
    const [a, b] = await pair(store());
    const request = await mergeOf(store(), { into: a, from: b }, ["from", "into", "from", "into", "into"]);
    await store().merge(request);
    const before = await store().load(ref(a), { turns: 20 });
    await store().split({ tenant, mergeId: request.mergeId, into: b, memory: memory() });
    await store().split({ tenant, mergeId: newMergeId(noon), into: a, memory: memory() });
    expect(await store().load(ref(a), { turns: 20 })).toEqual(before);
  });

  test("of two merges into one either can be split first", async () => {
    for (const first of [0, 1]) {
      const [a, b] = await pair(store());
      const c = newSubjectId(noon);
      await talk(store(), c, [[customer("c1")]]);
      const merges = [await mergeOf(store(), { into: a, from: b }, ["from", "into", "from", "into", "into"])];
      for (const request of merges) await store().merge(request);
      merges.push(await mergeOf(store(), { into: a, from: c }, ["into", "into", "from", "into", "into", "into"]));
      for (const request of merges) expect(await store().merge(request)).toEqual({ kind: "merged" });
      expect(words(await store().load(ref(a), { turns: 20 }))).toEqual(["b1", "a1", "c1", "b2", "a2", "a3"]);
      const inTurn = first === 0 ? merges : merges.toReversed();
      for (const { mergeId } of inTurn) await store().split({ tenant, mergeId, into: a, memory: memory() });
      expect(words(await store().load(ref(a), { turns: 20 }))).toEqual(["a1", "a2", "a3"]);
      expect(words(await store().load(ref(a), { turns: 1 }))).toEqual(["a3"]);
    }
  });

  test("a merge into a conversation that went into another does not move with a later split of it", async () => {
    const [a, b] = await pair(store());
    const c = newSubjectId(noon);
    await talk(store(), c, [[customer("c1")]]);
    await store().merge(await mergeOf(store(), { into: b, from: c }, ["into", "from", "into"]));
    const request = await mergeOf(store(), { into: a, from: b }, ["into", "into", "into", "from", "from", "from"]);
    await store().merge(request);
    expect(words(await store().load(ref(a), { turns: 20 }))).toEqual(["a1", "a2", "a3", "b1", "c1", "b2"]);
    await store().split({ tenant, mergeId: request.mergeId, into: a, memory: memory() });
    expect(words(await store().load(ref(a), { turns: 20 }))).toEqual(["a1", "a2", "a3"]);
    expect(words(await store().load(ref(b), { turns: 20 }))).toEqual(["b1", "c1", "b2"]);
  });

  test("what was forgotten cannot be split", async () => {
    const [a, b] = await pair(store());
    const request = await mergeOf(store(), { into: a, from: b }, ["from", "into", "from", "into", "into"]);
    await store().merge(request);
    expect(await store().forget(ref(a))).toEqual({ entries: 5 });
    await store().split({ tenant, mergeId: request.mergeId, into: a, memory: memory({ dropped: 1 }) });
    expect(await store().load(ref(a), { turns: 20 })).toEqual(nothing);
    expect(words(await store().load(ref(b), { turns: 20 }))).toEqual(["b1", "b2"]);
  });
}

/** Two conversations: three entries in two turns, and two entries in two. */
async function pair(store: ConversationStore): Promise<readonly [SubjectId, SubjectId]> {
  const [a, b] = [newSubjectId(noon), newSubjectId(noon)];
  await talk(store, a, [[customer("a1"), agent("a2")], [customer("a3")]]);
  await talk(store, b, [[customer("b1")], [customer("b2")]]);
  return [a, b];
}
