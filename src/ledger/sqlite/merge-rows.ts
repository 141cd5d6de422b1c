import { branded, type MergeId, type SubjectId, type SubjectRef, type TenantId } from "../../core/ids.ts";
import type { MergeRecord } from "../../core/ports/merges.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import { subjectKnownTo, type SubjectRow } from "./subjects.ts";

/** A merge's row. */
export interface MergeRow {
  readonly id: MergeId;
  readonly tenant: TenantId;
  readonly into_id: SubjectId;
  readonly from_id: SubjectId;
  readonly reason: string;
  readonly by_name: string;
  readonly at: number;
  readonly state: MergeRecord["state"];
  /** What has to be known to take it back, as `movedBy` reads it. */
  readonly moved: string;
}

/** What a merge changed that a split has to undo. */
export interface Moved {
  /** The address keys that came along. */
  readonly addresses: readonly string[];
  /** How the one that stays could be texted before. */
  readonly route: Pick<SubjectRow, "route_source" | "route">;
}

/** A merge by id. */
export function mergeById(db: SqlConnection, id: MergeId): MergeRow | undefined {
  return db.get(`SELECT * FROM merges WHERE id = ?`, id);
}

/** Keeps a merge. */
export function insertMerge(db: SqlConnection, row: MergeRow): void {
  db.run(
    `INSERT INTO merges (id, tenant, into_id, from_id, reason, by_name, at, state, moved) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    row.id,
    row.tenant,
    row.into_id,
    row.from_id,
    row.reason,
    row.by_name,
    row.at,
    row.state,
    row.moved,
  );
}

/** What a merge changed. */
export function movedBy(row: MergeRow): Moved {
  // This program wrote the JSON itself, from this type.
  return JSON.parse(row.moved) as Moved;
}

/** Writes that the store has done its part of a merge or a split. */
export function finishMerge(db: SqlConnection, args: { readonly mergeId: MergeId }): void {
  db.run(
    `UPDATE merges SET state = CASE state WHEN 'merging' THEN 'merged' ELSE 'split' END
     WHERE id = ? AND state IN ('merging', 'splitting')`,
    args.mergeId,
  );
}

/** Whether the store has still to bring a subject's conversation together with another, or to take the two apart. */
export function isBeingMerged(db: SqlConnection, subjectId: SubjectId): boolean {
  // Told which index, because it is as good as always empty, and this is asked before every turn.
  return (
    db.get(
      `SELECT 1 FROM merges INDEXED BY merges_unfinished WHERE state IN ('merging', 'splitting') AND (into_id = ?1 OR from_id = ?1)
       LIMIT 1`,
      subjectId,
    ) !== undefined
  );
}

/** Merges and splits whose store part is still to be done, the oldest first. */
export function unfinishedMerges(db: SqlConnection, limit: number): readonly MergeRecord[] {
  const sql = `SELECT * FROM merges WHERE state IN ('merging', 'splitting') ORDER BY at, id LIMIT ?`;
  return db.all<MergeRow>(sql, limit).map(mergeRecord);
}

/** What became part of a subject, directly or with another, and was not split off again, the newest first. */
export function mergesInto(db: SqlConnection, who: SubjectRef): readonly MergeRecord[] {
  const subject = subjectKnownTo(db, who);
  if (subject === undefined) return [];
  const sql = `SELECT * FROM merges WHERE into_id = ? AND state IN ('merging', 'merged')`;
  const rows = everybodyIn(db, subject.id).flatMap((id) => db.all<MergeRow>(sql, id));
  return rows.toSorted((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1)).map(mergeRecord);
}

/** A subject and all who became part of it, the subject itself first. */
export function everybodyIn(db: SqlConnection, subjectId: SubjectId): readonly SubjectId[] {
  const sql = `SELECT id FROM subjects WHERE merged_into IS NOT NULL AND merged_into = ? ORDER BY id`;
  const parts = db.all<{ readonly id: string }>(sql, subjectId);
  return [subjectId, ...parts.flatMap(({ id }) => everybodyIn(db, branded<SubjectId>(id)))];
}

/** A merge as the port gives it. */
export function mergeRecord(row: MergeRow): MergeRecord {
  return {
    id: row.id,
    tenant: row.tenant,
    into: row.into_id,
    from: row.from_id,
    reason: row.reason,
    by: row.by_name,
    at: row.at,
    state: row.state,
  };
}
