import type { SubjectId, TurnId } from "../../core/ids.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";

/** A turn's row. */
export interface TurnRow {
  readonly id: TurnId;
  readonly subject_id: SubjectId;
  readonly attempt: number;
  readonly state: "bound" | "settled" | "superseded" | "split";
  readonly spoken: string;
}

/** A turn by id. */
export function turnById(db: SqlConnection, turnId: TurnId): TurnRow | undefined {
  return db.get(`SELECT id, subject_id, attempt, state, spoken FROM turns WHERE id = ?`, turnId);
}

/** Makes a turn, in its first attempt. */
export function insertTurn(db: SqlConnection, turn: TurnRow, now: number): void {
  const sql = `INSERT INTO turns (id, subject_id, attempt, state, spoken, taken_at) VALUES (?, ?, ?, ?, ?, ?)`;
  db.run(sql, turn.id, turn.subject_id, turn.attempt, turn.state, turn.spoken, now);
}

/** Ends a turn in one of the ways it can end. */
export function endTurn(
  db: SqlConnection,
  turnId: TurnId,
  end: { readonly state: "settled" | "superseded" | "split"; readonly outcome?: string; readonly now: number },
): void {
  const sql = `UPDATE turns SET state = ?, outcome = ?, settled_at = ?, spoken = '' WHERE id = ?`;
  db.run(sql, end.state, end.outcome ?? null, end.now, turnId);
}
