import { existsSync } from "node:fs";
import { access, constants, mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { ContinuoError } from "../core/errors.ts";
import type { Ledger, SubjectRecord } from "../core/ports/ledger.ts";
import type { ConversationStore } from "../core/ports/store.ts";
import { lockDataFolder } from "../ledger/data-folder.ts";
import { openSqliteLedger } from "../ledger/sqlite.ts";
import { keptSchema, schemaVersion } from "../ledger/sqlite/migrate.ts";
import { part as ledgerPart } from "../ledger/sqlite/part.ts";
import { openSqliteStore, sqliteStorePart } from "../stores/sqlite.ts";
import { part as storePart } from "../stores/sqlite/part.ts";
import type { Config, StateConfig } from "./config.ts";
import { whomMeant } from "./customers/whom.ts";

/** The state without the server: for looking at it, also while a server works on it. */
export interface OpenState extends AsyncDisposable {
  readonly ledger: Ledger;
  readonly store: ConversationStore;
}

/** Opens the state beside whatever server works on it; nobody's turns are touched. Rejects with `not_found` when there is none yet. */
export async function openBeside(state: StateConfig): Promise<OpenState> {
  if (!existsSync(state.sqlitePath)) throw nothingThere(state);
  for (const part of [ledgerPart, storePart]) {
    const schema = keptSchema(state.sqlitePath, part);
    if (schema === schemaVersion(part)) continue;
    throw new ContinuoError(
      "ledger_unavailable",
      `the database's ${part.name} has the schema ${schema ?? "of another program"}, and this version wants ${schemaVersion(part)}; stop the server and run migrate`,
    );
  }
  return open(state);
}

/** Opens the state alone, for changing it: rejects with `data_folder_in_use` when a server works on it. Brings the database to this version. */
export async function openAlone(state: StateConfig): Promise<OpenState> {
  await mkdir(state.dataDir, { recursive: true, mode: 0o700 });
  await using opening = new AsyncDisposableStack();
  // The database may lie elsewhere; a server holds both.
  for (const folder of new Set([resolve(state.dataDir), dirname(resolve(state.sqlitePath))])) {
    opening.use(await lockDataFolder(folder));
  }
  const { ledger, store } = opening.use(await open(state));
  const all = opening.move();
  return { ledger, store, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/**
 * Opens the state for short pieces of work: alone, or beside the server that works on it. Rejects with `not_found` when
 * there is none yet. Beside a server, only what is whole by itself in every commit may be done: the writers of both take
 * turns in the database, each commit sees the other's, and neither keeps rows in its memory from one to the next. Lanes
 * are left alone, because a server takes whoever else holds one for dead.
 */
export async function openWherever(state: StateConfig): Promise<OpenState & { readonly beside: boolean }> {
  if (!existsSync(state.sqlitePath)) throw nothingThere(state);
  try {
    return { ...(await openAlone(state)), beside: false };
  } catch (error) {
    if (!(error instanceof ContinuoError) || error.code !== "data_folder_in_use") throw error;
    return { ...(await openBeside(state)), beside: true };
  }
}

/** Brings the database to this version, alone: rejects with `data_folder_in_use` when a server works on it. Resolves with the schema's version. */
export async function migrateState(state: StateConfig): Promise<string> {
  await mkdir(state.dataDir, { recursive: true });
  await using opening = new AsyncDisposableStack();
  opening.use(await lockDataFolder(state.dataDir));
  const opened = opening.use(await open(state));
  const { ok, schema, problem } = await opened.ledger.health();
  if (!ok) throw new ContinuoError("ledger_unavailable", problem ?? "the database does not answer");
  return schema;
}

/** The tenant's subject that a person means: by its id, by its alias, or by a phone number in any spelling. */
export async function subjectMeant(
  ledger: Pick<Ledger, "subjects">,
  given: string,
  identity: Pick<Config["identity"], "tenant" | "defaultCountry">,
): Promise<SubjectRecord | undefined> {
  const meant = await whomMeant(ledger.subjects, identity, given);
  return meant.kind === "known" ? meant.subject : undefined;
}

/** Whether the next start, or `migrate`, brings the database to this version first; false when there is none. */
export function isOlder(state: StateConfig): boolean {
  if (!existsSync(state.sqlitePath)) return false;
  const kept = [ledgerPart, storePart].map((part) => ({ part, schema: keptSchema(state.sqlitePath, part) }));
  const known = kept.every(({ part, schema }) => schema !== undefined && Object.hasOwn(part.migrations, schema));
  return known && kept.some(({ part, schema }) => schema !== schemaVersion(part));
}

/** How the data folder stands. Rejects when it is there and cannot be written to. */
export async function folderState(state: StateConfig): Promise<"missing" | "free" | "in_use"> {
  if (!existsSync(state.dataDir)) return "missing";
  await access(state.dataDir, constants.W_OK);
  try {
    const lock = await lockDataFolder(state.dataDir);
    await lock[Symbol.asyncDispose]();
    return "free";
  } catch (error) {
    if (error instanceof ContinuoError && error.code === "data_folder_in_use") return "in_use";
    throw error;
  }
}

function nothingThere(state: StateConfig): ContinuoError {
  return new ContinuoError(
    "not_found",
    `there is no database at ${state.sqlitePath} yet; start the server first, or set DATA_DIR to where it is`,
  );
}

async function open(state: StateConfig): Promise<OpenState> {
  const ledger = await openSqliteLedger({ file: state.sqlitePath, parts: [sqliteStorePart] });
  return { ledger, store: openSqliteStore(ledger), [Symbol.asyncDispose]: () => ledger[Symbol.asyncDispose]() };
}
