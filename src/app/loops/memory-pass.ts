import { digest } from "../../core/digest.ts";
import type { DomainEvent } from "../../core/events.ts";
import { foldPlan, stretchesOf, type FoldPlan } from "../../core/fold-plan.ts";
import { closeEpisode, foldInto } from "../../core/fold.ts";
import type { SessionId, SubjectRef } from "../../core/ids.ts";
import type { Entry } from "../../core/item.ts";
import type { Memory } from "../../core/memory.ts";
import type { Extraction, MemoryModel } from "../../core/ports/memory-model.ts";
import type { Sessions } from "../../core/ports/sessions.ts";
import type { ConversationStore, LoadedConversation } from "../../core/ports/store.ts";
import { addExtraction } from "../../core/remember.ts";
import type { Answering } from "./attempt.ts";
import { askOrGoOn, type AskingParts, type MemoryQuestion } from "./memory-asking.ts";
import { sessionBefore, timesOf, turnsAfter } from "./memory-reading.ts";
import type { MemoryStage } from "./memory-trouble.ts";

/** What one pass over a subject's conversation stands on. */
export interface PassParts extends AskingParts {
  readonly store: Pick<ConversationStore, "load" | "page" | "memory" | "remember">;
  readonly sessions: Pick<Sessions, "current" | "list">;
  readonly model: MemoryModel;
}

/** Whose pass it is. */
export interface PassOf extends SubjectRef, Answering {
  readonly signal: AbortSignal;
}

/** What a pass came to. */
export interface PassEnd {
  readonly events: readonly DomainEvent[];
  /** Whether there is more to do at once. */
  readonly more: boolean;
}

// So many questions to a model in one pass; whoever has more to remember waits for their next turn among the others.
const MOST_STEPS = 8;
const MOST_STALE = 5;

/** Looks through what was said since the last pass, then folds what has left the window and closes what is over. */
export async function memoryPass(parts: PassParts, of: PassOf): Promise<PassEnd> {
  const pass = new MemoryPass(parts, of, await parts.store.load(of, { turns: of.windowTurns }));
  const looked = await pass.run("extract", () => pass.extractNext());
  const folded = looked === "moved" ? looked : await pass.run("fold", () => pass.foldNext());
  return { events: pass.events(), more: looked !== "done" || folded !== "done" };
}

/**
 * How a step ended: there may be another one, nothing is left, the model is to be asked again later, or somebody else
 * changed what is remembered, so that what was worked out does not count.
 */
type Step = "next" | "done" | "later" | "moved";

class MemoryPass {
  readonly #parts: PassParts;
  readonly #of: PassOf;
  readonly #loaded: LoadedConversation;
  #memory: Memory;
  readonly #events: DomainEvent[] = [];
  readonly #made = { facts: 0, entities: 0, folded: 0 };

  constructor(parts: PassParts, of: PassOf, loaded: LoadedConversation) {
    this.#parts = parts;
    this.#of = of;
    this.#loaded = loaded;
    this.#memory = loaded.memory;
  }

