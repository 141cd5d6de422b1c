import type { DomainEvent } from "../../core/events.ts";
import type { SubjectId, SubjectRef } from "../../core/ids.ts";
import type { Dispatch } from "../../core/ports/dispatch.ts";
import type { EventRecord } from "../../core/ports/ledger.ts";
import type { Answering } from "./attempt.ts";
import type { PassParts } from "./memory-keeping.ts";
import { memoryPass } from "./memory-pass.ts";
import { noTroubles } from "./memory-trouble.ts";

/** What making memory stands on. */
export interface MemoryLoopParts extends Omit<PassParts, "troubles"> {
  readonly events: Pick<EventRecord, "add">;
  /** Who is to be looked at, and when. It is the loop's from now on, and is closed with it. */
  readonly queue: Dispatch;
  /** Whose schema counts for a subject, and how many turns its window holds. */
  readonly answering: (who: SubjectRef) => Answering | Promise<Answering>;
  /** Milliseconds from the first wake-up to the look; whatever comes between is looked at together. Default: 2,000. */
  readonly delayMs?: number;
  /** Told of an event after it was recorded. */
  readonly onChange: (event: DomainEvent) => void;
}

/** Makes memory of what was said, behind the turns. */
export interface MemoryLoop extends AsyncDisposable {
  /** Something was added to a conversation, or a session of it changed. */
  wake(who: SubjectRef): void;
  /** Resolves when nobody is looked at and nobody whose time has come waits. */
  settled(): Promise<void>;
}

const DELAY_MS = 2_000;

/**
 * Opens the loop. What was said is looked through for values, facts and the intent, what has left the window is folded
 * into the summary, and a session that is over becomes an episode. No turn ever waits for it or sees it fail.
 */
export function openMemoryLoop(parts: MemoryLoopParts): MemoryLoop {
  const { clock, queue, events, delayMs = DELAY_MS } = parts;
  const troubles = noTroubles();
  const woken = new Map<SubjectId, SubjectRef>();

  function wakeAt(who: SubjectRef, at: number): void {
    woken.set(who.subjectId, { tenant: who.tenant, subjectId: who.subjectId });
    queue.wake(who.subjectId, at);
  }

  async function look(who: SubjectRef, signal: AbortSignal): Promise<void> {
    const { agent, windowTurns } = await parts.answering(who);
    const { events: told, more } = await memoryPass({ ...parts, troubles }, { ...who, agent, windowTurns, signal });
    troubles.mended(who.subjectId, "state");
    if (more) wakeAt(who, clock.now() + delayMs);
    if (told.length === 0) return;
    await events.add(told, clock.now());
    for (const event of told) parts.onChange(event);
  }

  queue.start(async (subjectId, signal) => {
    const who = woken.get(subjectId);
    woken.delete(subjectId);
    if (who === undefined) return;
    try {
      await look(who, signal);
    } catch (error) {
      if (signal.aborted) return;
      troubles.failed({ subjectId, stage: "state", from: 0, now: clock.now() });
      parts.onError(error, who);
    }
    const nextAt = troubles.nextAt(subjectId);
    if (nextAt !== undefined) wakeAt(who, nextAt);
  });

  return {
    wake(who) {
      // The first wake-up sets the moment: a customer who goes on writing is not put off for ever.
      wakeAt(who, clock.now() + delayMs);
    },
    settled: () => queue.settled(),
    async [Symbol.asyncDispose]() {
      await queue[Symbol.asyncDispose]();
      woken.clear();
    },
  };
}
