import type { SessionId, SubjectId, SubjectRef, TenantId } from "../../core/ids.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import type { SessionRecord, SessionState } from "../../core/session.ts";
import type { SubjectRow } from "./subjects.ts";

/** A session's row. Written when the session changes; what the customer does meanwhile is on the subject's row. */
export interface SessionRow {
  readonly id: SessionId;
  readonly subject_id: SubjectId;
  readonly tenant: TenantId;
  readonly number: number;
  readonly state: SessionState;
  readonly started_at: number;
  /** When it began or was last brought back to life; once it is over, when it was last active. */
  readonly last_active_at: number;
  readonly ended_at: number | null;
  readonly idle_ms: number;
  readonly close_ms: number;
  /** The question that the customer is asked when it is closed. */
  readonly survey: string | null;
  readonly survey_asked_at: number | null;
}

/** A session by id. */
export function sessionById(db: SqlConnection, id: SessionId): SessionRow | undefined {
  return db.get(`SELECT * FROM sessions WHERE id = ?`, id);
}

/** A subject's sessions, the newest first. */
export function sessionsOf(db: SqlConnection, who: SubjectRef, limit: number): readonly SessionRow[] {
  const sql = `SELECT * FROM sessions WHERE subject_id = ? AND tenant = ? ORDER BY number DESC LIMIT ?`;
  return db.all<SessionRow>(sql, who.subjectId, who.tenant, limit);
}

/** The number of a subject's newest session, also of one that was cleaned away; 0 when there was none. */
export function lastNumber(db: SqlConnection, subjectId: SubjectId): number {
  const kept = db.get<{ readonly number: number }>(
    `SELECT number FROM sessions WHERE subject_id = ? ORDER BY number DESC LIMIT 1`,
    subjectId,
  );
  const sql = `SELECT sessions_dropped FROM subjects WHERE id = ?`;
  const dropped = db.get<{ readonly sessions_dropped: number }>(sql, subjectId);
  return Math.max(kept?.number ?? 0, dropped?.sessions_dropped ?? 0);
}

/** Writes a new session. */
export function insertSession(db: SqlConnection, row: SessionRow): void {
  db.run(
    `INSERT INTO sessions (id, subject_id, tenant, number, state, started_at, last_active_at, idle_ms, close_ms, survey)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    row.id,
    row.subject_id,
    row.tenant,
    row.number,
    row.state,
    row.started_at,
    row.last_active_at,
    row.idle_ms,
    row.close_ms,
    row.survey,
  );
}

/** Writes what a change makes of a session, on its own row and on its subject's. */
export function writeState(
  db: SqlConnection,
  row: Pick<SessionRow, "id" | "subject_id" | "state" | "last_active_at" | "ended_at">,
): void {
  db.run(
    `UPDATE sessions SET state = ?, last_active_at = ?, ended_at = ? WHERE id = ?`,
    row.state,
    row.last_active_at,
    row.ended_at,
    row.id,
  );
  db.run(`UPDATE subjects SET session = ? WHERE id = ?`, row.state, row.subject_id);
}

/** When a session was last active, which its subject's row tells while it lasts. */
export function activeAt(row: SessionRow, subject: Pick<SubjectRow, "session_id" | "last_active_at">): number {
  const lasts = row.state !== "CLOSED" && subject.session_id === row.id;
  return lasts ? Math.max(row.last_active_at, subject.last_active_at) : row.last_active_at;
}

/** A session as the port gives it. */
export function sessionRecord(
  row: SessionRow,
  subject: Pick<SubjectRow, "session_id" | "last_active_at">,
): SessionRecord {
  return {
    id: row.id,
    tenant: row.tenant,
    subjectId: row.subject_id,
    number: row.number,
    state: row.state,
    startedAt: row.started_at,
    lastActiveAt: activeAt(row, subject),
    ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
  };
}
