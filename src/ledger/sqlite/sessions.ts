import type { DomainEvent } from "../../core/events.ts";
import { newSessionId, newTimerId, type SessionId, type SubjectId, type TenantId } from "../../core/ids.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import {
  nextSession,
  type SessionCause,
  type SessionChange,
  type SessionClocks,
  type SessionState,
} from "../../core/session.ts";
import { addEvent } from "./events.ts";
import {
  activeAt,
  insertSession,
  lastNumber,
  sessionById,
  sessionRecord,
  writeState,
  type SessionRow,
} from "./session-rows.ts";
import type { SubjectRow } from "./subjects.ts";
import { cancelTimer, setTimer } from "./timers.ts";

/** What a subject's row tells of its session. */
type SessionSubject = Pick<SubjectRow, "id" | "tenant" | "last_active_at" | "session" | "session_id" | "session_said">;

/** What becomes of a session by anything but the customer's own doing. */
interface SessionMove {
  readonly cause: Exclude<SessionCause, "message">;
  /** Who wants it, when somebody does. */
  readonly by?: string;
  readonly now: number;
}

/** The clocks where nobody knows better: of a session that is older than clocks, or that follows one which was cleaned away. */
const usualClocks: SessionClocks = { idleMs: 30 * 60_000, closeMs: 24 * 60 * 60_000 };

/** Begins a session of a subject, with its timer; the subject's row is the caller's to write. */
export function beginSession(
  db: SqlConnection,
  begin: {
    readonly subjectId: SubjectId;
    readonly tenant: TenantId;
    readonly number: number;
    readonly clocks: SessionClocks;
    readonly now: number;
  },
): SessionId {
  const { subjectId, tenant, number, clocks, now } = begin;
  const row: SessionRow = {
    id: newSessionId(now),
    subject_id: subjectId,
    tenant,
    number,
    state: "NEW",
    started_at: now,
    last_active_at: now,
    ended_at: null,
    survey_asked_at: null,
    ...clockColumns(clocks),
  };
  insertSession(db, row);
  setSessionTimer(db, row, now + row.idle_ms);
  addEvent(db, { name: "session_started", tenant, subjectId, detail: { session: row.id, number } }, now);
  return row.id;
}

/**
 * The customer said something or called: their session goes on or comes back, and when it was over, another one
 * begins, with the given clocks or those of the last one. Nothing is written while a session merely goes on.
 */
export function customerActs(
  db: SqlConnection,
  subject: SessionSubject,
  act: { readonly said: boolean; readonly clocks?: SessionClocks; readonly now: number },
): SessionId {
  const { said, clocks, now } = act;
  const to = nextSession(subject.session, "message");
  if (to === "REOPEN") return beginNext(db, subject, act);
  const id = sessionOf(db, subject, { clocks, now });
  if (said && subject.session_said === 0) db.run(`UPDATE subjects SET session_said = 1 WHERE id = ?`, subject.id);
  if (to !== subject.session) enter(db, { ...subject, session_id: id }, { to, cause: "message", now });
  return id;
}

/** Changes a subject's session as the table of transitions says; undefined when it stays as it is. */
export function moveSession(db: SqlConnection, subject: SessionSubject, move: SessionMove): SessionChange | undefined {
  const to = nextSession(subject.session, move.cause);
  if (to === "REOPEN" || to === subject.session) return undefined;
  const { now } = move;
  const id = sessionOf(db, subject, { now });
  // One that was cleaned away cannot be opened again.
  const gone = sessionById(db, id) === undefined;
  const session = gone ? beginNext(db, subject, { said: false, now }) : id;
  return enter(db, { ...subject, session_id: session }, { ...move, to });
}

/** The session that a subject is in. One whose subject is older than sessions gets a row of its own now, as it stands. */
export function sessionOf(
  db: SqlConnection,
  subject: Pick<SubjectRow, "id" | "session_id">,
  at: { readonly clocks?: SessionClocks | undefined; readonly now: number },
): SessionId {
  if (subject.session_id !== null) return subject.session_id;
  const id = newSessionId(at.now);
  const clocks = clockColumns(at.clocks ?? usualClocks);
  db.run(
    `INSERT INTO sessions (id, subject_id, tenant, number, state, started_at, last_active_at, idle_ms, close_ms, survey)
     SELECT ?, id, tenant, 1, session, created_at, last_active_at, ?, ?, ? FROM subjects WHERE id = ?`,
    id,
    clocks.idle_ms,
    clocks.close_ms,
    clocks.survey,
    subject.id,
  );
  db.run(`UPDATE subjects SET session_id = ? WHERE id = ?`, id, subject.id);
  setSessionTimer(db, { id, subject_id: subject.id }, at.now + clocks.idle_ms);
  return id;
}

