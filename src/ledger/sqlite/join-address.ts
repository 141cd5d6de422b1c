import { ContinuoError } from "../../core/errors.ts";
import type { SubjectId, SubjectRef } from "../../core/ids.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import { restoreOptOut } from "./kept-hashes.ts";
import { findSubject, subjectKnownTo } from "./subjects.ts";

/** Gives an address to a subject, unless it is somebody's already. */
export function joinAddress(
  db: SqlConnection,
  args: SubjectRef & { readonly addressKey: string; readonly alias?: string },
): SubjectId {
  const { tenant, addressKey, alias } = args;
  const subject = subjectKnownTo(db, args);
  if (subject === undefined) throw new ContinuoError("not_found", "the tenant has no such subject");
  const holder = findSubject(db, tenant, addressKey);
  if (holder !== undefined) return holder;
  db.run(`INSERT INTO addresses (tenant, address_key, subject_id) VALUES (?, ?, ?)`, tenant, addressKey, subject.id);
  restoreOptOut(db, { tenant, addressKey });
  if (alias !== undefined) {
    db.run(`UPDATE subjects SET alias = ? WHERE id = ? AND alias NOT GLOB 'phone_*'`, alias, subject.id);
  }
  return subject.id;
}
