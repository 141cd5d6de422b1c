import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newSubjectId, newTurnId, tenantId, type SubjectId, type TurnId } from "../core/ids.ts";
import type { Entry, Item } from "../core/item.ts";
import type { ConversationStore, TurnAppend } from "../core/ports/store.ts";
import type { Settlement } from "../core/turn-record.ts";
import { isGap, type Gap } from "./gap.ts";

/** A conversation store to be held to its port. */
export interface StoreContract {
  /** Opens a store. */
  readonly open: () => Promise<ConversationStore>;
  readonly unsupported?: readonly Gap[];
}

const noon = 1_790_000_000_000;

/** What every conversation store must do, as tests. Call it in a `describe` of the adapter's own test file, which runs under vitest. */
export function storeContract(contract: StoreContract): void {
  let opened: ConversationStore | undefined;
  beforeAll(async () => {
    opened = await contract.open();
  });
  afterAll(async () => {
    await opened?.[Symbol.asyncDispose]();
  });
  function store(): ConversationStore {
    if (opened === undefined) throw new Error("the store is opened before the tests run");
    return opened;
  }
  function must(sentence: string, run: () => Promise<void>): void {
    // oxlint-disable-next-line vitest/expect-expect, vitest/valid-title -- both are in the contract that calls this
    test.skipIf(isGap(contract.unsupported ?? [], sentence))(sentence, run);
  }
  describe("appending", () => {
    appending(store, must);
  });
  describe("reading", () => {
    reading(store, must);
  });
}

type Must = (sentence: string, run: () => Promise<void>) => void;

function appending(store: () => ConversationStore, must: Must): void {
  must("a turn makes its conversation, and is read as it was written", async () => {
    const subjectId = newSubjectId(noon);
    const items: readonly Item[] = [
      customer("Hello"),
      { kind: "tool_call", callId: "c1", tool: "look", arguments: '{"a":1}' },
      { kind: "tool_result", callId: "c1", tool: "look", output: "x \u0000 \u{1F600}" },
      { kind: "agent", channel: "sms", text: "Hi", status: "complete" },
    ];
    const record = turn({ subjectId, items, fence: 3 });
    expect(await store().append(record)).toEqual({ kind: "appended", seq: 4 });
    const loaded = await store().load(subjectId, { turns: 20 });
    expect(loaded).toEqual({
      seq: 4,
      fence: 3,
      turns: 1,
      entries: items.map((item, index) => ({ seq: index + 1, turnId: record.turnId, at: noon, item })),
    });
    expect(await store().settlementOf(subjectId, record.turnId)).toEqual(record.settlement);
  });

  must("a turn that was added before is not added again, under any fence", async () => {
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
    expect((await store().load(subjectId, { turns: 20 })).seq).toBe(1);
  });

  must("of a turn added twice at once one addition counts", async () => {
    const record = turn({ subjectId: newSubjectId(noon) });
    const answers = await Promise.all([store().append(record), store().append(record)]);
    expect(answers.map(({ kind }) => kind).toSorted()).toEqual(["appended", "repeated"]);
  });

  must("nothing is added under a lower fence", async () => {
    const subjectId = newSubjectId(noon);
    await store().append(turn({ subjectId, fence: 5 }));
    const late = turn({ subjectId, fence: 4, expectedSeq: 1 });
    expect(await store().append(late)).toEqual({ kind: "fenced", fence: 5 });
    expect(await store().settlementOf(subjectId, late.turnId)).toBeUndefined();
    expect((await store().load(subjectId, { turns: 20 })).seq).toBe(1);
  });

  must("a raised fence keeps a former holder out, also of a conversation that is not there yet", async () => {
    const subjectId = newSubjectId(noon);
    await store().raiseFence(subjectId, 7);
    await store().raiseFence(subjectId, 6);
    expect(await store().append(turn({ subjectId, fence: 6 }))).toEqual({ kind: "fenced", fence: 7 });
    expect(await store().load(subjectId, { turns: 20 })).toEqual({ entries: [], seq: 0, fence: 7, turns: 0 });
    expect(await store().append(turn({ subjectId, fence: 7 }))).toEqual({ kind: "appended", seq: 1 });
  });

  must("a fence is looked at before the place", async () => {
    const subjectId = newSubjectId(noon);
    await store().raiseFence(subjectId, 2);
    expect(await store().append(turn({ subjectId, fence: 1, expectedSeq: 4 }))).toEqual({ kind: "fenced", fence: 2 });
  });

  must("nothing is added to a conversation that is not as it was loaded", async () => {
    const subjectId = newSubjectId(noon);
    await store().append(turn({ subjectId }));
    expect(await store().append(turn({ subjectId, expectedSeq: 0 }))).toEqual({ kind: "stale", seq: 1 });
    expect(await store().append(turn({ subjectId, expectedSeq: 2 }))).toEqual({ kind: "stale", seq: 1 });
  });

  must("a turn without items leaves its settlement", async () => {
    const subjectId = newSubjectId(noon);
    const record = turn({ subjectId, items: [] });
    expect(await store().append(record)).toEqual({ kind: "appended", seq: 0 });
    expect(await store().settlementOf(subjectId, record.turnId)).toEqual(record.settlement);
  });

  must("one conversation knows nothing of another", async () => {
    const [a, b] = [newSubjectId(noon), newSubjectId(noon)];
    const record = turn({ subjectId: a });
    await store().append(record);
    expect(await store().settlementOf(b, record.turnId)).toBeUndefined();
    expect(await store().append({ ...record, subjectId: b })).toMatchObject({ kind: "appended" });
  });
}

