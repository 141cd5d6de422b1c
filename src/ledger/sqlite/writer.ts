import { Worker } from "node:worker_threads";
import { ContinuoError } from "../../core/errors.ts";
import type { Operations, Writer, WriterCalls } from "../../core/ports/writer.ts";
import type { Answer, Call } from "./batch.ts";
import type { Failure } from "./failure.ts";
import type { ToMain, ToThread, WriterSetup } from "./wire.ts";

/** A writer that has a thread to end: disposing it lets what waits be committed first. */
export interface ThreadWriter extends Writer, AsyncDisposable {}

interface Waiter {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: ContinuoError) => void;
}

/**
 * Starts the writer thread and brings the tables up to date. Rejects with `ledger_unavailable` when the file cannot be
 * opened or was written by a newer program. `onFatal` is told when the disk failed or the thread died: what is on the
 * disk is unknown then, and the process should end.
 */
export async function openWriter(setup: WriterSetup, onFatal: (error: ContinuoError) => void): Promise<ThreadWriter> {
  const worker = new Worker(threadUrl(), { workerData: setup });
  const waiting = new Map<number, Waiter>();
  let unsent: Call[] = [];
  let nextId = 1;
  let ended: ContinuoError | undefined;

  let closing: Promise<void> | undefined;
  const exited = new Promise<void>((resolve) => {
    worker.once("exit", () => {
      resolve();
    });
  });
  await started(worker);
  worker.on("message", (message: ToMain) => {
    if (message.kind === "answers") message.answers.forEach(take);
  });
  worker.once("exit", () => {
    end(new ContinuoError("ledger_unavailable", "the writer thread ended by itself"));
  });
  worker.on("error", (cause) => {
    end(new ContinuoError("ledger_unavailable", "the writer thread died", { cause }));
  });

  function take(answer: Answer): void {
    const waiter = waiting.get(answer.id);
    waiting.delete(answer.id);
    if (answer.ok) {
      waiter?.resolve(answer.result);
      return;
    }
    const error = errorOf(answer.failure);
    waiter?.reject(error);
    if (answer.failure.fatal) end(error);
  }

  function end(error: ContinuoError): void {
    if (ended !== undefined) return;
    ended = error;
    for (const waiter of waiting.values()) waiter.reject(error);
    waiting.clear();
    onFatal(error);
  }

  function call(name: string, args: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (ended !== undefined) {
        reject(new ContinuoError("ledger_unavailable", "the ledger is closed", { cause: ended }));
        return;
      }
      const id = nextId;
      nextId += 1;
      waiting.set(id, { resolve, reject });
      // Everything that is asked for in the same breath crosses to the thread in one message.
      if (unsent.length === 0) setImmediate(send);
      unsent.push({ id, name, args });
    });
  }

  function send(): void {
    const calls = unsent;
    unsent = [];
    tell(worker, { kind: "calls", calls });
  }

  async function close(): Promise<void> {
    if (ended !== undefined) {
      await worker.terminate();
      return;
    }
    if (unsent.length > 0) send();
    ended = new ContinuoError("ledger_unavailable", "the ledger was closed");
    tell(worker, { kind: "close" });
    await exited;
  }

  return {
    calls<Ops extends Operations>(part: string): WriterCalls<Ops> {
      // The border between threads: the thread runs exactly the operation that this name stands for in the type.
      return (name, args) => call(`${part}.${name}`, args) as Promise<ReturnType<Ops[typeof name]>>;
    },
    [Symbol.asyncDispose](): Promise<void> {
      closing ??= close();
      return closing;
    },
  };
}

/** Sources run as TypeScript, the published package as JavaScript. */
function threadUrl(): URL {
  return new URL(import.meta.url.endsWith(".ts") ? "./writer-thread.ts" : "./writer-thread.js", import.meta.url);
}

function started(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    function ended(): void {
      reject(new ContinuoError("ledger_unavailable", "the writer thread ended before it was ready"));
    }
    worker.once("error", reject);
    worker.once("exit", ended);
    worker.once("message", (message: ToMain) => {
      worker.off("error", reject);
      worker.off("exit", ended);
      if (message.kind === "failed") reject(errorOf(message.failure));
      else resolve();
    });
  });
}

function tell(worker: Worker, message: ToThread): void {
  worker.postMessage(message);
}

function errorOf(failure: Failure): ContinuoError {
  return new ContinuoError(failure.code, failure.message);
}
