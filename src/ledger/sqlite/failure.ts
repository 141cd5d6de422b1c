import { ContinuoError } from "../../core/errors.ts";

/** What a failed statement or commit means for those who wait for it. */
export interface Failure {
  readonly code: "ledger_unavailable" | "ledger_full" | "not_found" | "internal";
  readonly message: string;
  /** Nobody knows what is on the disk now: the process has to end and read it anew. */
  readonly fatal: boolean;
}

const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOTADB = 26;

/** Reads what SQLite told. Messages name the trouble and the remedy, never what was to be written. */
export function failureOf(error: unknown): Failure {
  if (error instanceof ContinuoError) {
    const message = error.message.slice(error.code.length + 2);
    return error.code === "not_found" ? { code: "not_found", message, fatal: false } : unavailable(message);
  }
  switch (primaryCode(error)) {
    case BUSY:
    case LOCKED:
      return unavailable("another program holds a write lock on the database; it is tried again with the next message");
    case FULL:
      return { code: "ledger_full", message: "the disk or the database's size limit is full; make room", fatal: false };
    case READONLY:
      return unavailable("the database cannot be written to; check the owner and mode of the data folder");
    case IOERR:
      return { code: "ledger_unavailable", message: "the disk failed while the database wrote to it", fatal: true };
    case CANTOPEN:
      return unavailable("the database file cannot be opened; check that the data folder exists and may be written to");
    case CORRUPT:
    case NOTADB:
      return unavailable("the database file is damaged; restore a backup, and keep the damaged file aside");
    case undefined:
    default:
      return { code: "internal", message: error instanceof Error ? error.message : String(error), fatal: false };
  }
}

/** SQLite's primary result code, without the extended part; undefined for any other error. */
function primaryCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error)) return undefined;
  return typeof error.errcode === "number" ? error.errcode & 0xff : undefined;
}

function unavailable(message: string): Failure {
  return { code: "ledger_unavailable", message, fatal: false };
}
