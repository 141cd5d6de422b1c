import { ContinuoError } from "../../core/errors.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";

/**
 * Makes sure that nothing removed can still be read in the files. Removed rows are overwritten at once
 * (`secure_delete`), but pages that were rearranged before may still hold a copy in the space between their rows: only
 * writing the file anew leaves none. That takes about a second for 100 MB, in which nothing else is written.
 */
export function scrub(db: SqlConnection): void {
  // The copy may be as large as the file, so that it must not be made in memory, where temporary tables usually are.
  db.run("PRAGMA temp_store = FILE");
  try {
    db.run("VACUUM");
  } finally {
    db.run("PRAGMA temp_store = MEMORY");
  }
  const checkpoint = db.get<{ readonly busy: number }>("PRAGMA wal_checkpoint(TRUNCATE)");
  if (checkpoint?.busy === 0) return;
  throw new ContinuoError(
    "ledger_unavailable",
    "another program reads the database; it is scrubbed when that has ended",
  );
}
