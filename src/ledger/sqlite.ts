import { randomUUID } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { ContinuoError } from "../core/errors.ts";
import type { Ledger } from "../core/ports/ledger.ts";
import type { SqlConnection, SqlValue, Writer } from "../core/ports/writer.ts";
import { sqlConnection } from "./sqlite/connection.ts";
import { failureOf } from "./sqlite/failure.ts";
import { migrationTable, schemaVersion } from "./sqlite/migrate.ts";
import { part, type alone, type operations } from "./sqlite/part.ts";
import { namedCommits, smallPorts } from "./sqlite/ports.ts";
import { openWriter } from "./sqlite/writer.ts";

/** How the embedded ledger is opened. */
export interface SqliteLedgerOptions {
  /** The database file; it is made when it is not there, its folder is not. */
  readonly file: string;
  /** One running program; a new one on every start. Lanes are taken in its name. */
  readonly holder?: string;
  /** URLs of modules that export further parts of the same file, such as the conversation store's. */
  readonly parts?: readonly string[];
  /** Told when the disk failed: nobody knows what was written, so the process should end, which is the default. */
  readonly onFatal?: (error: ContinuoError) => void;
  /** How long a write waits for another program's lock, in milliseconds. */
  readonly busyMs?: number;
  /** The largest size of the file in pages of 4 KB; no limit by default. */
  readonly maxPageCount?: number;
}

/** The ledger on the embedded database, and what a store in the same file needs. */
export interface SqliteLedger extends Ledger {
  readonly writer: Writer;
  /** A connection that only reads. */
  readonly read: SqlConnection;
  readonly holder: string;
}

/**
 * Opens the ledger on `node:sqlite`: one thread writes, this one only reads. Lock the data folder first
 * (`lockDataFolder`): whoever else holds a lane is taken for dead. Rejects with `ledger_unavailable` when the file
 * cannot be opened, is damaged, or was written by a newer program.
 */
export async function openSqliteLedger(options: SqliteLedgerOptions): Promise<SqliteLedger> {
  const { file, holder = randomUUID(), busyMs = 1_000, maxPageCount, onFatal = endProcess } = options;
  const parts = [partUrl(), ...(options.parts ?? [])];
  const writer = await openWriter(
    { file, parts, busyMs, ...(maxPageCount === undefined ? {} : { maxPageCount }) },
    onFatal,
  );
  const database = new DatabaseSync(file, { readOnly: true, timeout: busyMs });
  const read = guarded(sqlConnection(database));
  const write = writer.calls<typeof operations & typeof alone>("ledger");
  return {
    writer,
    read,
    holder,
    ...namedCommits(write, holder),
    ...smallPorts(write, { read, holder }),
    health: () => health(read, () => write("ping", undefined)),
    async [Symbol.asyncDispose](): Promise<void> {
      await writer[Symbol.asyncDispose]();
      if (database.isOpen) database.close();
    },
  };
}

/** A read that fails says so in the family's words. */
function guarded(db: SqlConnection): SqlConnection {
  return {
    get: <Row>(sql: string, ...values: readonly SqlValue[]) => guard(() => db.get<Row>(sql, ...values)),
    all: <Row>(sql: string, ...values: readonly SqlValue[]) => guard(() => db.all<Row>(sql, ...values)),
    run: (sql, ...values) => guard(() => db.run(sql, ...values)),
  };
}

function guard<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (cause) {
    throw new ContinuoError("ledger_unavailable", failureOf(cause).message, { cause });
  }
}

async function health(read: SqlConnection, ping: () => Promise<unknown>): ReturnType<Ledger["health"]> {
  const wanted = schemaVersion(part);
  try {
    const sql = `SELECT name FROM ${migrationTable(part.name)} ORDER BY name DESC LIMIT 1`;
    const schema = read.get<{ readonly name: string }>(sql)?.name ?? "none";
    await ping();
    if (schema === wanted) return { ok: true, schema };
    return { ok: false, schema, problem: `the database's schema is not this program's, ${wanted}` };
  } catch (error) {
    return { ok: false, schema: wanted, problem: error instanceof Error ? error.message : String(error) };
  }
}

/** Sources run as TypeScript, the published package as JavaScript. */
function partUrl(): string {
  return new URL(import.meta.url.endsWith(".ts") ? "./sqlite/part.ts" : "./sqlite/part.js", import.meta.url).href;
}

function endProcess(error: ContinuoError): void {
  process.stderr.write(`${error.message}; the process ends so that the database is read anew\n`);
  process.exit(1);
}
