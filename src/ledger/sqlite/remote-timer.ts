import { newTimerId } from "../../core/ids.ts";
import type { FiredTimer, TimerBody } from "../../core/ports/ledger.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import { deletionKey, nextDeletionMs, nobody } from "../../core/remote-deletion.ts";
import { setTimer } from "./timers.ts";

/** Hands a deletion at OpenAI on, and sets its timer anew in the same commit: whoever has done it takes the timer back. */
export function fireRemote(
  db: SqlConnection,
  body: Extract<TimerBody, { kind: "forget_remote" }>,
  now: number,
): FiredTimer {
  const { tenant, conversationId, attempt } = body;
  const waitMs = nextDeletionMs(attempt);
  if (waitMs !== undefined) {
    setTimer(db, {
      id: newTimerId(now),
      key: deletionKey(conversationId),
      subjectId: nobody,
      dueAt: now + waitMs,
      body: { ...body, attempt: attempt + 1 },
    });
  }
  return { body, subjectId: nobody, tenant, toSend: false };
}
