import type { MergeId, SubjectId, TenantId } from "../../core/ids.ts";
import type { Memory } from "../../core/memory.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import { coveringAtMost } from "../coverage.ts";
import { emptyHead, headToWrite, putHead } from "./head.ts";
import { putMemory } from "./remember.ts";
import { movedStarts, moveEntries, putStarts } from "./renumber.ts";

interface MergeRow {
  readonly from_id: SubjectId;
  readonly seq: number;
  readonly turns: number;
}

/** Takes the entries of a merge out again. */
export function split(
  db: SqlConnection,
  args: { readonly tenant: TenantId; readonly mergeId: MergeId; readonly into: SubjectId; readonly memory: Memory },
): void {
  const { mergeId, into } = args;
  const who = { tenant: args.tenant, subjectId: into };
  const head = headToWrite(db, who) ?? emptyHead;
  const known = `SELECT from_id, seq, turns FROM store_merges WHERE merge_id = ? AND into_id = ?`;
  const came = db.get<MergeRow>(known, mergeId, into);
  if (came === undefined) return;

  db.run(`DELETE FROM store_entries WHERE subject_id = ? AND origin = ?`, into, mergeId);
  db.run(`DELETE FROM store_turns WHERE subject_id = ? AND origin = ?`, into, mergeId);
  const seq = head.seq - came.seq;
  const turns = head.turns - came.turns;
  const left = db.all<{ readonly seq: number }>(
    `SELECT seq FROM store_entries WHERE subject_id = ? ORDER BY seq`,
    into,
  );
  const moves = left.map((row, index) => ({ before: row.seq, after: seq - left.length + index + 1 }));
  const starts = movedStarts(db, into, moves);
  moveEntries(db, into, moves);
  putStarts(db, into, { turns, starts });
  putMemory(db, into, coveringAtMost(args.memory, seq));
  // A conversation that had no session took over that of the merged one.
  const took = headToWrite(db, { tenant: args.tenant, subjectId: came.from_id })?.session === head.session;
  putHead(db, who, { ...head, seq, turns, session: took ? null : head.session });
  db.run(`DELETE FROM store_merges WHERE merge_id = ?`, mergeId);
}
