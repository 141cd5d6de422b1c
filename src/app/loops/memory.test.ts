import { afterEach, describe, expect, test } from "vitest";
import { movableClock, type MovableClock } from "../../../test/support/movable-clock.ts";
import { answered, begins, looked, said } from "../../../test/support/record.ts";
import { ContinuoError } from "../../core/errors.ts";
import type { DomainEvent } from "../../core/events.ts";
import { newSessionId, newSubjectId, newTurnId, tenantId, type SessionId, type SubjectRef } from "../../core/ids.ts";
import type { Item } from "../../core/item.ts";
import { addFact } from "../../core/memory-edits.ts";
import type { Memory } from "../../core/memory.ts";
import type { Extraction, ExtractRequest, MemoryModel, SummaryRequest } from "../../core/ports/memory-model.ts";
import type { ConversationStore } from "../../core/ports/store.ts";
import type { SessionRecord } from "../../core/session.ts";
import { localDispatch } from "../../dispatch/local.ts";
import { openMemoryStore } from "../../stores/memory.ts";
import { openMemoryLoop, type MemoryLoop } from "./memory.ts";

const MINUTE_MS = 60_000;
const tenant = tenantId("main");
const away = new ContinuoError("model_unavailable", "no model answered");
const nothing: Extraction = { entities: [], facts: [], dropped: 0 };

/** A model that does what the test says, and remembers what it was asked. */
interface ScriptedModel extends MemoryModel {
  readonly extracted: ExtractRequest[];
  readonly summarised: SummaryRequest[];
  extraction: (request: ExtractRequest) => Promise<Extraction> | Extraction;
  summary: (request: SummaryRequest) => Promise<string> | string;
}

function scripted(): ScriptedModel {
  const model: ScriptedModel = {
    extracted: [],
    summarised: [],
    extraction: () => nothing,
    summary: ({ earlier, entries }) => `${earlier} +${entries.length}`.trim(),
    async extract(request) {
      model.extracted.push(request);
      return await model.extraction(request);
    },
    async summarise(request) {
      model.summarised.push(request);
      return await model.summary(request);
    },
  };
  return model;
}

interface Desk {
  readonly who: SubjectRef;
  readonly session: SessionId;
  readonly store: ConversationStore;
  readonly model: ScriptedModel;
  readonly clock: MovableClock;
  readonly loop: MemoryLoop;
  readonly events: DomainEvent[];
  readonly errors: unknown[];
  /** One turn of the running session, or of another. */
  turn(items?: readonly Item[], session?: SessionId): Promise<void>;
  turns(count: number): Promise<void>;
  /** The ledger's word on a session. */
  state(session: SessionId, state: SessionRecord["state"]): void;
  /** Wakes the loop and waits until its time has come and it is done. */
  look(): Promise<void>;
  memory(): Promise<Memory>;
}

const opened: MemoryLoop[] = [];
afterEach(async () => {
  for (const loop of opened.splice(0)) await loop[Symbol.asyncDispose]();
});

function open(options: { readonly windowTurns?: number; readonly store?: ConversationStore } = {}): Desk {
  const clock = movableClock();
  const who = { tenant, subjectId: newSubjectId(0) };
  const session = newSessionId(0);
  const { store = openMemoryStore(), windowTurns = 4 } = options;
  const model = scripted();
  const events: DomainEvent[] = [];
  const errors: unknown[] = [];
  const records: SessionRecord[] = [];
  let looks = 0;
  const loop = openMemoryLoop({
    store,
    model,
    clock,
    events: {
      add: async (added) => {
        events.push(...added);
      },
    },
    sessions: {
      current: async () => records.at(-1),
      list: async () => records.toReversed(),
    },
    queue: localDispatch({ clock, concurrency: 2, onError: (error) => errors.push(error) }),
    answering() {
      looks += 1;
      return { agent: undefined, windowTurns };
    },
    onError: (error) => errors.push(error),
    onChange: () => undefined,
  });
  opened.push(loop);
  function state(id: SessionId, to: SessionRecord["state"]): void {
    const at = records.findIndex((record) => record.id === id);
    const before = records[at];
    const now = clock.now();
    const record = before ?? { id, ...who, number: records.length + 1, state: to, startedAt: now, lastActiveAt: now };
    records.splice(at < 0 ? records.length : at, 1, {
      ...record,
      state: to,
      ...(to === "CLOSED" ? { endedAt: clock.now() } : {}),
    });
  }
  state(session, "ACTIVE");
  const desk: Desk = {
    who,
    session,
    store,
    model,
    clock,
    loop,
    events,
    errors,
    state,
    async turn(items = [said("Where is it?"), answered("On its way.")], in_ = session) {
      const { seq } = await store.load(who, { turns: 0 });
      const turnId = newTurnId(clock.now());
      await store.append({
        ...who,
        turnId,
        session: in_,
        fence: 1,
        expectedSeq: seq,
        at: clock.now(),
        items,
        settlement: {
          ...who,
          turnId,
          outcome: "replied",
          consumed: [],
          dead: [],
          replies: [],
          openCalls: [],
          events: [],
        },
      });
    },
    async turns(count) {
      for (let index = 0; index < count; index += 1) await desk.turn();
    },
    async look() {
      const before = looks;
      loop.wake(who);
      clock.advance(2_000);
      await expect.poll(() => looks).toBeGreaterThan(before);
      await loop.settled();
    },
    memory: () => store.memory(who),
  };
  return desk;
}

