import type { DomainEvent } from "../../core/events.ts";
import type { SubjectRef } from "../../core/ids.ts";
import type { Entry } from "../../core/item.ts";
import type { Memory } from "../../core/memory.ts";
import type { MemoryModel } from "../../core/ports/memory-model.ts";
import type { Sessions } from "../../core/ports/sessions.ts";
import type { ConversationStore, LoadedConversation } from "../../core/ports/store.ts";
import type { Answering } from "./attempt.ts";
import { askOrGoOn, type AskingParts, type MemoryQuestion } from "./memory-asking.ts";

/** What one pass over a subject's conversation stands on. */
export interface PassParts extends AskingParts {
  readonly store: Pick<ConversationStore, "load" | "page" | "memory" | "remember">;
  readonly sessions: Pick<Sessions, "current" | "list">;
  readonly model: MemoryModel;
}

/** One pass while it is under way. */
export interface Pass {
  readonly parts: PassParts;
  readonly of: SubjectRef & Answering & { readonly signal: AbortSignal };
  readonly loaded: LoadedConversation;
  /** What is remembered by now. */
  memory: Memory;
  readonly events: DomainEvent[];
  readonly made: { facts: number; entities: number; folded: number };
}

/**
 * How a step ended: there may be another one, nothing is left, the model is to be asked again later, or somebody else
 * changed what is remembered, so that what was worked out does not count.
 */
export type PassStep = "next" | "done" | "later" | "moved";

const MOST_STALE = 5;

/**
 * Changes what is remembered, also when somebody else changes something else of it meanwhile. `last` is the last entry
 * that the change looked at. False when what was read is not there any more; then nothing was changed.
 */
export async function keep(pass: Pass, last: Entry | undefined, change: (memory: Memory) => Memory): Promise<boolean> {
  const { store } = pass.parts;
  const read = pass.memory;
  for (let attempt = 0; attempt < MOST_STALE; attempt += 1) {
    const changed = change(pass.memory);
    const kept = await store.remember(pass.of, changed);
    if (kept.kind === "kept") {
      pass.memory = { ...changed, version: kept.version };
      return true;
    }
    pass.memory = await store.memory(pass.of);
    const { foldedThrough, extractedThrough } = pass.memory;
    if (foldedThrough !== read.foldedThrough || extractedThrough !== read.extractedThrough) return false;
    if (last !== undefined && !(await isThere(pass, last))) return false;
  }
  return false;
}

/** Asks the model for a part of the pass, or goes on without it; undefined means later. A failure is an event. */
export async function askModel<Answer>(
  pass: Pass,
  question: Pick<MemoryQuestion<Answer>, "stage" | "entries" | "ask" | "instead" | "pressing">,
): Promise<Answer | undefined> {
  const { of, parts, events } = pass;
  return await askOrGoOn(parts, {
    ...question,
    who: of,
    signal: of.signal,
    onFailed(attempt, givenUp) {
      const lost = givenUp === 0 ? {} : { givenUp };
      events.push(eventOf(pass, "memory_failed", { stage: question.stage, attempt, ...lost }));
    },
  });
}

/** An event about the subject of a pass. */
export function eventOf(
  { of: { tenant, subjectId } }: Pass,
  name: "memory_updated" | "memory_failed",
  detail: NonNullable<DomainEvent["detail"]>,
): DomainEvent {
  return { name, tenant, subjectId, detail };
}

/** Whether an entry is still where it was read; a merge gives all of them new places. */
async function isThere({ parts, of }: Pass, { seq, turnId }: Entry): Promise<boolean> {
  const [entry] = await parts.store.page(of, { afterSeq: seq - 1, limit: 1 });
  return entry?.seq === seq && entry.turnId === turnId;
}
