import type { SubjectId } from "../../core/ids.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import type { Owner } from "../../core/turn-record.ts";
import { subjectById } from "./subjects.ts";

/** Who answers a subject now; the agent, also for somebody unknown. */
export function ownerOf(db: SqlConnection, subjectId: SubjectId): Owner {
  return subjectById(db, subjectId)?.owner ?? "agent";
}

/** Changes the owner if it is who the caller thinks it is. */
export function changeOwner(
  db: SqlConnection,
  args: { readonly subjectId: SubjectId; readonly from: Owner; readonly to: Owner },
): boolean {
  const sql = `UPDATE subjects SET owner = ? WHERE id = ? AND owner = ?`;
  return db.run(sql, args.to, args.subjectId, args.from) > 0;
}
