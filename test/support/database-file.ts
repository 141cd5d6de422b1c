import { DatabaseSync } from "node:sqlite";
import type { EventName } from "../../src/core/events.ts";

/** One event as the ledger's file holds it. */
export interface KeptEvent {
  readonly seq: number;
  readonly name: EventName;
  readonly subject: string | undefined;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Every event that a ledger's file holds, in order. */
export function keptEvents(file: string): readonly KeptEvent[] {
  const rows = rowsIn(file, "SELECT seq, name, subject_id, detail FROM events ORDER BY seq");
  return rows.map(({ seq, name, subject_id: subject, detail }) => ({
    seq: Number(seq),
    // The ledger writes no other names.
    name: String(name) as EventName,
    subject: typeof subject === "string" ? subject : undefined,
    detail: typeof detail === "string" ? JSON.parse(detail) : {},
  }));
}

/** What a statement gives, read from the file while a server may work on it. */
export function rowsIn(file: string, sql: string): readonly Readonly<Record<string, unknown>>[] {
  using database = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
  return database.prepare(sql).all();
}

/**
 * Sees to it that a write cannot be made, so that a server comes as far as that and no further: nothing of the
 * statement stays, and whoever asked for it is told of a failure. `write` is a trigger's head, such as
 * `BEFORE INSERT ON events`.
 */
export function jam(file: string, write: string): void {
  change(file, `CREATE TRIGGER jammed ${write} BEGIN SELECT RAISE(ABORT, 'jammed'); END`);
}

/** Lets the write be made again. */
export function unjam(file: string): void {
  change(file, "DROP TRIGGER jammed");
}

/**
 * Lets time pass for a server that is not running. The clock of a real process cannot be put forward, so that what the
 * file knows of the past, and what it has set for later, is put back instead.
 */
export function letTimePass(file: string, ms: number): void {
  using database = new DatabaseSync(file, { timeout: 5_000 });
  database.exec("BEGIN IMMEDIATE");
  for (const sql of [
    "UPDATE subjects SET last_active_at = last_active_at - ?",
    "UPDATE sessions SET started_at = started_at - ?1, last_active_at = last_active_at - ?1, ended_at = ended_at - ?1",
    "UPDATE timers SET due_at = due_at - ?",
  ]) {
    database.prepare(sql).run(ms);
  }
  database.exec("COMMIT");
}

/**
 * Keeps the files of a killed server as they are while a test looks at them and changes rows: whoever closes a database
 * last empties its log, which would tidy up what the next start is to find.
 */
export function leaveAsIs(file: string): Disposable {
  const database = new DatabaseSync(file, { readOnly: true });
  // A connection counts from its first statement on.
  database.prepare("SELECT count(*) FROM sqlite_master").get();
  return { [Symbol.dispose]: () => database.close() };
}

function change(file: string, sql: string): void {
  using database = new DatabaseSync(file, { timeout: 5_000 });
  database.exec(sql);
}
