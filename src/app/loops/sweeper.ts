import { burstDueAt } from "../../core/burst.ts";
import type { SubjectId } from "../../core/ids.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Dispatch } from "../../core/ports/dispatch.ts";
import type { FiredTimer, Ledger } from "../../core/ports/ledger.ts";
import { nobody } from "../../core/remote-deletion.ts";

/** What the sweeper stands on. */
export interface SweeperParts {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly lanes: Dispatch;
  readonly outbox: Dispatch;
  readonly holder: string;
  readonly burstWindowMs: number;
  readonly everyMs: number;
  readonly onWork: (subjectId: SubjectId) => void;
  readonly onReply: (subjectId: SubjectId) => void;
  /** Told of every timer that fired, after what it did was committed. */
  readonly onFired: (fired: FiredTimer) => void;
  /** Whatever else is to be looked at again and again. */
  readonly chores: readonly Chore[];
  readonly onError: (error: unknown) => void;
}

/** Something that is looked at in every sweep; cheap when there is nothing to do. */
export type Chore = (now: number, signal: AbortSignal) => Promise<void>;

const AT_ONCE = 500;

/**
 * The net under all wake-ups: looks, at start and every so often, for what waits and nobody was told of, and fires the
 * timers that are due. A wake-up may be lost; a row cannot.
 */
export async function sweepForever(parts: SweeperParts, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await sweep(parts);
    } catch (error) {
      parts.onError(error);
    }
    for (const chore of parts.chores) await perform(parts, chore, signal);
    await parts.clock.sleep(parts.everyMs, signal);
  }
}

/** One that fails holds up none of the others. */
async function perform(parts: SweeperParts, chore: Chore, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  try {
    await chore(parts.clock.now(), signal);
  } catch (error) {
    if (!signal.aborted) parts.onError(error);
  }
}

/** One look at everything that waits. */
export async function sweep(parts: SweeperParts): Promise<void> {
  const now = parts.clock.now();
  for (;;) {
    const fired = await parts.ledger.fireTimer(now);
    if (fired === undefined) break;
    if (fired.toSend) parts.onReply(fired.subjectId);
    // A deletion at OpenAI and a cleaning of files are nobody's turn.
    if (fired.subjectId !== nobody) parts.onWork(fired.subjectId);
    parts.onFired(fired);
  }
  for (const subjectId of await parts.ledger.toolCalls.expire(now)) parts.onWork(subjectId);
  const waiting = await parts.ledger.inbox.waiting({ holder: parts.holder, now, limit: AT_ONCE });
  for (const { subjectId, oldestTextAt, newestTextAt } of waiting) {
    const burst =
      oldestTextAt === undefined || newestTextAt === undefined
        ? undefined
        : { oldestAt: oldestTextAt, newestAt: newestTextAt };
    parts.lanes.wake(subjectId, burst === undefined ? undefined : burstDueAt(burst, parts.burstWindowMs));
  }
  const due = await parts.ledger.outbox.due({ now, limit: AT_ONCE });
  for (const subjectId of due.subjectIds) parts.outbox.wake(subjectId);
}
