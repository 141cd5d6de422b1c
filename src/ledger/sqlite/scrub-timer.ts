import { newTimerId } from "../../core/ids.ts";
import type { FiredTimer, TimerBody } from "../../core/ports/ledger.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import { nobody } from "../../core/remote-deletion.ts";
import { SCRUB_AGAIN_MS, SCRUB_KEY } from "../../core/scrub-timer.ts";
import { setTimer } from "./timers.ts";

/** Hands on that the files are to be cleaned, and sets the timer anew in the same commit: whoever has done it takes it back. */
export function fireScrub(db: SqlConnection, body: Extract<TimerBody, { kind: "scrub" }>, now: number): FiredTimer {
  setTimer(db, { id: newTimerId(now), key: SCRUB_KEY, subjectId: nobody, dueAt: now + SCRUB_AGAIN_MS, body });
  return { body, subjectId: nobody, tenant: body.tenant, toSend: false };
}
