import { describe, expect, test } from "vitest";
import { openPeople, type People } from "../../../test/support/people.ts";
import { builtInAgents } from "../../agent/agents-config.ts";
import { agentRegistry } from "../../agent/registry.ts";
import { newInboxId, newSubjectId, tenantId, type SubjectId, type SubjectRef } from "../../core/ids.ts";
import type { Item } from "../../core/item.ts";
import { sessionItems } from "../../core/turn-view.ts";
import {
  newCustomer,
  noon,
  ref,
  settlementOf,
  takeTurn,
  tenant,
  text,
  type Customer,
} from "../../testing/ledger/stage.ts";
import type { Answering } from "../loops/attempt.ts";
import { cleanSessions, type Cleaned, type CleaningParts, type CleaningWish } from "./cleaning.ts";
import { rememberByRules } from "./remembering.ts";

const DAY_MS = 86_400_000;
const running = new AbortController().signal;
const registry = agentRegistry(builtInAgents, () => undefined);

/** Texts and is answered, as the lanes do it. */
async function says(
  people: People,
  customer: Customer,
  { words, at = noon }: { readonly words: string; readonly at?: number },
): Promise<SubjectId> {
  const { ledger, store } = people;
  const { subjectId } = await ledger.accept(text(customer, words, { now: at }));
  const { turn, fence } = await takeTurn(ledger, subjectId, { now: at });
  const settlement = settlementOf(turn);
  const { seq, session } = await store.load(turn, { turns: 0 });
  const items: readonly Item[] = [
    ...sessionItems(turn, session),
    { kind: "customer", channel: "sms", text: words },
    { kind: "agent", channel: "sms", text: `I looked into it: ${words}`, status: "complete" },
  ];
  await store.append({ ...turn, turnId: turn.id, fence, expectedSeq: seq, at, items, settlement });
  await ledger.settle({ settlement, fence, now: at });
  await ledger.take({ subjectId, holder: "one", leaseMs: 1, now: at });
  return subjectId;
}

async function closes(people: People, subjectId: SubjectId, at: number): Promise<void> {
  await people.ledger.sessions.change({ ...ref(subjectId), cause: "closed", by: "test", now: at });
}

function answering(): Answering {
  return { agent: undefined, windowTurns: 20 };
}

function partsOf(people: People, change: Partial<CleaningParts> = {}): CleaningParts {
  return { ...people, remember: rememberByRules({ ...people, registry, answering }), ...change };
}

async function clean(parts: CleaningParts, change: Partial<CleaningWish> = {}): Promise<readonly Cleaned[]> {
  const wish = { tenant, before: noon + 7 * DAY_MS, now: noon + 14 * DAY_MS, dryRun: false, ...change };
  const cleaned: Cleaned[] = [];
  for await (const one of cleanSessions(parts, wish, running)) cleaned.push(one);
  return cleaned;
}

