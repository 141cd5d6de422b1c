import type { SubjectId } from "../../core/ids.ts";
import type { Appended, TurnAppend } from "../../core/ports/store.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import { conversationOf, keptSettlement } from "./read.ts";

/** An addition the writer could make sense of, or the one thing that it could not. */
export type AppendAnswer =
  | Exclude<Appended, { kind: "repeated" }>
  | { readonly kind: "repeated"; readonly settlement: string };

/** Adds a turn's items and its settlement. */
export function append(db: SqlConnection, args: TurnAppend): AppendAnswer {
  const { subjectId, turnId } = args;
  const settlement = keptSettlement(db, subjectId, turnId);
  if (settlement !== undefined) return { kind: "repeated", settlement };
  const before = conversationOf(db, subjectId);
  if (args.fence < before.fence) return { kind: "fenced", fence: before.fence };
  if (args.expectedSeq !== before.seq) return { kind: "stale", seq: before.seq };

  let seq = before.seq;
  for (const item of args.items) {
    seq += 1;
    const sql = `INSERT INTO store_entries (subject_id, seq, turn_id, at, item) VALUES (?, ?, ?, ?, ?)`;
    db.run(sql, subjectId, seq, turnId, args.at, JSON.stringify(item));
  }
  const sql = `INSERT INTO store_turns (subject_id, turn_id, settlement) VALUES (?, ?, ?)`;
  db.run(sql, subjectId, turnId, JSON.stringify(args.settlement));
  const said = args.items.some((item) => item.kind === "customer");
  const turns = before.turns + (said ? 1 : 0);
  if (said) {
    const start = `INSERT INTO store_starts (subject_id, turn_no, first_seq) VALUES (?, ?, ?)`;
    db.run(start, subjectId, turns, before.seq + 1);
  }
  db.run(
    `INSERT INTO store_conversations (subject_id, fence, seq, turns) VALUES (?, ?, ?, ?)
     ON CONFLICT (subject_id) DO UPDATE SET fence = excluded.fence, seq = excluded.seq, turns = excluded.turns`,
    subjectId,
    args.fence,
    seq,
    turns,
  );
  return { kind: "appended", seq };
}

/** Refuses everything under a lower fence from now on. */
export function raiseFence(db: SqlConnection, args: { readonly subjectId: SubjectId; readonly fence: number }): void {
  db.run(
    `INSERT INTO store_conversations (subject_id, fence, seq, turns) VALUES (?, ?, 0, 0)
     ON CONFLICT (subject_id) DO UPDATE SET fence = max(fence, excluded.fence)`,
    args.subjectId,
    args.fence,
  );
}

/** Removes a conversation with everything that belongs to it; true when there was one. */
export function forget(db: SqlConnection, args: { readonly subjectId: SubjectId }): boolean {
  db.run(`DELETE FROM store_entries WHERE subject_id = ?`, args.subjectId);
  db.run(`DELETE FROM store_turns WHERE subject_id = ?`, args.subjectId);
  db.run(`DELETE FROM store_starts WHERE subject_id = ?`, args.subjectId);
  return db.run(`DELETE FROM store_conversations WHERE subject_id = ?`, args.subjectId) > 0;
}
