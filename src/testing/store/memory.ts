import { expect } from "vitest";
import { branded, newSubjectId, newTurnId, type FactId } from "../../core/ids.ts";
import { LAST_FENCE } from "../../core/last-fence.ts";
import { emptyMemory, type Memory } from "../../core/memory.ts";
import { customer, memory, noon, nothing, ref, session, talk, turn, type StoreStage } from "./stage.ts";

/** How what is known of a subject is kept. */
export function memoryContract({ store, test }: StoreStage): void {
  test("what is known is read as it was written, one version higher, alone and with the conversation", async () => {
    const who = ref(newSubjectId(noon));
    await talk(store(), who.subjectId, [[customer("1")], [customer("2")]]);
    const known = everything();
    expect(await store().remember(who, known)).toEqual({ kind: "kept", version: 1 });
    expect(await store().memory(who)).toEqual({ ...known, version: 1 });
    expect((await store().load(who, { turns: 1 })).memory).toEqual({ ...known, version: 1 });
    const less = memory({ version: 1, dropped: 3 });
    expect(await store().remember(who, less)).toEqual({ kind: "kept", version: 2 });
    expect(await store().memory(who)).toEqual({ ...less, version: 2 });
  });

  test("something can be known before anything was said", async () => {
    const who = ref(newSubjectId(noon));
    expect(await store().remember(who, memory({ dropped: 1 }))).toEqual({ kind: "kept", version: 1 });
    expect(await store().load(who, { turns: 20 })).toEqual({ ...nothing, memory: memory({ version: 1, dropped: 1 }) });
    expect(await store().append(turn(who))).toEqual({ kind: "appended", seq: 1 });
    expect(await store().memory(who)).toMatchObject({ version: 1, dropped: 1 });
    expect(await store().forget(who)).toEqual({ entries: 1 });
  });

  test("what was changed since it was read is not overwritten", async () => {
    const who = ref(newSubjectId(noon));
    expect(await store().remember(who, memory({ version: 1 }))).toEqual({ kind: "stale" });
    expect(await store().memory(who)).toEqual(emptyMemory);
    await store().remember(who, memory({ dropped: 1 }));
    expect(await store().remember(who, memory({ dropped: 2 }))).toEqual({ kind: "stale" });
    expect(await store().remember(who, memory({ version: 2, dropped: 2 }))).toEqual({ kind: "stale" });
    expect(await store().memory(who)).toMatchObject({ version: 1, dropped: 1 });
  });

  test("of two that change it at once one wins and the other is told", async () => {
    const who = ref(newSubjectId(noon));
    const answers = await Promise.all([1, 2].map((dropped) => store().remember(who, memory({ dropped }))));
    expect(answers.map(({ kind }) => kind).toSorted()).toEqual(["kept", "stale"]);
    const winner = answers.findIndex(({ kind }) => kind === "kept") + 1;
    expect(await store().memory(who)).toMatchObject({ version: 1, dropped: winner });
  });

  test("what was learnt from a conversation that was forgotten meanwhile is not kept", async () => {
    const who = ref(newSubjectId(noon));
    await talk(store(), who.subjectId, [[customer("1")]]);
    const { version } = await store().memory(who);
    await store().forget(who);
    expect(await store().remember(who, memory({ version, extractedThrough: 1 }))).toEqual({ kind: "stale" });
    expect(await store().remember(who, memory({ version, foldedThrough: 1 }))).toEqual({ kind: "stale" });
    expect(await store().load(who, { turns: 20 })).toEqual(nothing);
    expect(await store().forget(who)).toBeUndefined();
  });

  test("under the last fence nothing is remembered and nothing added any more", async () => {
    const who = ref(newSubjectId(noon));
    await store().raiseFence(who, LAST_FENCE);
    expect(await store().remember(who, memory({ dropped: 1 }))).toEqual({ kind: "stale" });
    expect(await store().append(turn({ ...who, fence: 7 }))).toEqual({ kind: "fenced", fence: LAST_FENCE });
    expect(await store().load(who, { turns: 20 })).toEqual({ ...nothing, fence: LAST_FENCE });
  });
}

/** A memory with something in every field. */
function everything(): Memory {
  const source = { kind: "item", turnId: newTurnId(noon), seq: 1 } as const;
  return {
    version: 0,
    foldedThrough: 1,
    extractedThrough: 2,
    summary: { session, text: 'She asked "where?" \u{1F600}', at: noon },
    episodes: [{ session, startedAt: noon, endedAt: noon + 1, summary: "A lost card." }],
    entities: [
      { name: "area", value: ["north", "east"], confidence: 0.5, source, at: noon, session },
      { name: "rooms", value: 3, confidence: 1, source, at: noon, session, replacedAt: noon + 1 },
    ],
    facts: [
      {
        id: branded<FactId>("fact_1"),
        type: "preference",
        about: "channel",
        content: "Prefers texts.",
        confidence: 0.9,
        source: { kind: "person", by: "ada" },
        at: noon,
        expires: noon + 9,
      },
    ],
    intent: { name: "order_status", topic: "orders", confidence: 0.8, at: noon },
    topics: { orders: 2 },
    dropped: 1,
    profile: { id: "c1", name: "Ada", details: { vip: true, since: 2_020 }, resolver: "crm", at: noon },
    remote: { sessionId: "s1", conversationId: "conv_1", createdAt: noon, lastUsed: noon, throughSeq: 2 },
  };
}
