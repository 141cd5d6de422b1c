import { ContinuoError, type ErrorCode } from "../core/errors.ts";
import type { ConversationStore } from "../core/ports/store.ts";
import type { SqlConnection, Writer } from "../core/ports/writer.ts";
import { refuseItself } from "./merged-places.ts";
import type { part } from "./sqlite/part.ts";
import { keptSettlement, loaded, memoryOf, pageOf, readSettlement } from "./sqlite/read.ts";

/** The URL of this store's part of the embedded database, for the writer that is to write it. */
export const sqliteStorePart: string = new URL(
  // Sources run as TypeScript, the published package as JavaScript.
  import.meta.url.endsWith(".ts") ? "./sqlite/part.ts" : "./sqlite/part.js",
  import.meta.url,
).href;

/**
 * The conversation store in the embedded database. It writes through a writer that was started with `sqliteStorePart`
 * and reads from a connection of its own thread; both belong to whoever opened them, and are not closed with it.
 */
export function openSqliteStore(database: {
  readonly writer: Writer;
  readonly read: SqlConnection;
}): ConversationStore {
  const { read } = database;
  const write = database.writer.calls<(typeof part)["operations"]>("store");
  return {
    load: (who, options) => reachable(async () => loaded(read, who, options)),
    settlementOf: (who, turnId) =>
      reachable(async () => {
        const kept = keptSettlement(read, who, turnId);
        return kept === undefined ? undefined : readSettlement(kept);
      }),
    raiseFence: ({ tenant, subjectId }, fence) => reachable(() => write("raiseFence", { tenant, subjectId, fence })),
    append: (record) =>
      reachable(async () => {
        const answer = await write("append", record);
        return answer.kind === "repeated" ? { ...answer, settlement: readSettlement(answer.settlement) } : answer;
      }),
    page: (who, options) => reachable(async () => pageOf(read, who, options)),
    memory: (who) => reachable(async () => memoryOf(read, who)),
    remember: ({ tenant, subjectId }, memory) => reachable(() => write("remember", { tenant, subjectId, memory })),
    trim: ({ tenant, subjectId }, { throughSeq }) => reachable(() => write("trim", { tenant, subjectId, throughSeq })),
    merge: (request) =>
      reachable(async () => {
        refuseItself(request);
        return await write("merge", request);
      }),
    split: (request) => reachable(() => write("split", request)),
    forget: ({ tenant, subjectId }) => reachable(() => write("forget", { tenant, subjectId })),
    async [Symbol.asyncDispose](): Promise<void> {},
  };
}

/** What the store says itself. */
const ownCodes: ReadonlySet<ErrorCode> = new Set(["store_corrupt", "not_found", "bad_request"]);

/** The ledger's troubles with the file are the store's as well, under the store's name. */
async function reachable<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof ContinuoError) || ownCodes.has(cause.code)) throw cause;
    throw new ContinuoError("store_unavailable", cause.message.slice(cause.code.length + 2), { cause });
  }
}
