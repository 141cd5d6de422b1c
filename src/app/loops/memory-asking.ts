import type { SubjectRef } from "../../core/ids.ts";
import type { Entry } from "../../core/item.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Troubles } from "./memory-trouble.ts";

/** What asking a model for a part of the memory stands on. */
export interface AskingParts {
  readonly clock: Clock;
  readonly troubles: Troubles;
  /** Told why a model did not do its part. */
  readonly onError: (error: unknown, who: SubjectRef) => void;
}

/** What a model is to do. */
export interface MemoryQuestion<Answer> {
  readonly who: SubjectRef;
  readonly stage: "extract" | "fold";
  readonly entries: readonly Entry[];
  readonly signal: AbortSignal;
  readonly ask: () => Promise<Answer>;
  /** What is done without a model. */
  readonly instead: () => Answer;
  /** Whether there is no time to ask again later. */
  readonly pressing: boolean;
  /** Told of a failure: how often these entries failed, and how many of them are done without a model from now on. */
  readonly onFailed: (attempt: number, givenUp: number) => void;
}

// After so many failures with the same entries it goes on without a model.
const MOST_ATTEMPTS = 3;

/**
 * Asks a model unless it failed lately; goes on without it when it failed too often, or when there is no time to wait.
 * Undefined means later.
 */
export async function askOrGoOn<Answer>(
  { clock, troubles, onError }: AskingParts,
  question: MemoryQuestion<Answer>,
): Promise<Answer | undefined> {
  const { who, stage, entries, pressing, instead } = question;
  const { subjectId } = who;
  const waiting = troubles.of(subjectId, stage);
  if (waiting !== undefined && waiting.nextAt > clock.now()) return pressing ? instead() : undefined;
  try {
    const answer = await question.ask();
    troubles.mended(subjectId, stage);
    return answer;
  } catch (error) {
    if (question.signal.aborted) return undefined;
    onError(error, who);
    const { attempts } = troubles.failed({ subjectId, stage, from: entries[0]?.seq ?? 0, now: clock.now() });
    const goesOn = pressing || attempts >= MOST_ATTEMPTS;
    question.onFailed(attempts, goesOn ? entries.length : 0);
    return goesOn ? instead() : undefined;
  }
}