describe("cleaning", () => {
  test("removes what was said in a session that was closed long ago, and its rows; the memory tells of it", async () => {
    const people = await openPeople();
    const john = newCustomer();
    const subjectId = await says(people, john, { words: "My order ORD_12345 is late" });
    await closes(people, subjectId, noon + DAY_MS);
    await says(people, john, { words: "It has come now", at: noon + 8 * DAY_MS });
    expect(await clean(partsOf(people))).toEqual([
      { subjectId, sessions: 1, staying: 0, entries: 2, rows: expect.any(Number) },
    ]);
    expect(await people.said(subjectId)).toEqual(["It has come now"]);
    const memory = await people.store.memory(ref(subjectId));
    expect(memory.episodes).toMatchObject([{ summary: expect.stringContaining("ORD_12345") }]);
    expect((await people.ledger.sessions.list(ref(subjectId), 9)).map(({ number }) => number)).toEqual([2]);
    expect(await clean(partsOf(people))).toEqual([]);
    await closes(people, subjectId, noon + 9 * DAY_MS);
    expect(await says(people, john, { words: "And again", at: noon + 10 * DAY_MS })).toBe(subjectId);
    expect((await people.ledger.sessions.current(ref(subjectId)))?.number).toBe(3);
  });

  test("removes the last session as well when it is over, and the customer may come back", async () => {
    const people = await openPeople();
    const john = newCustomer();
    const subjectId = await says(people, john, { words: "Where is my order?" });
    await closes(people, subjectId, noon + DAY_MS);
    expect(await clean(partsOf(people))).toMatchObject([{ sessions: 1, entries: 2 }]);
    expect(await people.said(subjectId)).toEqual([]);
    await says(people, john, { words: "Hello again", at: noon + 20 * DAY_MS });
    expect(await people.said(subjectId)).toEqual(["Hello again"]);
    const { entries } = await people.store.load(ref(subjectId), { turns: 5 });
    expect(entries[0]?.item.kind).toBe("session");
  });

  test("leaves alone what is open, idle, waiting, or closed a short while ago", async () => {
    const people = await openPeople();
    const [open, young, waiting] = [newCustomer(), newCustomer(), newCustomer()];
    const ids = [
      await says(people, open, { words: "one" }),
      await says(people, young, { words: "two" }),
      await says(people, waiting, { words: "three" }),
    ];
    await closes(people, ids[1] ?? newSubjectId(noon), noon + 7 * DAY_MS);
    await closes(people, ids[2] ?? newSubjectId(noon), noon + DAY_MS);
    const body = { kind: "tool_result", callId: "c", tool: "find", output: "late" } as const;
    const note = { ...ref(ids[2] ?? newSubjectId(noon)), key: newInboxId(noon), body, treatment: "answer" } as const;
    await people.ledger.note({ ...note, now: noon + 2 * DAY_MS });
    expect(await clean(partsOf(people))).toEqual([]);
    expect(await clean(partsOf(people), { tenant: tenantId("other") })).toEqual([]);
    const left = await Promise.all(ids.map((id) => people.said(id)));
    expect(left).toEqual([["one"], ["two"], ["three"]]);
  });

  test("only counts when it is told to", async () => {
    const people = await openPeople();
    const john = newCustomer();
    const subjectId = await says(people, john, { words: "one" });
    await closes(people, subjectId, noon + DAY_MS);
    await says(people, john, { words: "two", at: noon + 2 * DAY_MS });
    await closes(people, subjectId, noon + 3 * DAY_MS);
    await says(people, john, { words: "three", at: noon + 8 * DAY_MS });
    const before = await people.store.memory(ref(subjectId));
    const counted = await clean(partsOf(people), { dryRun: true });
    expect(counted).toEqual([{ subjectId, sessions: 2, staying: 0, entries: 5, rows: undefined }]);
    expect(await people.said(subjectId)).toEqual(["one", "two", "three"]);
    expect(await people.store.memory(ref(subjectId))).toEqual(before);
    expect(await people.ledger.sessions.list(ref(subjectId), 9)).toHaveLength(3);
    expect(await clean(partsOf(people))).toMatchObject([{ sessions: 2, entries: 5 }]);
  });

  test("removes nothing that is not remembered, and takes it up the next time", async () => {
    const people = await openPeople();
    const subjectId = await says(people, newCustomer(), { words: "Never forget this" });
    await closes(people, subjectId, noon + DAY_MS);
    const forgetful = partsOf(people, { remember: () => Promise.resolve() });
    expect(await clean(forgetful)).toEqual([{ subjectId, sessions: 0, staying: 1, entries: 0, rows: 0 }]);
    expect(await people.said(subjectId)).toEqual(["Never forget this"]);
    expect(await clean(partsOf(people))).toMatchObject([{ sessions: 1, entries: 2 }]);
  });

  test("keeps a session whole that something was added to only lately", async () => {
    const people = await openPeople();
    const john = newCustomer();
    const subjectId = await says(people, john, { words: "one" });
    await closes(people, subjectId, noon + DAY_MS);
    await says(people, john, { words: "two", at: noon + 2 * DAY_MS });
    await says(people, john, { words: "three", at: noon + 8 * DAY_MS });
    await closes(people, subjectId, noon + 9 * DAY_MS);
    expect(await clean(partsOf(people))).toMatchObject([{ sessions: 1, entries: 2 }]);
    expect(await people.said(subjectId)).toEqual(["two", "three"]);
  });

  test("goes through very many, and through a long session, a little at a time", async () => {
    const people = await openPeople();
    const long = newCustomer();
    const subjectId = await says(people, long, { words: "0" });
    for (let n = 1; n < 320; n += 1) await says(people, long, { words: String(n), at: noon + n });
    await closes(people, subjectId, noon + DAY_MS);
    const steps: number[] = [];
    function trim(who: SubjectRef, { throughSeq }: { readonly throughSeq: number }): Promise<number> {
      steps.push(throughSeq);
      return people.store.trim(who, { throughSeq });
    }
    expect(await clean(partsOf(people, { store: { ...people.store, trim } }))).toMatchObject([{ entries: 640 }]);
    expect(steps).toEqual([501, 640]);
  });

  test("ends between two conversations when it is told to", async () => {
    const people = await openPeople();
    for (const customer of [newCustomer(), newCustomer()])
      await closes(people, await says(people, customer, { words: "Hello" }), noon + DAY_MS);
    const stop = new AbortController();
    const wish = { tenant, before: noon + 7 * DAY_MS, now: noon + 14 * DAY_MS, dryRun: false };
    const cleaned: Cleaned[] = [];
    for await (const one of cleanSessions(partsOf(people), wish, stop.signal)) {
      cleaned.push(one);
      stop.abort();
    }
    expect(cleaned).toHaveLength(1);
    expect(await clean(partsOf(people))).toHaveLength(1);
  });

  test("of two who are one person it removes what was said by both, and they can be taken apart all the same", async () => {
    const people = await openPeople();
    const [one, other] = [newCustomer(), newCustomer()];
    const into = await says(people, one, { words: "one", at: noon });
    const from = await says(people, other, { words: "two", at: noon + 1 });
    const merged = await people.identity.merge({ tenant, into, from, reason: "the same", by: "test" });
    await closes(people, into, noon + DAY_MS);
    const now = people.clock.now() + 30 * DAY_MS;
    const cleaned = await clean(partsOf(people), { before: now, now });
    expect(cleaned.find(({ subjectId }) => subjectId === into)).toMatchObject({ sessions: 1, entries: 4 });
    expect(await people.said(into)).toEqual([]);
    if (merged.kind !== "merged") throw new Error("they are one");
    const split = await people.identity.split({ tenant, mergeId: merged.merge.id, by: "test" });
    expect(split.kind).toBe("split");
    await says(people, other, { words: "three", at: now });
    expect((await people.said(from)).at(-1)).toBe("three");
    expect(await people.said(into)).toEqual([]);
  });
});
