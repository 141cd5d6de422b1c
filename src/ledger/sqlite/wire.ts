import type { Answer, Call } from "./batch.ts";
import type { Failure } from "./failure.ts";

/** What the writer thread is started with. */
export interface WriterSetup {
  readonly file: string;
  /** URLs of the modules that export a `part`. */
  readonly parts: readonly string[];
  /** How long a statement waits for another program's lock. */
  readonly busyMs: number;
  readonly maxPageCount?: number;
}

/** What the main thread tells the writer. */
export type ToThread = { readonly kind: "calls"; readonly calls: readonly Call[] } | { readonly kind: "close" };

/** What the writer tells the main thread: once whether it could start, then one message for each commit. */
export type ToMain =
  | { readonly kind: "ready" }
  | { readonly kind: "failed"; readonly failure: Failure }
  | { readonly kind: "answers"; readonly answers: readonly Answer[] };
