import type { SubjectRef, TenantId } from "../../core/ids.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";

/** Removes entries up to a place, with the settlements of turns of which nothing is left; how many entries. */
export function trim(db: SqlConnection, args: SubjectRef & { readonly throughSeq: number }): number {
  if (!isOf(db, args)) return 0;
  const { subjectId, throughSeq } = args;
  db.run(
    `DELETE FROM store_turns WHERE subject_id = ?1
     AND turn_id IN (SELECT turn_id FROM store_entries WHERE subject_id = ?1 AND seq <= ?2)
     AND turn_id NOT IN (SELECT turn_id FROM store_entries WHERE subject_id = ?1 AND seq > ?2)`,
    subjectId,
    throughSeq,
  );
  db.run(`DELETE FROM store_starts WHERE subject_id = ? AND first_seq <= ?`, subjectId, throughSeq);
  return db.run(`DELETE FROM store_entries WHERE subject_id = ? AND seq <= ?`, subjectId, throughSeq);
}

/** Removes a conversation with everything that belongs to it; how many entries, undefined when the tenant has none. */
export function forget(db: SqlConnection, args: SubjectRef): { readonly entries: number } | undefined {
  if (!isOf(db, args)) return undefined;
  const { subjectId } = args;
  const entries = db.run(`DELETE FROM store_entries WHERE subject_id = ?`, subjectId);
  db.run(`DELETE FROM store_turns WHERE subject_id = ?`, subjectId);
  db.run(`DELETE FROM store_starts WHERE subject_id = ?`, subjectId);
  db.run(`DELETE FROM store_memory WHERE subject_id = ?`, subjectId);
  db.run(`DELETE FROM store_merges WHERE into_id = ?1 OR from_id = ?1`, subjectId);
  db.run(`DELETE FROM store_conversations WHERE subject_id = ?`, subjectId);
  return { entries };
}

function isOf(db: SqlConnection, { tenant, subjectId }: SubjectRef): boolean {
  const sql = `SELECT tenant FROM store_conversations WHERE subject_id = ?`;
  return db.get<{ readonly tenant: TenantId }>(sql, subjectId)?.tenant === tenant;
}
