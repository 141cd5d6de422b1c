import type { SessionId, SubjectRef } from "../../core/ids.ts";
import type { Origin } from "../../core/interleave.ts";
import type { Entry } from "../../core/item.ts";
import type { Memory } from "../../core/memory.ts";
import type { ConversationStore } from "../../core/ports/store.ts";

/** A conversation as a whole. */
export interface WholeConversation {
  readonly entries: readonly Entry[];
  /** Place of the last entry. */
  readonly seq: number;
  /** The session of the last addition. */
  readonly session: SessionId | undefined;
  readonly memory: Memory;
}

const AT_ONCE = 500;

/** Reads a conversation whole, a page at a time. */
export async function readWhole(store: ConversationStore, who: SubjectRef): Promise<WholeConversation> {
  const { seq, session, memory } = await store.load(who, { turns: 0 });
  const entries: Entry[] = [];
  for (let after = 0; after < seq;) {
    const page = await store.page(who, { afterSeq: after, limit: AT_ONCE });
    // What was added since the first line is not read, so that all of it is of one moment.
    entries.push(...page.filter((entry) => entry.seq <= seq));
    after = page.at(-1)?.seq ?? seq;
  }
  return { entries, seq, session, memory };
}

/** Where the entries of two conversations stand once they are one, in an order. */
export function placesIn(
  both: Readonly<Record<Origin, Pick<WholeConversation, "entries" | "seq">>>,
  order: readonly Origin[],
): (origin: Origin, seq: number) => number {
  const places: Readonly<Record<Origin, Map<number, number>>> = { into: new Map(), from: new Map() };
  const next: Record<Origin, number> = { into: 0, from: 0 };
  let place = both.into.seq + both.from.seq - order.length;
  for (const origin of order) {
    place += 1;
    const entry = both[origin].entries[next[origin]];
    next[origin] += 1;
    if (entry !== undefined) places[origin].set(entry.seq, place);
  }
  return (origin, seq) => places[origin].get(seq) ?? 0;
}
