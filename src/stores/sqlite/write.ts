import type { SubjectRef } from "../../core/ids.ts";
import type { Appended, TurnAppend } from "../../core/ports/store.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import { emptyHead, headToWrite, putHead } from "./head.ts";
import { keptSettlement } from "./read.ts";

/** An addition the writer could make sense of, or the one thing that it could not. */
export type AppendAnswer =
  | Exclude<Appended, { kind: "repeated" }>
  | { readonly kind: "repeated"; readonly settlement: string };

/** Adds a turn's items and its settlement. */
export function append(db: SqlConnection, args: TurnAppend): AppendAnswer {
  const { subjectId, turnId } = args;
  const before = headToWrite(db, args) ?? emptyHead;
  const settlement = keptSettlement(db, args, turnId);
  if (settlement !== undefined) return { kind: "repeated", settlement };
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
  putHead(db, args, { fence: args.fence, seq, turns, session: args.session });
  return { kind: "appended", seq };
}

/** Refuses everything under a lower fence from now on. */
export function raiseFence(db: SqlConnection, args: SubjectRef & { readonly fence: number }): void {
  const before = headToWrite(db, args) ?? emptyHead;
  putHead(db, args, { ...before, fence: Math.max(before.fence, args.fence) });
}
