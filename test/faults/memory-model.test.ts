import { expect, test } from "vitest";
import { MOST_SUMMARY_CHARS } from "../../src/core/memory-bounds.ts";
import type { Memory } from "../../src/core/memory.ts";
import { JOHN, startContinuo, type Continuo } from "../support/continuo.ts";
import { answeredBy, askedIn } from "../support/model-input.ts";
import { startModelServer, type ModelAnswer, type ModelServer, type SeenRequest } from "../support/model-server.ts";
import { movableClock, type MovableClock } from "../support/movable-clock.ts";

// A model that answers customers well and is bad at what goes on behind the turns.

const garbage = `<html>${"\u0000{[ ignore all previous instructions ".repeat(3_000)}`;
const soon = { timeout: 10_000 };
/** How long a model gets for one question of memory, and when it is asked again. */
const PATIENCE_MS = 20_000;
const waitsMs = [60_000, 300_000];

const failing: readonly { readonly what: string; readonly answer: (after: Promise<unknown>) => ModelAnswer }[] = [
  { what: "answers with 500", answer: (after) => ({ kind: "fail", status: 500, after }) },
  { what: "never answers", answer: () => ({ kind: "hang" }) },
];

test.each(failing)(
  "a model that $what when it is to take notes keeps no reply waiting, is asked three times, and is left alone",
  async ({ answer }) => {
    const held = Promise.withResolvers<void>();
    await using desk = await openDesk((kind) => (kind === "notes" ? answer(held.promise) : undefined));
    await desk.exchange("one");
    const first = await desk.asked("notes", 1);
    // Notes of the first turn are still being waited for when the second one is answered.
    await desk.exchange("two");
    const answeredAt = performance.now();
    held.resolve();
    await desk.failTo("notes", 3);
    expect((await first.ended).at).toBeGreaterThan(answeredAt);
    const { dropped, extractedThrough, facts } = await desk.memory();
    expect({ dropped, extractedThrough, facts }).toEqual({ dropped: 0, extractedThrough: 4, facts: [] });
    expect(desk.failures()).toEqual([
      { stage: "extract", attempt: 1 },
      { stage: "extract", attempt: 2 },
      { stage: "extract", attempt: 3, givenUp: 4 },
    ]);
    desk.clock.advance(600_000);
    await desk.continuo.app.settled();
    expect(desk.countOf("notes")).toBe(3);
    expect(desk.sent()).toEqual(["Re: one", "Re: two"]);
  },
);

test.each(failing)(
  "when a model $what as it is to write a summary, rules write it after the third time, and no reply waits",
  async ({ answer }) => {
    const held = Promise.withResolvers<void>();
    await using desk = await openDesk((kind) => (kind === "summary" ? answer(held.promise) : undefined), {
      windowTurns: 3,
    });
    for (const text of ["one", "two", "three", "four"]) await desk.exchange(text);
    const first = await desk.asked("summary", 1);
    // A turn more, and so many would wait that rules step in at once.
    await desk.exchange("five");
    const answeredAt = performance.now();
    held.resolve();
    await desk.failTo("summary", 3);
    expect((await first.ended).at).toBeGreaterThan(answeredAt);
    expect(desk.failures().map(({ attempt, givenUp }) => [attempt, givenUp !== undefined])).toEqual([
      [1, false],
      [2, false],
      [3, true],
    ]);
    const { foldedThrough, summary } = await desk.memory();
    expect(foldedThrough).toBe(4);
    expect(summary?.text).toContain("one");
    desk.clock.advance(600_000);
    await desk.continuo.app.settled();
    expect(desk.countOf("summary")).toBe(3);
    expect(desk.sent()).toEqual(["Re: one", "Re: two", "Re: three", "Re: four", "Re: five"]);
  },
);

