import { DatabaseSync } from "node:sqlite";

/** How many rows of a ledger are still to be answered, recorded or sent; those over the limit wait for a turn and do not count. */
export function unfinished(file: string): number {
  using database = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
  const row = database
    .prepare(
      `SELECT (SELECT count(*) FROM inbox WHERE state IN ('pending', 'bound') AND treatment <> 'join') +
       (SELECT count(*) FROM outbox WHERE state IN ('waiting', 'sending', 'ambiguous')) AS open`,
    )
    .get();
  return Number(row?.["open"]);
}
