import { ContinuoError } from "../../core/errors.ts";
import type { SessionId, SubjectRef, TenantId } from "../../core/ids.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";

/** A conversation's row, as it is written. */
export interface Head {
  readonly fence: number;
  readonly seq: number;
  readonly turns: number;
  readonly session: SessionId | null;
}

/** The row of a conversation that is to be written to; undefined when it is new. Another tenant's throws `not_found`. */
export function headToWrite(db: SqlConnection, who: SubjectRef): Head | undefined {
  const sql = `SELECT tenant, fence, seq, turns, session FROM store_conversations WHERE subject_id = ?`;
  const row = db.get<Head & { readonly tenant: TenantId }>(sql, who.subjectId);
  if (row === undefined || row.tenant === who.tenant) return row;
  throw new ContinuoError("not_found", "the tenant has no such conversation");
}

/** Writes a conversation's row, whether it was there or not. */
export function putHead(db: SqlConnection, who: SubjectRef, head: Head): void {
  db.run(
    `INSERT INTO store_conversations (subject_id, tenant, fence, seq, turns, session) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (subject_id) DO UPDATE
     SET fence = excluded.fence, seq = excluded.seq, turns = excluded.turns, session = excluded.session`,
    who.subjectId,
    who.tenant,
    head.fence,
    head.seq,
    head.turns,
    head.session,
  );
}

/** The row of a conversation in which nothing was said. */
export const emptyHead: Head = { fence: 0, seq: 0, turns: 0, session: null };
