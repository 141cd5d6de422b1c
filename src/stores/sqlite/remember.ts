import type { SubjectId, SubjectRef } from "../../core/ids.ts";
import { LAST_FENCE } from "../../core/last-fence.ts";
import type { Memory } from "../../core/memory.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import { coveredThrough } from "../coverage.ts";
import { emptyHead, headToWrite, putHead } from "./head.ts";

/** Keeps what is known of a subject, if it still is what it was when it was read and what it covers is still there. */
export function remember(
  db: SqlConnection,
  args: SubjectRef & { readonly memory: Memory },
): { readonly kind: "kept"; readonly version: number } | { readonly kind: "stale" } {
  const { subjectId, memory } = args;
  const head = headToWrite(db, args);
  if (head?.fence === LAST_FENCE) return { kind: "stale" };
  if (memoryVersion(db, subjectId) !== memory.version || coveredThrough(memory) > (head?.seq ?? 0))
    return { kind: "stale" };
  if (head === undefined) putHead(db, args, emptyHead);
  return { kind: "kept", version: putMemory(db, subjectId, memory) };
}

/** The version of what is known of a subject; 0 when nothing is. */
export function memoryVersion(db: SqlConnection, subjectId: SubjectId): number {
  const sql = `SELECT version FROM store_memory WHERE subject_id = ?`;
  return db.get<{ readonly version: number }>(sql, subjectId)?.version ?? 0;
}

/** Keeps what is known of a subject, whatever it was; its new version. */
export function putMemory(db: SqlConnection, subjectId: SubjectId, memory: Memory): number {
  const version = memoryVersion(db, subjectId) + 1;
  db.run(
    `INSERT INTO store_memory (subject_id, version, body) VALUES (?, ?, ?)
     ON CONFLICT (subject_id) DO UPDATE SET version = excluded.version, body = excluded.body`,
    subjectId,
    version,
    JSON.stringify(memory),
  );
  return version;
}
