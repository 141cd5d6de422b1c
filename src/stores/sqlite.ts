import { ContinuoError } from "../core/errors.ts";
import type { ConversationStore } from "../core/ports/store.ts";
import type { SqlConnection, Writer } from "../core/ports/writer.ts";
import type { part } from "./sqlite/part.ts";
import { conversationOf, entriesBetween, keptSettlement, readSettlement, windowStart } from "./sqlite/read.ts";

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
    load: (subjectId, { turns }) =>
      reachable(async () => {
        const conversation = conversationOf(read, subjectId);
        const from = windowStart(read, subjectId, { turns, of: conversation.turns });
        // Entries are only ever added, so what was added since the line above lies beyond `to`.
        return { ...conversation, entries: entriesBetween(read, subjectId, { from, to: conversation.seq }) };
      }),
    settlementOf: (subjectId, turnId) =>
      reachable(async () => {
        const kept = keptSettlement(read, subjectId, turnId);
        return kept === undefined ? undefined : readSettlement(kept);
      }),
    raiseFence: (subjectId, fence) => reachable(() => write("raiseFence", { subjectId, fence })),
    append: (record) =>
      reachable(async () => {
        const answer = await write("append", record);
        return answer.kind === "repeated" ? { ...answer, settlement: readSettlement(answer.settlement) } : answer;
      }),
    page: (subjectId, { beforeSeq, limit }) =>
      reachable(async () => {
        const { seq } = conversationOf(read, subjectId);
        const to = beforeSeq === undefined ? seq : Math.min(seq, beforeSeq - 1);
        return entriesBetween(read, subjectId, { from: to - limit + 1, to });
      }),
    forget: (subjectId) => reachable(() => write("forget", { subjectId })),
    async [Symbol.asyncDispose](): Promise<void> {},
  };
}

/** The ledger's troubles with the file are the store's as well, under the store's name. */
async function reachable<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof ContinuoError) || cause.code === "store_corrupt") throw cause;
    throw new ContinuoError("store_unavailable", cause.message.slice(cause.code.length + 2), { cause });
  }
}
