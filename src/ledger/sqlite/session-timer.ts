import type { SessionId, SubjectId } from "../../core/ids.ts";
import type { FiredTimer } from "../../core/ports/ledger.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import { onThePhone } from "./call-rows.ts";
import { owesAnAnswer } from "./inbox.ts";
import { activeAt, sessionById, type SessionRow } from "./session-rows.ts";
import { moveSession, setSessionTimer } from "./sessions.ts";
import type { SubjectRow } from "./subjects.ts";
import { askSurvey } from "./survey.ts";
import { actsUnderWay } from "./tool-calls.ts";

/** What a session's timer did. */
type Fired = Pick<FiredTimer, "toSend" | "session">;

const nothing: Fired = { toSend: false };

/**
 * Looks whether a session was silent for long enough to be idle, or to be closed, and sets when to look again. Nobody
 * pushes the timer on while the customer talks: it finds out by itself.
 */
export function fireSession(
  db: SqlConnection,
  subject: SubjectRow,
  timer: { readonly sessionId: SessionId; readonly now: number },
): Fired {
  const { sessionId, now } = timer;
  const row = sessionById(db, sessionId);
  if (row === undefined || subject.session_id !== sessionId || row.state === "CLOSED") return nothing;
  const idleAt = activeAt(row, subject) + row.idle_ms;
  if (now < idleAt) return lookAgain(db, row, idleAt);
  // At least a millisecond later, so that a clock of nothing does not fire for ever.
  const later = now + Math.max(1, row.idle_ms);
  if (row.state === "WAITING_AGENT" || onThePhone(db, subject.id, now)) return lookAgain(db, row, later);
  if (row.state !== "IDLE") return moved(moveSession(db, subject, { cause: "idle_timeout", now }));
  const closeAt = idleAt + row.close_ms;
  if (now < closeAt) return lookAgain(db, row, closeAt);
  if (isWaitedFor(db, subject.id)) return lookAgain(db, row, later);
  const closed = moveSession(db, subject, { cause: "close_timeout", now });
  return { ...moved(closed), toSend: closed !== undefined && askSurvey(db, subject, closed) };
}

function lookAgain(db: SqlConnection, row: SessionRow, dueAt: number): Fired {
  setSessionTimer(db, row, dueAt);
  return nothing;
}

function moved(change: ReturnType<typeof moveSession>): Fired {
  return change === undefined ? nothing : { ...nothing, session: change };
}

/** Whether something is still to come in this session: the ending of an act, or the answer to what was said. */
function isWaitedFor(db: SqlConnection, subjectId: SubjectId): boolean {
  return actsUnderWay(db, subjectId) || owesAnAnswer(db, subjectId);
}
