import type { SessionId, SubjectId } from "../../core/ids.ts";
import type { LifeCycle } from "../../core/ports/life-cycle.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import { pruneHashes } from "./kept-hashes.ts";
import { sessionById, type SessionRow } from "./session-rows.ts";

/** A tenant's subjects without any activity since a moment, the longest silent first. */
export function inactiveSubjects(db: SqlConnection, args: Parameters<LifeCycle["inactive"]>[0]): readonly SubjectId[] {
  const rows = db.all<{ readonly id: SubjectId }>(
    `SELECT id FROM subjects WHERE tenant = ? AND merged_into IS NULL AND active_minute <= ? AND last_active_at < ?
     ORDER BY active_minute LIMIT ?`,
    args.tenant,
    Math.floor(args.before / 60_000),
    args.before,
    args.limit,
  );
  return rows.map(({ id }) => id);
}

/** A tenant's sessions that were closed before a moment, but for the newest of somebody who still waits for something. */
export function closedSessions(
  db: SqlConnection,
  args: Parameters<LifeCycle["closedBefore"]>[0],
): Awaited<ReturnType<LifeCycle["closedBefore"]>> {
  const rows = db.all<{ readonly id: SessionId; readonly subject_id: SubjectId; readonly ended_at: number }>(
    `SELECT s.id, s.subject_id, s.ended_at FROM sessions s
     WHERE s.tenant = ?1 AND s.state = 'CLOSED' AND s.ended_at < ?2 AND NOT (
       EXISTS (SELECT 1 FROM subjects WHERE id = s.subject_id AND session_id = s.id)
       AND (EXISTS (SELECT 1 FROM inbox WHERE subject_id = s.subject_id AND state IN ('pending', 'bound'))
         OR EXISTS (SELECT 1 FROM outbox INDEXED BY outbox_open WHERE subject_id = s.subject_id
           AND state IN ('waiting', 'sending', 'ambiguous') AND channel <> 'voice')
         OR EXISTS (SELECT 1 FROM tool_calls INDEXED BY tool_calls_running WHERE state = 'running' AND subject_id = s.subject_id)))
     ORDER BY s.ended_at LIMIT ?3`,
    args.tenant,
    args.before,
    args.limit,
  );
  return rows.map((row) => ({ subjectId: row.subject_id, sessionId: row.id, endedAt: row.ended_at }));
}

/** Removes a closed session with what was done in it, by time; how many rows. What still waits stays. */
export function dropSession(db: SqlConnection, args: Parameters<LifeCycle["dropSession"]>[0]): number {
  const row = sessionById(db, args.sessionId);
  if (row?.tenant !== args.tenant || row.subject_id !== args.subjectId || row.state !== "CLOSED") return 0;
  pruneHashes(db, args.now);
  const since = endOfTheOneBefore(db, row);
  const until = row.ended_at ?? args.now;
  const removed = statements.reduce((count, sql) => count + db.run(sql, row.subject_id, since, until), 0);
  const sql = `UPDATE subjects SET sessions_dropped = max(sessions_dropped, ?) WHERE id = ?`;
  db.run(sql, row.number, row.subject_id);
  return removed + db.run(`DELETE FROM sessions WHERE id = ?`, row.id);
}

// After the first moment, up to the second. Tool calls go before their turns, by which they are found.
const statements = [
  `DELETE FROM inbox WHERE subject_id = ?1 AND state IN ('done', 'dead') AND received_at > ?2 AND received_at <= ?3`,
  `DELETE FROM tool_calls WHERE state <> 'running' AND turn_id IN (SELECT id FROM turns
     WHERE subject_id = ?1 AND settled_at IS NOT NULL AND settled_at > ?2 AND settled_at <= ?3)`,
  `DELETE FROM turns WHERE subject_id = ?1 AND settled_at IS NOT NULL AND settled_at > ?2 AND settled_at <= ?3`,
  `DELETE FROM outbox WHERE subject_id = ?1 AND state NOT IN ('waiting', 'sending', 'ambiguous')
     AND created_at > ?2 AND created_at <= ?3`,
] as const;

function endOfTheOneBefore(db: SqlConnection, row: SessionRow): number {
  const sql = `SELECT ended_at FROM sessions WHERE subject_id = ? AND number < ? ORDER BY number DESC LIMIT 1`;
  return db.get<{ readonly ended_at: number | null }>(sql, row.subject_id, row.number)?.ended_at ?? 0;
}