const order = { name: "order_number", value: "ORD_1", confidence: 0.9 };

describe("what was said", () => {
  test("is looked through once, and what was found is kept with where it came from", async () => {
    const desk = open();
    desk.model.extraction = () => ({
      entities: [{ ...order, seq: 1 }],
      facts: [{ type: "fact", about: "language", content: "Speaks French.", confidence: 1, seq: 3 }],
      intent: { name: "order", topic: "orders", confidence: 1 },
      dropped: 1,
    });
    await desk.turns(2);
    await desk.look();
    const memory = await desk.memory();
    expect(memory).toMatchObject({
      extractedThrough: 4,
      dropped: 1,
      topics: { orders: 1 },
      intent: { name: "order", session: desk.session },
      entities: [{ value: "ORD_1", session: desk.session, source: { seq: 1 } }],
      facts: [{ content: "Speaks French.", source: { seq: 3 } }],
    });
    expect(desk.events).toMatchObject([
      { name: "memory_updated", tenant, subjectId: desk.who.subjectId, detail: { facts: 1, entities: 1, folded: 0 } },
    ]);
    await desk.look();
    expect(desk.model.extracted).toHaveLength(1);
  });

  test("is looked through with what is known already of this session", async () => {
    const desk = open();
    desk.model.extraction = () => ({ ...nothing, entities: [{ ...order, seq: 1 }] });
    await desk.turn();
    await desk.look();
    await desk.turn();
    await desk.look();
    expect(desk.model.extracted[1]?.known.entities).toMatchObject([{ value: "ORD_1" }]);
    expect(desk.model.extracted[1]?.entries.map(({ seq }) => seq)).toEqual([3, 4]);
  });

  test("is looked through session by session", async () => {
    const desk = open();
    const next = newSessionId(1);
    desk.model.extraction = ({ entries }) => ({ ...nothing, entities: [{ ...order, seq: entries[0]?.seq ?? 0 }] });
    await desk.turn();
    desk.state(desk.session, "CLOSED");
    desk.state(next, "ACTIVE");
    await desk.turn([begins(next), said("Hello"), answered("Hi.")], next);
    await desk.look();
    expect(desk.model.extracted.map(({ entries }) => entries.map(({ seq }) => seq))).toEqual([
      [1, 2],
      [3, 4, 5],
    ]);
    expect((await desk.memory()).entities.map(({ session }) => session)).toEqual([desk.session, next]);
    expect(desk.model.extracted[1]?.known.entities).toEqual([]);
  });

  test("needs no model when it was not the customer who said it", async () => {
    const desk = open();
    await desk.turn([{ kind: "operator", channel: "sms", text: "I am on it." }]);
    await desk.look();
    expect(desk.model.extracted).toHaveLength(0);
    expect((await desk.memory()).extractedThrough).toBe(1);
    expect(desk.events).toEqual([]);
  });

  test("is looked through together when it comes together, from the first wake-up on", async () => {
    const desk = open();
    await desk.turn();
    desk.loop.wake(desk.who);
    desk.clock.advance(1_500);
    await desk.turn();
    desk.loop.wake(desk.who);
    await desk.loop.settled();
    expect(desk.model.extracted).toHaveLength(0);
    desk.clock.advance(600);
    await expect.poll(() => desk.model.extracted.length).toBe(1);
    expect(desk.model.extracted[0]?.entries).toHaveLength(4);
  });
});