  /** Takes steps of a stage until nothing is left of it; whether it came to its end for now. */
  async run(stage: MemoryStage, step: () => Promise<Step>): Promise<"done" | "more" | "moved"> {
    for (let count = 0; count < MOST_STEPS; count += 1) {
      const end = await step();
      if (this.#of.signal.aborted || end === "later") return "done";
      if (end === "moved") return "moved";
      if (end === "done") {
        this.#forgetTrouble(stage);
        return "done";
      }
    }
    return "more";
  }

  /** What there is nothing left to try for is no trouble; a model that failed is left alone for its time all the same. */
  #forgetTrouble(stage: MemoryStage): void {
    const { troubles, clock } = this.#parts;
    const trouble = troubles.of(this.#of.subjectId, stage);
    if (trouble !== undefined && trouble.nextAt <= clock.now()) troubles.mended(this.#of.subjectId, stage);
  }

  events(): readonly DomainEvent[] {
    const { facts, entities, folded } = this.#made;
    if (facts + entities + folded === 0) return this.#events;
    return [...this.#events, this.#event("memory_updated", { facts, entities, folded })];
  }

  /** Looks through the next turns of one session. */
  async extractNext(): Promise<Step> {
    const { extractedThrough: afterSeq } = this.#memory;
    const entries = await turnsAfter(this.#parts, this.#of, { afterSeq, throughSeq: this.#loaded.seq });
    const before = await sessionBefore(this.#parts, this.#of, { entries, loaded: this.#loaded });
    const [stretch] = stretchesOf(entries, before);
    const last = stretch?.entries.at(-1);
    if (stretch === undefined || last === undefined) return "done";
    const found = await this.#found(stretch.entries, stretch.session);
    if (found === undefined) return "later";
    const { entries: looked, session } = stretch;
    const now = this.#parts.clock.now();
    const known = this.#memory;
    const kept = await this.#change(last, (memory) =>
      addExtraction(memory, found, {
        now,
        session,
        through: last.seq,
        entryAt: (seq) => looked.find((entry) => entry.seq === seq),
      }),
    );
    if (!kept) return "moved";
    this.#made.facts += newIn(known.facts, this.#memory.facts, ({ type, about, content }) => [type, about, content]);
    this.#made.entities += newIn(known.entities, this.#memory.entities, (each) => [
      each.name,
      each.session,
      each.value,
    ]);
    return "next";
  }

  /** Folds what is to be folded next, or closes what is over. */
  async foldNext(): Promise<Step> {
    const { foldedThrough: afterSeq, summary } = this.#memory;
    const entries = await turnsAfter(this.#parts, this.#of, { afterSeq, throughSeq: this.#loaded.seq });
    const record = await this.#parts.sessions.current(this.#of);
    const current = { id: record?.id ?? this.#loaded.session, over: record?.state === "CLOSED" };
    const plan = foldPlan(entries, {
      windowTurns: this.#of.windowTurns,
      window: this.#loaded.entries,
      current,
      before: await sessionBefore(this.#parts, this.#of, { entries, loaded: this.#loaded }),
      summarised: summary,
    });
    if (plan === undefined) return "done";
    return plan.kind === "close" ? await this.#close(plan.session) : await this.#fold(plan);
  }

  async #fold(plan: Extract<FoldPlan, { kind: "fold" }>): Promise<Step> {
    const last = plan.entries.at(-1);
    if (last === undefined) return "done";
    const text = await this.#summary(plan);
    if (text === undefined) return "later";
    const { session, entries } = plan;
    const now = this.#parts.clock.now();
    const times =
      plan.closes && session !== undefined ? { session, ...(await this.#times(session, entries)) } : undefined;
    const throughSeq = last.seq;
    const kept = await this.#change(last, (memory) =>
      times === undefined
        ? foldInto(memory, { text, throughSeq, session, at: now })
        : closeEpisode(memory, { ...times, text, throughSeq }),
    );
    if (!kept) return "moved";
    this.#made.folded += entries.length;
    return "next";
  }

  async #close(session: SessionId): Promise<Step> {
    const times = await this.#times(session, []);
    return (await this.#change(undefined, (memory) => closeEpisode(memory, { session, ...times }))) ? "next" : "moved";
  }

  #times(session: SessionId, entries: readonly Entry[]): ReturnType<typeof timesOf> {
    return timesOf(this.#parts, this.#of, { session, entries, now: this.#parts.clock.now() });
  }

  /** What is found in entries; undefined when it is to be tried again later. What nobody said needs no model. */
  async #found(entries: readonly Entry[], session: SessionId | undefined): Promise<Extraction | undefined> {
    if (!entries.some(({ item }) => item.kind === "customer")) return nothing;
    const { clock, model } = this.#parts;
    const now = clock.now();
    const { facts, entities, intent } = this.#memory;
    const known = {
      facts: facts.filter(
        (fact) => fact.replacedAt === undefined && (fact.expires === undefined || fact.expires > now),
      ),
      entities: entities.filter((entity) => entity.replacedAt === undefined && entity.session === session),
      ...(intent === undefined || intent.session !== session ? {} : { intent }),
    };
    const { tenant, agent, signal } = this.#of;
    return await this.#ask({
      stage: "extract",
      entries,
      ask: () => model.extract({ tenant, agent, entries, known, now }, signal),
      // They are looked at no more, so that what comes after them is.
      instead: () => nothing,
      pressing: false,
    });
  }

  async #summary(plan: Extract<FoldPlan, { kind: "fold" }>): Promise<string | undefined> {
    const { summary, episodes } = this.#memory;
    const { session, entries } = plan;
    const running = summary !== undefined && (summary.session === undefined || summary.session === session);
    const earlier = running ? summary.text : (episodes.find((each) => each.session === session)?.summary ?? "");
    if (!entries.some(({ item }) => told.has(item.kind))) return earlier;
    const { tenant, agent, signal } = this.#of;
    return await this.#ask({
      stage: "fold",
      entries,
      ask: () => this.#parts.model.summarise({ tenant, agent, earlier, entries }, signal),
      instead: () => digest(entries, { earlier }),
      pressing: plan.pressing,
    });
  }

  async #ask<Answer>(
    question: Pick<MemoryQuestion<Answer>, "stage" | "entries" | "ask" | "instead" | "pressing">,
  ): Promise<Answer | undefined> {
    const { signal } = this.#of;
    return await askOrGoOn(this.#parts, {
      ...question,
      who: this.#of,
      signal,
      onFailed: (attempt, givenUp) => {
        const lost = givenUp === 0 ? {} : { givenUp };
        this.#events.push(this.#event("memory_failed", { stage: question.stage, attempt, ...lost }));
      },
    });
  }

  /** Changes what is remembered, also when somebody else changes something else of it. False when what was read is not there any more. */
  async #change(last: Entry | undefined, change: (memory: Memory) => Memory): Promise<boolean> {
    const { store } = this.#parts;
    const read = this.#memory;
    for (let attempt = 0; attempt < MOST_STALE; attempt += 1) {
      const changed = change(this.#memory);
      const kept = await store.remember(this.#of, changed);
      if (kept.kind === "kept") {
        this.#memory = { ...changed, version: kept.version };
        return true;
      }
      this.#memory = await store.memory(this.#of);
      const { foldedThrough, extractedThrough } = this.#memory;
      if (foldedThrough !== read.foldedThrough || extractedThrough !== read.extractedThrough) return false;
      if (last !== undefined && !(await this.#isThere(last))) return false;
    }
    return false;
  }

  async #isThere({ seq, turnId }: Entry): Promise<boolean> {
    const [entry] = await this.#parts.store.page(this.#of, { afterSeq: seq - 1, limit: 1 });
    return entry?.seq === seq && entry.turnId === turnId;
  }

  #event(name: "memory_updated" | "memory_failed", detail: NonNullable<DomainEvent["detail"]>): DomainEvent {
    const { tenant, subjectId } = this.#of;
    return { name, tenant, subjectId, detail };
  }
}

const nothing: Extraction = { entities: [], facts: [], dropped: 0 };

/** What a summary can tell of. */
const told: ReadonlySet<Entry["item"]["kind"]> = new Set([
  "customer",
  "agent",
  "operator",
  "tool_call",
  "tool_result",
  "note",
]);

/** How many values count now that did not before. */
function newIn<Value extends { readonly replacedAt?: number }>(
  before: readonly Value[],
  after: readonly Value[],
  key: (value: Value) => readonly unknown[],
): number {
  const known = new Set(
    before.filter((value) => value.replacedAt === undefined).map((value) => JSON.stringify(key(value))),
  );
  return after.filter((value) => value.replacedAt === undefined && !known.has(JSON.stringify(key(value)))).length;
}
