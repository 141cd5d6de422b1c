import { ContinuoError } from "../../core/errors.ts";
import type { SubjectRef } from "../../core/ids.ts";
import { LAST_FENCE } from "../../core/last-fence.ts";
import type { FiredTimer, Ledger } from "../../core/ports/ledger.ts";
import type { ConversationStore } from "../../core/ports/store.ts";
import { sealKey } from "../../core/seal-timer.ts";
import type { Chore } from "../loops/sweeper.ts";
import type { Scrubbing } from "./scrubbing.ts";

/** What sealing stands on. */
export interface SealingParts {
  readonly ledger: Pick<Ledger, "timers">;
  readonly store: ConversationStore;
}

/** Seals the conversations of forgotten customers whose forgetting failed or died before that. */
export interface Sealing {
  /** Takes in what a timer stands for, if it is this. */
  fired(timer: Pick<FiredTimer, "body">): void;
  /** Does what timers told, and cleans the files behind it; the first failure is thrown at the end, and its timer fires again. */
  readonly goOn: Chore;
}

/** What of conversations was removed. */
export interface Gone {
  readonly entries: number;
  readonly memories: number;
}

const MOST_TRIES = 10;

/** The sealing of one process. */
export function openSealing(parts: SealingParts, scrubbing: Pick<Scrubbing, "owe" | "scrub">): Sealing {
  let told: readonly SubjectRef[] = [];
  return {
    fired({ body }) {
      if (body.kind === "seal") told = [...told, { tenant: body.tenant, subjectId: body.subjectId }];
    },
    async goOn(_now, signal) {
      const due = told;
      told = [];
      const failures: unknown[] = [];
      for (const who of due) {
        if (signal.aborted) return;
        const removed = await scrubbing.owe(who.tenant);
        try {
          await seal(parts, who);
        } catch (error) {
          failures.push(error);
        } finally {
          removed();
        }
      }
      if (due.length > 0) await scrubbing.scrub();
      if (failures.length > 0) throw failures[0];
    },
  };
}

/**
 * Sees to it that there is nothing of a forgotten customer's conversation and that nothing is added to it any more, and
 * takes the timer back that stands for it; what of it went just now.
 */
export async function seal({ ledger, store }: SealingParts, who: SubjectRef): Promise<Gone> {
  const gone = await sealedIn(store, who);
  await ledger.timers.cancel(sealKey(who.subjectId));
  return gone;
}

async function sealedIn(store: ConversationStore, who: SubjectRef): Promise<Gone> {
  const gone: Gone[] = [];
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    await store.raiseFence(who, LAST_FENCE);
    const { seq, memory } = await store.load(who, { turns: 0 });
    if (seq === 0 && memory.version === 0) return inAll(gone);
    gone.push(await removedIn(store, who));
  }
  throw new ContinuoError("store_unavailable", "a conversation was added to again and again while it was forgotten");
}

/** Removes what a store holds of a subject. */
export async function removedIn(store: ConversationStore, who: SubjectRef): Promise<Gone> {
  const { version } = await store.memory(who);
  const forgotten = await store.forget(who);
  return { entries: forgotten?.entries ?? 0, memories: version > 0 ? 1 : 0 };
}

/** What was removed by several steps. */
export function inAll(steps: readonly Gone[]): Gone {
  return {
    entries: steps.reduce((sum, { entries }) => sum + entries, 0),
    memories: steps.reduce((sum, { memories }) => sum + memories, 0),
  };
}