function reading(store: () => ConversationStore, must: Must): void {
  must("a conversation that is not there is empty", async () => {
    const subjectId = newSubjectId(noon);
    expect(await store().load(subjectId, { turns: 20 })).toEqual({ entries: [], seq: 0, fence: 0, turns: 0 });
    expect(await store().page(subjectId, { limit: 10 })).toEqual([]);
    expect(await store().settlementOf(subjectId, newTurnId(noon))).toBeUndefined();
    expect(await store().forget(subjectId)).toBe(false);
  });

  must("a window begins with the customer's turn it is counted from, and holds everything since", async () => {
    const subjectId = newSubjectId(noon);
    const talk: readonly (readonly Item[])[] = [
      [agent("Hi")],
      [customer("1"), agent("a")],
      [agent("b")],
      [customer("2")],
      [agent("c")],
    ];
    let seq = 0;
    for (const items of talk) {
      await store().append(turn({ subjectId, items, expectedSeq: seq }));
      seq += items.length;
    }
    async function words(turns: number) {
      return (await store().load(subjectId, { turns })).entries.map(({ item }) => textOf(item));
    }
    expect(await words(1)).toEqual(["2", "c"]);
    expect(await words(2)).toEqual(["1", "a", "b", "2", "c"]);
    expect(await words(3)).toEqual(["Hi", "1", "a", "b", "2", "c"]);
    expect(await store().load(subjectId, { turns: 1 })).toMatchObject({ seq: 6, turns: 2 });
  });

  must("pages go back from a place, the oldest first", async () => {
    const subjectId = newSubjectId(noon);
    await store().append(turn({ subjectId, items: ["1", "2", "3", "4", "5"].map(customer) }));
    async function seqs(options: { readonly beforeSeq?: number; readonly limit: number }) {
      return (await store().page(subjectId, options)).map(({ seq }) => seq);
    }
    expect(await seqs({ limit: 2 })).toEqual([4, 5]);
    expect(await seqs({ limit: 2, beforeSeq: 4 })).toEqual([2, 3]);
    expect(await seqs({ limit: 9, beforeSeq: 3 })).toEqual([1, 2]);
    expect(await seqs({ limit: 9, beforeSeq: 1 })).toEqual([]);
    expect(await seqs({ limit: 9, beforeSeq: 99 })).toEqual([1, 2, 3, 4, 5]);
  });

  must("a forgotten conversation is gone, and only that one", async () => {
    const [a, b] = [newSubjectId(noon), newSubjectId(noon)];
    const record = turn({ subjectId: a });
    await store().append(record);
    await store().append(turn({ subjectId: b }));
    expect(await store().forget(a)).toBe(true);
    expect(await store().forget(a)).toBe(false);
    expect(await store().load(a, { turns: 20 })).toEqual({ entries: [], seq: 0, fence: 0, turns: 0 });
    expect(await store().settlementOf(a, record.turnId)).toBeUndefined();
    expect((await store().load(b, { turns: 20 })).seq).toBe(1);
  });

  must("whatever is appended in whatever order, reading gives what a simple model gives", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step(), { maxLength: 25 }), fc.integer({ min: 1, max: 5 }), async (steps, turns) => {
        const subjectId = newSubjectId(noon);
        const model = newModel();
        for (const each of steps) {
          const record = turn({
            subjectId,
            ...each,
            expectedSeq: model.entries.length + each.off,
            turnId: model.turnId(each.turn),
          });
          const { kind } = await store().append(record);
          expect(kind).toBe(model.append(record));
        }
        const loaded = await store().load(subjectId, { turns });
        expect(loaded).toEqual(model.load(turns));
        expect(await store().page(subjectId, { limit: turns })).toEqual(model.entries.slice(-turns));
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
    items: fc.array(fc.oneof(fc.string().map(customer), fc.string().map(agent)), { maxLength: 4 }),
  });
}

