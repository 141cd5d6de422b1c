/** What a column of the embedded database holds. */
export type SqlValue = string | number | null;

/**
 * A connection to the embedded database. Statements are prepared once and kept by their text, so the text must be
 * constant: values are bound, never written into it. `Row` is the shape the statement is known to give.
 */
export interface SqlConnection {
  /** The first row, if there is one. */
  get<Row>(sql: string, ...values: readonly SqlValue[]): Row | undefined;
  /** All rows. */
  all<Row>(sql: string, ...values: readonly SqlValue[]): readonly Row[];
  /** Runs a statement and tells how many rows it changed. */
  run(sql: string, ...values: readonly SqlValue[]): number;
}

/**
 * What the writer runs as one piece: a plain synchronous function on the writing connection, whole or not at all.
 * Arguments and results cross a thread, so they are plain data.
 */
// Parameters are contravariant: `never` is what lets operations with any arguments stand in one table.
export type Operation = (db: SqlConnection, args: never) => unknown;

/** Operations by name. */
export type Operations = Readonly<Record<string, Operation>>;

/** A part of the embedded database: its operations, and the steps that make its tables. The writer imports its module, which exports it as `part`. */
export interface WriterPart {
  readonly name: string;
  readonly operations: Operations;
  /** Operations that run outside of any transaction, each by itself: what the database does to its own files. */
  readonly alone?: Operations;
  /** Statements by the step's name; steps run once, in the order of their names. */
  readonly migrations: Readonly<Record<string, readonly string[]>>;
}

/** The one writer of the embedded database. Calls that wait together are committed together. */
export interface Writer {
  /**
   * The operations of one part, each as a function that resolves once its effect is durable. Rejects with
   * `ledger_unavailable` or `ledger_full`, and then nothing of it was written.
   */
  calls<Ops extends Operations>(part: string): WriterCalls<Ops>;
}

/** A part's operations as the callers see them. */
export type WriterCalls<Ops extends Operations> = <Name extends keyof Ops & string>(
  name: Name,
  args: Parameters<Ops[Name]>[1],
) => Promise<ReturnType<Ops[Name]>>;
