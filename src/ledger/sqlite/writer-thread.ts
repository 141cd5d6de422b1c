import { DatabaseSync } from "node:sqlite";
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import type { Operations, SqlConnection, WriterPart } from "../../core/ports/writer.ts";
import { runCalls, type Call, type Workbench } from "./batch.ts";
import { sqlConnection } from "./connection.ts";
import { failureOf } from "./failure.ts";
import { migrate } from "./migrate.ts";
import type { ToMain, ToThread, WriterSetup } from "./wire.ts";

// The thread that owns the only writing connection. Everything that waits when it is free becomes one commit.

// The border between threads: the other side is `writer.ts`, which sends exactly this.
const setup = workerData as WriterSetup;

if (parentPort === null) throw new Error("the writer runs as a thread");
const port = parentPort;

try {
  serve(await open());
} catch (error) {
  const failure = failureOf(error);
  tell({ kind: "failed", failure });
  port.close();
}

async function open(): Promise<Workbench> {
  const database = new DatabaseSync(setup.file, { timeout: setup.busyMs });
  database.exec("PRAGMA journal_mode = WAL");
  database.exec("PRAGMA synchronous = FULL");
  database.exec("PRAGMA temp_store = MEMORY");
  database.exec("PRAGMA cache_size = -32768");
  // A checkpoint stops the writer for a moment: every 16 MB instead of every 4.
  database.exec("PRAGMA wal_autocheckpoint = 4000");
  // What is removed is overwritten, not only unlinked.
  database.exec("PRAGMA secure_delete = ON");
  const operations: Named = new Map();
  const alone: Named = new Map();
  for (const url of setup.parts) {
    // The border to a module named by URL: every part's module exports this.
    const { part } = (await import(url)) as { readonly part: WriterPart };
    await migrate(database, part);
    keepNamed(operations, part.name, part.operations);
    keepNamed(alone, part.name, part.alone ?? {});
  }
  if (setup.maxPageCount !== undefined) database.exec(`PRAGMA max_page_count = ${Math.trunc(setup.maxPageCount)}`);
  return { database, db: sqlConnection(database), operations, alone };
}

type Named = Map<string, (db: SqlConnection, args: unknown) => unknown>;

function keepNamed(into: Named, part: string, operations: Operations): void {
  for (const [name, operation] of Object.entries(operations)) {
    // Each caller's arguments were checked against this very table when they were compiled.
    into.set(`${part}.${name}`, operation as (db: SqlConnection, args: unknown) => unknown);
  }
}

function serve(bench: Workbench): void {
  port.on("message", (first: ToThread) => {
    const calls: Call[] = [];
    let closing = false;
    for (let message: ToThread | undefined = first; message !== undefined; message = next()) {
      if (message.kind === "close") closing = true;
      else calls.push(...message.calls);
    }
    for (const answers of runCalls(bench, calls)) tell({ kind: "answers", answers });
    if (!closing) return;
    bench.database.close();
    port.close();
  });
  tell({ kind: "ready" });
}

function next(): ToThread | undefined {
  // The border between threads: the other side is `writer.ts`, which sends exactly this.
  const received: { readonly message: ToThread } | undefined = receiveMessageOnPort(port);
  return received?.message;
}

function tell(message: ToMain): void {
  port.postMessage(message);
}
