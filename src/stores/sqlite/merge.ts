import type { SubjectId } from "../../core/ids.ts";
import type { StoreMerge } from "../../core/ports/store.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import { coveringAtMost } from "../coverage.ts";
import { countOf, mergedPlaces, type Move } from "../merged-places.ts";
import { emptyHead, headToWrite, putHead, type Head } from "./head.ts";
import { memoryVersion, putMemory } from "./remember.ts";
import { movedStarts, moveEntries, putStarts } from "./renumber.ts";

/** Brings the entries of one conversation into another, each with the name of the merge by which it came. */
export function merge(db: SqlConnection, args: StoreMerge): { readonly kind: "merged" } | { readonly kind: "stale" } {
  const { tenant, mergeId } = args;
  const into = headToWrite(db, { tenant, subjectId: args.into }) ?? emptyHead;
  const from = headToWrite(db, { tenant, subjectId: args.from }) ?? emptyHead;
  if (isDone(db, args)) return { kind: "merged" };
  if (!isAsRead(db, args, { into, from })) return { kind: "stale" };

  const places = mergedPlaces(args);
  const starts = [...movedStarts(db, args.into, places.into), ...movedStarts(db, args.from, places.from)];
  moveEntries(db, args.into, places.into.toReversed());
  copyEntries(db, args, places.from);
  db.run(
    `INSERT INTO store_turns (subject_id, turn_id, settlement, origin)
     SELECT ?, turn_id, settlement, ? FROM store_turns WHERE subject_id = ? ON CONFLICT DO NOTHING`,
    args.into,
    mergeId,
    args.from,
  );
  const [seq, turns] = [into.seq + from.seq, into.turns + from.turns];
  putStarts(db, args.into, { turns, starts });
  putMemory(db, args.into, coveringAtMost(args.memory, seq));
  putHead(
    db,
    { tenant, subjectId: args.into },
    {
      fence: Math.max(into.fence, from.fence),
      seq,
      turns,
      session: into.session ?? from.session,
    },
  );
  const sql = `INSERT INTO store_merges (merge_id, into_id, from_id, seq, turns) VALUES (?, ?, ?, ?, ?)`;
  db.run(sql, mergeId, args.into, args.from, from.seq, from.turns);
  return { kind: "merged" };
}

function isDone(db: SqlConnection, { mergeId }: StoreMerge): boolean {
  return db.get(`SELECT 1 FROM store_merges WHERE merge_id = ?`, mergeId) !== undefined;
}

/** Whether nothing was added, trimmed or learnt since the two were read. */
function isAsRead(db: SqlConnection, args: StoreMerge, heads: { readonly into: Head; readonly from: Head }): boolean {
  return (["into", "from"] as const).every(
    (whose) =>
      heads[whose].seq === args.seqs[whose] &&
      memoryVersion(db, args[whose]) === args.versions[whose] &&
      entryCount(db, args[whose]) === countOf(args.order, whose),
  );
}

function entryCount(db: SqlConnection, subjectId: SubjectId): number {
  const sql = `SELECT count(*) AS entries FROM store_entries WHERE subject_id = ?`;
  return db.get<{ readonly entries: number }>(sql, subjectId)?.entries ?? 0;
}

function copyEntries(db: SqlConnection, args: StoreMerge, moves: readonly Move[]): void {
  for (const { before, after } of moves) {
    const sql = `INSERT INTO store_entries (subject_id, seq, turn_id, at, item, origin)
       SELECT ?, ?, turn_id, at, item, ? FROM store_entries WHERE subject_id = ? AND seq = ?`;
    db.run(sql, args.into, after, args.mergeId, args.from, before);
  }
}
