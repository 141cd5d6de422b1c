import type { DatabaseSync } from "node:sqlite";
import type { SqlConnection } from "../../core/ports/writer.ts";
import { failureOf, type Failure } from "./failure.ts";

/** One operation that waits for its commit, by name (`part.operation`). */
export interface Call {
  readonly id: number;
  readonly name: string;
  readonly args: unknown;
}

/** What became of one call. */
export type Answer =
  | { readonly id: number; readonly ok: true; readonly result: unknown }
  | { readonly id: number; readonly ok: false; readonly failure: Failure };

type Runnable = (db: SqlConnection, args: unknown) => unknown;

/** The writing connection with what may be run on it. */
export interface Workbench {
  readonly database: DatabaseSync;
  readonly db: SqlConnection;
  readonly operations: ReadonlyMap<string, Runnable>;
  /** Those that run outside of any transaction. */
  readonly alone: ReadonlyMap<string, Runnable>;
}

/** Runs calls: first those that can be, together in one transaction, then the others one by one, each with its answer. */
export function* runCalls(bench: Workbench, calls: readonly Call[]): Generator<readonly Answer[]> {
  const together = calls.filter((call) => !bench.alone.has(call.name));
  if (together.length > 0) yield runBatch(bench, together);
  for (const call of calls) {
    if (bench.alone.has(call.name)) yield runAlone(bench, call);
  }
}

function runAlone(bench: Workbench, call: Call): readonly Answer[] {
  try {
    return [{ id: call.id, ok: true, result: run(bench.alone, bench, call) }];
  } catch (error) {
    return failed([call], error);
  }
}

/**
 * Runs calls in one transaction. One that throws leaves nothing behind and fails alone; a commit that fails fails them
 * all. Nothing is answered before the commit is on the disk.
 */
function runBatch(bench: Workbench, calls: readonly Call[]): readonly Answer[] {
  try {
    // The usual way is without savepoints, which cost as much as a small operation; they are for the batch in which
    // something threw, which is run again from the start.
    return inTransaction(bench, () =>
      calls.map((call) => ({ id: call.id, ok: true, result: run(bench.operations, bench, call) })),
    );
  } catch (error) {
    if (calls.length === 1 || failureOf(error).fatal) return failed(calls, error);
  }
  try {
    return inTransaction(bench, () => calls.map((call) => apart(bench, call)));
  } catch (error) {
    return failed(calls, error);
  }
}

function inTransaction(bench: Workbench, work: () => readonly Answer[]): readonly Answer[] {
  bench.db.run("BEGIN IMMEDIATE");
  try {
    const answers = work();
    bench.db.run("COMMIT");
    return answers;
  } catch (error) {
    // Some errors (disk full, I/O) have rolled the transaction back already.
    if (bench.database.isTransaction) bench.db.run("ROLLBACK");
    throw error;
  }
}

function apart(bench: Workbench, call: Call): Answer {
  bench.db.run("SAVEPOINT operation");
  try {
    const result = run(bench.operations, bench, call);
    bench.db.run("RELEASE operation");
    return { id: call.id, ok: true, result };
  } catch (error) {
    if (!bench.database.isTransaction) throw error;
    bench.db.run("ROLLBACK TO operation");
    bench.db.run("RELEASE operation");
    return { id: call.id, ok: false, failure: failureOf(error) };
  }
}

function run(operations: ReadonlyMap<string, Runnable>, bench: Workbench, call: Call): unknown {
  const operation = operations.get(call.name);
  if (operation === undefined) throw new Error(`no operation is called ${call.name}`);
  return operation(bench.db, call.args);
}

function failed(calls: readonly Call[], error: unknown): readonly Answer[] {
  const failure = failureOf(error);
  return calls.map((call) => ({ id: call.id, ok: false, failure }));
}