describe("what has left the window", () => {
  test("is folded when a quarter of a window waits, and never twice", async () => {
    const desk = open({ windowTurns: 8 });
    await desk.turns(9);
    await desk.look();
    expect(desk.model.summarised).toHaveLength(0);
    await desk.turns(1);
    await desk.look();
    expect(desk.model.summarised.map(({ entries }) => entries.map(({ seq }) => seq))).toEqual([[1, 2, 3, 4]]);
    await desk.turns(2);
    await desk.look();
    expect(desk.model.summarised[1]).toMatchObject({ earlier: "+4" });
    expect(desk.model.summarised[1]?.entries.map(({ seq }) => seq)).toEqual([5, 6, 7, 8]);
    expect(await desk.memory()).toMatchObject({ foldedThrough: 8, summary: { text: "+4 +4", session: desk.session } });
    expect(desk.events.map(({ detail }) => detail?.["folded"])).toEqual([4, 4]);
  });

  test("is folded in portions when it is much, until nothing waits", async () => {
    const desk = open();
    await desk.turns(400);
    await desk.look();
    for (let round = 0; (await desk.memory()).foldedThrough < 792 && round < 10; round += 1) await desk.look();
    expect(await desk.memory()).toMatchObject({ foldedThrough: 792, extractedThrough: 800 });
    const folded = desk.model.summarised.flatMap(({ entries }) => entries.map(({ seq }) => seq));
    expect(folded).toEqual(Array.from({ length: 792 }, (_, index) => index + 1));
    for (const { entries } of desk.model.summarised) expect(entries.length).toBeLessThanOrEqual(160);
  });

  test("keeps a call with its result", async () => {
    const desk = open();
    const [call, result] = looked("process_refund", { refunded: true });
    await desk.turn([said("Refund me"), call]);
    await desk.turns(3);
    await desk.turn([result, answered("Done.")]);
    await desk.turns(1);
    await desk.look();
    expect((await desk.memory()).foldedThrough).toBe(0);
    await desk.turns(4);
    await desk.look();
    expect((await desk.memory()).foldedThrough).toBe(12);
  });
});

describe("a session that is over", () => {
  test("becomes an episode, with its times", async () => {
    const desk = open();
    desk.model.extraction = () => ({ ...nothing, intent: { name: "order", topic: "orders", confidence: 1 } });
    const startedAt = desk.clock.now();
    await desk.turns(2);
    await desk.look();
    expect((await desk.memory()).episodes).toEqual([]);
    desk.state(desk.session, "CLOSED");
    await desk.look();
    const memory = await desk.memory();
    expect(memory).toMatchObject({ foldedThrough: 4, episodes: [{ session: desk.session, summary: "+4" }] });
    expect(memory.episodes[0]?.startedAt).toBeGreaterThanOrEqual(startedAt - 1_000);
    expect(memory.episodes[0]?.endedAt).toBeLessThanOrEqual(desk.clock.now());
    expect(memory).not.toHaveProperty("summary");
    expect(memory).not.toHaveProperty("intent");
    await desk.look();
    expect(desk.model.summarised).toHaveLength(1);
  });

  test("is told with the summary it already had", async () => {
    const desk = open();
    await desk.turns(6);
    await desk.look();
    desk.state(desk.session, "CLOSED");
    await desk.look();
    expect((await desk.memory()).episodes).toMatchObject([{ summary: "+4 +8" }]);
  });

  test("becomes an episode when another one has begun, which is left alone", async () => {
    const desk = open();
    const next = newSessionId(1);
    await desk.turns(2);
    desk.state(desk.session, "CLOSED");
    desk.state(next, "ACTIVE");
    await desk.turn([begins(next), said("Hello"), answered("Hi.")], next);
    await desk.look();
    expect(await desk.memory()).toMatchObject({ foldedThrough: 4, episodes: [{ session: desk.session }] });
    expect(await desk.memory()).not.toHaveProperty("summary");
  });

  test("stays one episode when something was added to it later", async () => {
    const desk = open();
    await desk.turns(1);
    desk.state(desk.session, "CLOSED");
    await desk.look();
    await desk.turn([answered("The result has come in.")]);
    await desk.look();
    expect((await desk.memory()).episodes).toMatchObject([{ summary: "+2 +1" }]);
  });
});

