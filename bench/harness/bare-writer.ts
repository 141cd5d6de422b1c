import { once } from "node:events";
import { Worker } from "node:worker_threads";

/** One statement by its name, with its values. */
export type Write = readonly [statement: string, ...values: (string | number | null)[]];

/** What the thread is told: one commit that somebody waits for. */
export interface Commit {
  readonly id: number;
  readonly writes: readonly Write[];
}

/** What the thread is started with. */
export interface BareWriterSetup {
  readonly file: string;
  /** Run once, to make the tables. */
  readonly tables: readonly string[];
  /** By name. */
  readonly statements: Readonly<Record<string, string>>;
}

/** Writes rows and resolves once they are on the disk. Commits that wait together are one transaction. */
export type BareWriter = (writes: readonly Write[]) => Promise<void>;

/** Starts a thread with one connection (WAL, `synchronous=FULL`): the least that makes rows durable without blocking the main thread. */
export async function openBareWriter(setup: BareWriterSetup): Promise<BareWriter> {
  const worker = new Worker(new URL("bare-writer-thread.ts", import.meta.url), { workerData: setup });
  const waiting = new Map<number, () => void>();
  let unsent: Commit[] = [];
  let last = 0;
  await once(worker, "message");
  worker.on("message", (ids: readonly number[]) => {
    for (const id of ids) {
      waiting.get(id)?.();
      waiting.delete(id);
    }
  });
  return (writes) =>
    new Promise((resolve) => {
      last += 1;
      waiting.set(last, resolve);
      // Everything that is asked for in the same breath crosses to the thread in one message.
      if (unsent.length === 0) setImmediate(send);
      unsent.push({ id: last, writes });
    });

  function send(): void {
    worker.postMessage(unsent);
    unsent = [];
  }
}
