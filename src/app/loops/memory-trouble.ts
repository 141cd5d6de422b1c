import type { SubjectId } from "../../core/ids.ts";

/** What the memory loop does for a subject that may fail. */
export type MemoryStage = "extract" | "fold" | "state";

/** A stage that failed, and is tried again later. */
export interface Trouble {
  /** Place of the first entry that it failed with. */
  readonly from: number;
  /** How often it failed with this entry. */
  readonly attempts: number;
  /** How often it failed in a row, whatever the entries. */
  readonly failures: number;
  /** When it may be tried again. */
  readonly nextAt: number;
}

/** Remembers what failed for whom. */
export interface Troubles {
  of(subjectId: SubjectId, stage: MemoryStage): Trouble | undefined;
  /** Notes a failure, and when to try again: after a minute, then five, then always thirty. */
  failed(failure: {
    readonly subjectId: SubjectId;
    readonly stage: MemoryStage;
    readonly from: number;
    readonly now: number;
  }): Trouble;
  /** A stage went well: what failed before is forgotten. */
  mended(subjectId: SubjectId, stage: MemoryStage): void;
  /** When the first stage of a subject is to be tried again; undefined when none waits. */
  nextAt(subjectId: SubjectId): number | undefined;
}

const MINUTE_MS = 60_000;
const waitsMs = [MINUTE_MS, 5 * MINUTE_MS, 30 * MINUTE_MS];
// A model that is away for everybody must not fill the process's memory; whoever drops out is tried at once.
const MOST_SUBJECTS = 10_000;

/** Starts with no trouble. Nothing is kept over a restart: then everything is tried once more. */
export function noTroubles(): Troubles {
  const troubles = new Map<SubjectId, Map<MemoryStage, Trouble>>();
  return {
    of: (subjectId, stage) => troubles.get(subjectId)?.get(stage),
    failed({ subjectId, stage, from, now }) {
      const own = troubles.get(subjectId) ?? new Map<MemoryStage, Trouble>();
      const before = own.get(stage);
      const failures = (before?.failures ?? 0) + 1;
      const waitMs = waitsMs[Math.min(failures, waitsMs.length) - 1] ?? MINUTE_MS;
      const attempts = before?.from === from ? before.attempts + 1 : 1;
      const trouble = { from, attempts, failures, nextAt: now + waitMs };
      own.set(stage, trouble);
      troubles.set(subjectId, own);
      const [oldest] = troubles.keys();
      if (troubles.size > MOST_SUBJECTS && oldest !== undefined) troubles.delete(oldest);
      return trouble;
    },
    mended(subjectId, stage) {
      const own = troubles.get(subjectId);
      own?.delete(stage);
      if (own?.size === 0) troubles.delete(subjectId);
    },
    nextAt(subjectId) {
      const times = [...(troubles.get(subjectId)?.values() ?? [])].map(({ nextAt }) => nextAt);
      return times.length === 0 ? undefined : Math.min(...times);
    },
  };
}