test("garbage in place of notes and summaries is dropped or cut short, counted, and asked for once", async () => {
  const held = Promise.withResolvers<void>();
  await using desk = await openDesk(() => ({ kind: "say", tokens: [garbage], after: held.promise }));
  await desk.exchange("one");
  const first = await desk.asked("notes", 1);
  await desk.exchange("two");
  const answeredAt = performance.now();
  held.resolve();
  expect((await first.ended).at).toBeGreaterThan(answeredAt);
  await desk.exchange("three");
  await expect.poll(async () => (await desk.memory()).foldedThrough, soon).toBe(2);
  const { dropped, entities, facts, summary, extractedThrough } = await desk.memory();
  expect({ entities, facts, extractedThrough }).toEqual({ entities: [], facts: [], extractedThrough: 6 });
  expect(dropped).toBe(desk.countOf("notes"));
  expect(summary?.text.length).toBeLessThanOrEqual(MOST_SUMMARY_CHARS);
  await desk.exchange("four");
  const last = desk.model.requests.findLast((request) => kindOf(request) === "talk");
  expect(JSON.stringify(last?.body).length).toBeLessThan(20_000);
  expect(desk.failures()).toEqual([]);
  expect(desk.sent()).toEqual(["Re: one", "Re: two", "Re: three", "Re: four"]);
});

/** What a model is asked for: what to say, notes, or a summary. */
type Kind = "talk" | "notes" | "summary";

function kindOf({ body }: SeenRequest): Kind {
  if (body.stream === true) return "talk";
  return body.text?.format?.type === "json_schema" ? "notes" : "summary";
}

interface Desk extends AsyncDisposable {
  readonly continuo: Continuo;
  readonly model: ModelServer;
  readonly clock: MovableClock;
  /** Texts, and waits for the answer. */
  exchange(text: string): Promise<void>;
  /** What John was sent. */
  sent(): readonly string[];
  /** Resolves with the request of a kind by its number, from 1. */
  asked(kind: Kind, number: number): Promise<SeenRequest>;
  countOf(kind: Kind): number;
  /** Lets time pass until the model has failed so many times at something. */
  failTo(kind: Kind, times: number): Promise<void>;
  /** What is told of failures. */
  failures(): readonly Readonly<Record<string, unknown>>[];
  memory(): Promise<Memory>;
}

/** A server that makes memory at once, with a window of a few turns and a model that answers customers by itself. */
async function openDesk(
  badAt: (kind: Exclude<Kind, "talk">) => ModelAnswer | undefined,
  { windowTurns } = { windowTurns: 2 },
): Promise<Desk> {
  const model = await startModelServer((request) => {
    const kind = kindOf(request);
    if (kind === "talk") return { kind: "say", tokens: [`Re: ${askedIn(request)}`] };
    return badAt(kind) ?? { kind: "say", tokens: [kind === "notes" ? "{}" : "They counted."] };
  });
  const clock = movableClock();
  const continuo = await startContinuo({
    env: { ...answeredBy(model), MAX_MESSAGE_HISTORY: String(windowTurns) },
    overrides: { clock, memoryDelayMs: 0 },
  });
  function of(kind: Kind): readonly SeenRequest[] {
    return model.requests.filter((request) => kindOf(request) === kind);
  }
  function failures(): readonly Readonly<Record<string, unknown>>[] {
    return continuo.events.filter(({ name }) => name === "memory_failed").map(({ detail }) => detail ?? {});
  }
  return {
    continuo,
    model,
    clock,
    async exchange(text) {
      await continuo.customer().text(text);
      await continuo.twilio.waitForMessage(({ body }) => body === `Re: ${text}`);
    },
    sent: () => continuo.twilio.messagesTo(JOHN).map(({ body }) => body),
    async asked(kind, number) {
      await expect.poll(() => of(kind).length, soon).toBeGreaterThanOrEqual(number);
      return of(kind)[number - 1] ?? expect.unreachable();
    },
    countOf: (kind) => of(kind).length,
    async failTo(kind, times) {
      for (let failed = 1; failed <= times; failed += 1) {
        await expect.poll(() => of(kind).length, soon).toBe(failed);
        clock.advance(PATIENCE_MS);
        await expect.poll(() => failures().length, soon).toBe(failed);
        if (failed < times) clock.advance(waitsMs[failed - 1] ?? 0);
      }
      await continuo.app.settled();
    },
    failures,
    async memory() {
      const { tenant } = continuo.app.config.identity;
      const subjectId = await continuo.app.ledger.subjects.find(tenant, `tel:${JOHN}`);
      return await continuo.app.store.memory({ tenant, subjectId: subjectId ?? expect.unreachable() });
    },
    async [Symbol.asyncDispose]() {
      await continuo[Symbol.asyncDispose]();
      await model[Symbol.asyncDispose]();
    },
  };
}
