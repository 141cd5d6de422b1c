import type { SubjectRef } from "../../core/ids.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import type { Owner } from "../../core/turn-record.ts";
import { subjectKnownTo } from "./subjects.ts";

/** Who answers a subject now; the agent, also for somebody unknown. */
export function ownerOf(db: SqlConnection, who: SubjectRef): Owner {
  return subjectKnownTo(db, who)?.owner ?? "agent";
}

/** Changes the owner if it is who the caller thinks it is. */
export function changeOwner(
  db: SqlConnection,
  args: SubjectRef & { readonly from: Owner; readonly to: Owner },
): boolean {
  const subject = subjectKnownTo(db, args);
  if (subject?.owner !== args.from) return false;
  return db.run(`UPDATE subjects SET owner = ? WHERE id = ?`, args.to, subject.id) > 0;
}