/** The simplest thing that is a conversation store. */
function newModel() {
  const ids: TurnId[] = Array.from({ length: 13 }, () => newTurnId(noon));
  const entries: Entry[] = [];
  const done = new Set<TurnId>();
  const starts: number[] = [];
  let fence = 0;
  return {
    entries,
    turnId: (index: number): TurnId => ids[index] ?? newTurnId(noon),
    append(record: TurnAppend): string {
      if (done.has(record.turnId)) return "repeated";
      if (record.fence < fence) return "fenced";
      if (record.expectedSeq !== entries.length) return "stale";
      fence = record.fence;
      done.add(record.turnId);
      if (record.items.some(({ kind }) => kind === "customer")) starts.push(entries.length);
      for (const item of record.items)
        entries.push({ seq: entries.length + 1, turnId: record.turnId, at: record.at, item });
      return "appended";
    },
    load(turns: number) {
      const first = turns > starts.length ? 0 : (starts[starts.length - turns] ?? 0);
      return { entries: entries.slice(first), seq: entries.length, fence, turns: starts.length };
    },
  };
}

function turn(change: Partial<TurnAppend> & { readonly subjectId: SubjectId }): TurnAppend {
  const { subjectId, fence = 1, expectedSeq = 0, items = [customer("Hello")], turnId = newTurnId(noon) } = change;
  return { subjectId, turnId, fence, expectedSeq, at: noon, items, settlement: settlement(subjectId, turnId) };
}

function settlement(subjectId: SubjectId, turnId: TurnId): Settlement {
  return {
    turnId,
    subjectId,
    tenant: tenantId("acme"),
    outcome: "replied",
    consumed: [],
    dead: [],
    replies: [],
    openCalls: ["c1"],
    escalation: { priority: "low", reason: "asked", summary: "x" },
    events: [{ name: "turn_settled", tenant: tenantId("acme"), subjectId, turnId, detail: { ms: 3, ok: true } }],
  };
}

function customer(text: string): Item {
  return { kind: "customer", channel: "sms", text };
}

function agent(text: string): Item {
  return { kind: "agent", channel: "sms", text, status: "complete" };
}

function textOf(item: Item): string {
  return item.kind === "customer" || item.kind === "agent" ? item.text : item.kind;
}