/** The session that a subject is in, and since when. */
export function currentSession(
  db: SqlConnection,
  subject: Pick<SubjectRow, "id" | "session_id">,
  at: Parameters<typeof sessionOf>[2],
): { readonly session: SessionId; readonly sessionSince: number } {
  const session = sessionOf(db, subject, at);
  const sql = `SELECT started_at FROM sessions WHERE id = ?`;
  // One that was cleaned away is as old as anything that is left of it.
  return { session, sessionSince: db.get<{ readonly started_at: number }>(sql, session)?.started_at ?? 0 };
}

/** Sets when a session is looked at next, to see whether it has been silent for long enough. */
export function setSessionTimer(db: SqlConnection, row: Pick<SessionRow, "id" | "subject_id">, dueAt: number): void {
  setTimer(db, {
    id: newTimerId(dueAt),
    key: timerKey(row.id),
    subjectId: row.subject_id,
    dueAt,
    body: { kind: "session", sessionId: row.id },
  });
}

/** Begins another session of a subject whose last one is over. */
function beginNext(
  db: SqlConnection,
  subject: SessionSubject,
  act: { readonly said: boolean; readonly clocks?: SessionClocks; readonly now: number },
): SessionId {
  const { said, now } = act;
  const { id: subjectId, tenant } = subject;
  const clocks = act.clocks ?? clocksOf(subject.session_id === null ? undefined : sessionById(db, subject.session_id));
  const id = beginSession(db, { subjectId, tenant, number: lastNumber(db, subjectId) + 1, clocks, now });
  // The question about the last session is not open any more: a digit means something else from now on.
  const sql = `UPDATE subjects SET session = 'NEW', session_id = ?, session_said = ?, survey_until = NULL WHERE id = ?`;
  db.run(sql, id, said ? 1 : 0, subjectId);
  return id;
}

/** Brings a session into another state: its row, its timer, and the word that it happened. */
function enter(
  db: SqlConnection,
  subject: SessionSubject & { readonly session_id: SessionId },
  step: { readonly to: SessionState; readonly cause: SessionCause; readonly by?: string; readonly now: number },
): SessionChange {
  const { to, cause, by, now } = step;
  const before = sessionById(db, subject.session_id);
  if (before === undefined) throw new Error("a subject's row names a session that is not there");
  const from = before.state;
  const over = to === "CLOSED";
  const revived = !over && to !== "IDLE";
  const after: SessionRow = {
    ...before,
    state: to,
    last_active_at: revived ? now : activeAt(before, subject),
    ended_at: over ? now : null,
  };
  writeState(db, after);
  if (over) cancelTimer(db, { key: timerKey(after.id) });
  else if (!revived) setSessionTimer(db, after, after.last_active_at + after.idle_ms + after.close_ms);
  // In every other state the timer stands early enough, and pushes itself on.
  else if (from === "IDLE" || from === "CLOSED") setSessionTimer(db, after, now + after.idle_ms);
  const about = { tenant: subject.tenant, subjectId: subject.id };
  const detail = { session: after.id, from, to, reason: cause, ...(by === undefined ? {} : { by }) };
  const events: DomainEvent[] = [{ ...about, name: "session_changed", detail }];
  if (over) events.push({ ...about, name: "session_ended", detail: { session: after.id, reason: cause, from } });
  for (const event of events) addEvent(db, event, now);
  return { session: sessionRecord(after, subject), from, cause };
}

function clocksOf(row: SessionRow | undefined): SessionClocks {
  if (row === undefined) return usualClocks;
  const { idle_ms: idleMs, close_ms: closeMs, survey } = row;
  return { idleMs, closeMs, ...(survey === null ? {} : { survey }) };
}

function clockColumns(clocks: SessionClocks): Pick<SessionRow, "idle_ms" | "close_ms" | "survey"> {
  // The columns hold whole numbers, and a setting in minutes may come to a fraction of a millisecond.
  return {
    idle_ms: Math.round(clocks.idleMs),
    close_ms: Math.round(clocks.closeMs),
    survey: clocks.survey ?? null,
  };
}

function timerKey(id: SessionId): string {
  return `session/${id}`;
}
