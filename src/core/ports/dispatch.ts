import type { SubjectId } from "../ids.ts";

/** Wakes the worker that should look at a subject. A wake-up is a hint: a lost one costs time, never a message. */
export interface Dispatch extends AsyncDisposable {
  /** Says that a subject has something to do, at the earliest at `notBefore` (milliseconds since 1970). */
  wake(subjectId: SubjectId, notBefore?: number): void;
  /** Starts to hand out woken subjects; one at a time per subject, at most `concurrency` at once. */
  start(work: (subjectId: SubjectId, signal: AbortSignal) => Promise<void>): void;
  /** Resolves when nothing is being worked on and nothing that is due waits. */
  settled(): Promise<void>;
}
