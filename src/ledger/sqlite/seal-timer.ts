import { newTimerId, type SubjectId, type TenantId } from "../../core/ids.ts";
import type { FiredTimer, TimerBody } from "../../core/ports/ledger.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import { nobody } from "../../core/remote-deletion.ts";
import { SEAL_AGAIN_MS, sealKey } from "../../core/seal-timer.ts";
import { setTimer } from "./timers.ts";

/** Writes down, in the commit that forgets a subject, that its conversation is still to be sealed: a turn under way may add to it. */
export function oweSeal(
  db: SqlConnection,
  owed: { readonly tenant: TenantId; readonly subjectId: SubjectId; readonly now: number },
): void {
  const { tenant, subjectId, now } = owed;
  setTimer(db, {
    id: newTimerId(now),
    key: sealKey(subjectId),
    subjectId: nobody,
    dueAt: now + SEAL_AGAIN_MS,
    body: { kind: "seal", tenant, subjectId },
  });
}

/** Hands on that a conversation is to be sealed, and sets the timer anew in the same commit: whoever has done it takes it back. */
export function fireSeal(db: SqlConnection, body: Extract<TimerBody, { kind: "seal" }>, now: number): FiredTimer {
  oweSeal(db, { ...body, now });
  return { body, subjectId: nobody, tenant: body.tenant, toSend: false };
}
