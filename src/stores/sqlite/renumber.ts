import type { SubjectId } from "../../core/ids.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import type { Move } from "../merged-places.ts";

/** Moves entries one by one; in an order in which each one's new place is free. */
export function moveEntries(db: SqlConnection, subjectId: SubjectId, moves: readonly Move[]): void {
  for (const { before, after } of moves) {
    if (before === after) continue;
    db.run(`UPDATE store_entries SET seq = ? WHERE subject_id = ? AND seq = ?`, after, subjectId, before);
  }
}

/** Where a conversation's turns with the customer's words begin once their first entries have moved; those that do not move are left out. */
export function movedStarts(db: SqlConnection, subjectId: SubjectId, moves: readonly Move[]): readonly number[] {
  const sql = `SELECT first_seq FROM store_starts WHERE subject_id = ?`;
  const starts = new Set(db.all<{ readonly first_seq: number }>(sql, subjectId).map((row) => row.first_seq));
  return moves.filter(({ before }) => starts.has(before)).map(({ after }) => after);
}

/** Writes anew where a conversation's turns begin; the last of them has the highest number, the first ones may be trimmed. */
export function putStarts(
  db: SqlConnection,
  subjectId: SubjectId,
  { turns, starts }: { readonly turns: number; readonly starts: readonly number[] },
): void {
  db.run(`DELETE FROM store_starts WHERE subject_id = ?`, subjectId);
  const inOrder = starts.toSorted((one, other) => one - other);
  for (const [index, start] of inOrder.entries()) {
    const sql = `INSERT INTO store_starts (subject_id, turn_no, first_seq) VALUES (?, ?, ?)`;
    db.run(sql, subjectId, turns - inOrder.length + index + 1, start);
  }
}
