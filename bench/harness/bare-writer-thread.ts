import { DatabaseSync, type StatementSync } from "node:sqlite";
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import type { BareWriterSetup, Commit } from "./bare-writer.ts";

// The thread of the bare writer: everything that waits becomes one transaction and one answer.

// The border between threads: the other side is `bare-writer.ts`.
const setup = workerData as BareWriterSetup;
if (parentPort === null) throw new Error("the writer runs as a thread");
const port = parentPort;

const database = new DatabaseSync(setup.file);
database.exec("PRAGMA journal_mode = WAL");
database.exec("PRAGMA synchronous = FULL");
database.exec("PRAGMA temp_store = MEMORY");
database.exec("PRAGMA cache_size = -32768");
database.exec("PRAGMA wal_autocheckpoint = 4000");
for (const table of setup.tables) database.exec(table);
const statements = new Map<string, StatementSync>();
for (const [name, sql] of Object.entries(setup.statements)) statements.set(name, database.prepare(sql));
const begin = database.prepare("BEGIN IMMEDIATE");
const commit = database.prepare("COMMIT");

port.on("message", (first: readonly Commit[]) => {
  const ids: number[] = [];
  begin.run();
  for (let commits: readonly Commit[] | undefined = first; commits !== undefined; commits = next()) {
    for (const { id, writes } of commits) {
      for (const [name, ...values] of writes) statements.get(name)?.run(...values);
      ids.push(id);
    }
  }
  commit.run();
  port.postMessage(ids);
});
port.postMessage("ready");

function next(): readonly Commit[] | undefined {
  // The border between threads: the other side is `bare-writer.ts`.
  const received: { readonly message: readonly Commit[] } | undefined = receiveMessageOnPort(port);
  return received?.message;
}
