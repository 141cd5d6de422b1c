import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import type { Kysely } from "kysely";
import { ContinuoError } from "../../core/errors.ts";
import type { WriterPart } from "../../core/ports/writer.ts";

/** The table in which a part's finished steps are written. */
export function migrationTable(part: string): string {
  return `${part}_migration`;
}

/** The name of a part's last step, which is the version of its schema. */
export function schemaVersion(part: WriterPart): string {
  return Object.keys(part.migrations).toSorted().at(-1) ?? "none";
}

/** The schema that a file holds of a part, without changing anything; undefined when it holds none. */
export function keptSchema(file: string, part: WriterPart): string | undefined {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const known = database.prepare(`SELECT 1 FROM sqlite_master WHERE name = ?`).get(migrationTable(part.name));
    if (known === undefined) return undefined;
    const last = database.prepare(`SELECT name FROM ${migrationTable(part.name)} ORDER BY name DESC LIMIT 1`).get();
    return typeof last?.["name"] === "string" ? last["name"] : undefined;
  } finally {
    database.close();
  }
}

/**
 * Brings a part's tables to this program's version. Rejects with `ledger_unavailable` when the file was written by a
 * newer program or a step fails; a failed step leaves nothing behind.
 */
export async function migrate(database: DatabaseSync, part: WriterPart): Promise<void> {
  const wanted = Object.keys(part.migrations).toSorted();
  const done = finishedSteps(database, migrationTable(part.name));
  const unknown = done.filter((step) => !wanted.includes(step));
  if (unknown.length > 0) {
    throw new ContinuoError(
      "ledger_unavailable",
      `the database has the schema step ${unknown.join(", ")} of ${part.name}, which this version does not know; start a version at least as new as the one that wrote it`,
    );
  }
  if (done.length < wanted.length) await runSteps(database, part);
}

/** Reads the finished steps without Kysely, so that an ordinary start need not load it. */
function finishedSteps(database: DatabaseSync, table: string): readonly string[] {
  const exists = database.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?").get(table);
  if (exists === undefined) return [];
  return database
    .prepare(`SELECT name FROM ${table} ORDER BY name`)
    .all()
    .map((row) => String(row["name"]));
}

async function runSteps(database: DatabaseSync, part: WriterPart): Promise<void> {
  const [{ CompiledQuery, Kysely: Database, SqliteDialect }, { Migrator }] = await Promise.all([
    import("kysely"),
    import("kysely/migration"),
  ]);
  const kysely = new Database<unknown>({ dialect: new SqliteDialect({ database: kyselyDatabase(database) }) });
  const steps = Object.entries(part.migrations).map(([name, statements]) => [
    name,
    {
      async up(transaction: Kysely<unknown>): Promise<void> {
        for (const statement of statements) await transaction.executeQuery(CompiledQuery.raw(statement));
      },
    },
  ]);
  const migrator = new Migrator({
    db: kysely,
    provider: { getMigrations: () => Promise.resolve(Object.fromEntries(steps)) },
    migrationTableName: migrationTable(part.name),
    migrationLockTableName: `${migrationTable(part.name)}_lock`,
  });
  // Kysely runs SQLite's steps outside of a transaction; a program that dies in the middle of one must leave nothing.
  database.exec("BEGIN IMMEDIATE");
  const { error, results } = await migrator.migrateToLatest();
  if (error === undefined) {
    database.exec("COMMIT");
    return;
  }
  // Some errors (disk full, I/O) have rolled the transaction back already.
  if (database.isTransaction) database.exec("ROLLBACK");
  if (error instanceof Error && "errcode" in error) throw error;
  const failed = results?.find((result) => result.status === "Error")?.migrationName ?? "the first";
  throw new ContinuoError("ledger_unavailable", `the schema step ${failed} of ${part.name} failed`, { cause: error });
}

/** What Kysely's SQLite dialect needs of a database. */
function kyselyDatabase(database: DatabaseSync) {
  return {
    // The connection belongs to the writer, which closes it.
    close(): void {},
    prepare(sql: string) {
      const statement = database.prepare(sql);
      return {
        reader: statement.columns().length > 0,
        all: (values: readonly unknown[]) => statement.all(...bindable(values)),
        run: (values: readonly unknown[]) => statement.run(...bindable(values)),
        iterate: (values: readonly unknown[]) => statement.iterate(...bindable(values)),
      };
    },
  };
}

function bindable(values: readonly unknown[]): readonly SQLInputValue[] {
  // Kysely types values as unknown; what reaches here are the migrator's own strings and numbers.
  return values as readonly SQLInputValue[];
}
