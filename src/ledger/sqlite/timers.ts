import type { SubjectId, TimerId } from "../../core/ids.ts";
import type { TimerBody } from "../../core/ports/ledger.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";

/** A timer to be set. */
export interface NewTimer {
  readonly id: TimerId;
  /** An earlier timer with the same key is replaced. */
  readonly key: string;
  readonly subjectId: SubjectId;
  readonly dueAt: number;
  readonly body: TimerBody;
}

/** Sets a timer. */
export function setTimer(db: SqlConnection, args: NewTimer): void {
  db.run(
    `INSERT INTO timers (timer_key, id, subject_id, due_at, body) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (timer_key) DO UPDATE SET id = excluded.id, subject_id = excluded.subject_id,
       due_at = excluded.due_at, body = excluded.body`,
    args.key,
    args.id,
    args.subjectId,
    args.dueAt,
    JSON.stringify(args.body),
  );
}

/** Takes a timer back. */
export function cancelTimer(db: SqlConnection, args: { readonly key: string }): void {
  db.run(`DELETE FROM timers WHERE timer_key = ?`, args.key);
}

/** Takes the earliest timer that is due. */
export function takeTimer(
  db: SqlConnection,
  now: number,
): { readonly subjectId: SubjectId; readonly body: TimerBody } | undefined {
  const row = db.get<{ readonly timer_key: string; readonly subject_id: SubjectId; readonly body: string }>(
    `SELECT timer_key, subject_id, body FROM timers WHERE due_at <= ? ORDER BY due_at LIMIT 1`,
    now,
  );
  if (row === undefined) return undefined;
  cancelTimer(db, { key: row.timer_key });
  // This program wrote the JSON itself, from this type.
  return { subjectId: row.subject_id, body: JSON.parse(row.body) as TimerBody };
}

/** When the next timer is due. */
export function nextTimerAt(db: SqlConnection): number | undefined {
  const sql = `SELECT due_at FROM timers ORDER BY due_at LIMIT 1`;
  return db.get<{ readonly due_at: number }>(sql)?.due_at;
}