describe("a model that fails", () => {
  test("is asked again after a minute, and what others found is kept", async () => {
    const desk = open();
    desk.model.extraction = () => Promise.reject(away);
    await desk.turns(6);
    await desk.look();
    expect(desk.errors).toEqual([away]);
    expect(desk.events).toMatchObject([
      { name: "memory_failed", detail: { stage: "extract", attempt: 1 } },
      { name: "memory_updated", detail: { folded: 4 } },
    ]);
    await desk.look();
    expect(desk.model.extracted).toHaveLength(1);
    desk.model.extraction = () => ({ ...nothing, entities: [{ ...order, seq: 1 }] });
    desk.clock.advance(MINUTE_MS);
    await expect.poll(async () => (await desk.memory()).entities.length).toBe(1);
  });

  test("three times with the same entries loses what they hold, and nothing after them", async () => {
    const desk = open();
    desk.model.extraction = () => Promise.reject(away);
    await desk.turns(2);
    await desk.look();
    for (const [attempt, waitMs] of [
      [2, MINUTE_MS],
      [3, 5 * MINUTE_MS],
    ] as const) {
      desk.clock.advance(waitMs);
      await expect.poll(() => desk.model.extracted.length).toBe(attempt);
      await desk.loop.settled();
    }
    await expect.poll(() => desk.events.at(-1)?.detail).toEqual({ stage: "extract", attempt: 3, givenUp: 4 });
    expect((await desk.memory()).extractedThrough).toBe(4);
    await desk.turns(1);
    await desk.look();
    expect(desk.model.extracted).toHaveLength(3);
    desk.model.extraction = () => ({ ...nothing, entities: [{ ...order, seq: 5 }] });
    desk.clock.advance(30 * MINUTE_MS);
    await expect.poll(async () => (await desk.memory()).entities.length).toBe(1);
    expect((await desk.memory()).extractedThrough).toBe(6);
  });

  test("three times with the same entries leaves the summary to a digest", async () => {
    const desk = open();
    desk.model.summary = () => Promise.reject(away);
    await desk.turns(6);
    await desk.look();
    expect((await desk.memory()).foldedThrough).toBe(0);
    desk.clock.advance(MINUTE_MS);
    await expect.poll(() => desk.model.summarised.length).toBe(2);
    await desk.loop.settled();
    desk.clock.advance(5 * MINUTE_MS);
    await expect.poll(async () => (await desk.memory()).foldedThrough).toBe(4);
    expect((await desk.memory()).summary?.text).toContain('The customer asked "Where is it?"');
    expect(desk.model.summarised).toHaveLength(3);
  });

  test("does not make the window lose turns while it is away", async () => {
    const desk = open();
    desk.model.summary = () => Promise.reject(away);
    await desk.turns(6);
    await desk.look();
    await desk.turns(3);
    await desk.look();
    expect((await desk.memory()).foldedThrough).toBe(10);
    expect(desk.model.summarised).toHaveLength(1);
  });

  test("is let go when the program ends, and that is no failure", async () => {
    const desk = open();
    const asked = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<Extraction>();
    desk.model.extract = (_request, signal) => {
      signal.addEventListener("abort", () => gone.reject(new Error("stopped")));
      asked.resolve();
      return gone.promise;
    };
    await desk.turns(1);
    desk.loop.wake(desk.who);
    desk.clock.advance(2_000);
    await asked.promise;
    await desk.loop[Symbol.asyncDispose]();
    expect(desk.errors).toEqual([]);
    expect(desk.events).toEqual([]);
    expect((await desk.memory()).extractedThrough).toBe(0);
  });
});

describe("somebody who changes the memory meanwhile", () => {
  test("loses nothing, and nothing is lost of theirs", async () => {
    const desk = open();
    desk.model.extraction = async () => {
      const memory = await desk.memory();
      const edited = addFact(
        memory,
        { type: "fact", about: "language", content: "Speaks French." },
        { by: "ann", now: 1 },
      );
      await desk.store.remember(desk.who, edited ?? memory);
      return { ...nothing, entities: [{ ...order, seq: 1 }] };
    };
    await desk.turns(1);
    await desk.look();
    expect(await desk.memory()).toMatchObject({
      facts: [{ content: "Speaks French." }],
      entities: [{ value: "ORD_1" }],
      extractedThrough: 2,
    });
  });

  test("by forgetting the customer leaves nothing behind", async () => {
    const desk = open();
    desk.model.extraction = async () => {
      await desk.store.forget(desk.who);
      return { ...nothing, entities: [{ ...order, seq: 1 }] };
    };
    await desk.turns(1);
    await desk.look();
    expect(await desk.memory()).toMatchObject({ version: 0, entities: [] });
    expect(await desk.store.load(desk.who, { turns: 1 })).toMatchObject({ seq: 0, entries: [] });
  });

  test("by putting other entries in its place makes the work count for nothing", async () => {
    const desk = open();
    let first = true;
    desk.model.extraction = async () => {
      if (!first) return nothing;
      first = false;
      const memory = await desk.memory();
      await desk.store.forget(desk.who);
      await desk.turn([said("Somebody else"), answered("Hello.")]);
      await desk.store.remember(desk.who, { ...memory, version: 0 });
      return { ...nothing, entities: [{ ...order, seq: 1 }] };
    };
    await desk.turns(1);
    await desk.look();
    await desk.look();
    expect(await desk.memory()).toMatchObject({ entities: [], extractedThrough: 2 });
  });
});

test("a store that is away is tried again, and no turn is told", async () => {
  const store = openMemoryStore();
  let broken = true;
  const unavailable = new ContinuoError("store_unavailable", "gone");
  const desk = open({
    store: { ...store, load: (who, options) => (broken ? Promise.reject(unavailable) : store.load(who, options)) },
  });
  broken = false;
  await desk.turns(1);
  broken = true;
  await desk.look();
  expect(desk.errors).toEqual([unavailable]);
  broken = false;
  desk.clock.advance(MINUTE_MS);
  await expect.poll(async () => (await desk.memory()).extractedThrough).toBe(2);
});
