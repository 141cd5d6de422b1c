import type { MergeId, SessionId, TenantId, TurnId } from "../../core/ids.ts";
import type { Entry } from "../../core/item.ts";
import type { Memory } from "../../core/memory.ts";
import type { Appended, LoadedConversation, TurnAppend } from "../../core/ports/store.ts";
import type { Settlement } from "../../core/turn-record.ts";

/** An entry, and the merge by which it came when it is another conversation's. */
export interface KeptEntry {
  readonly entry: Entry;
  readonly origin?: MergeId;
}

/** A conversation as this process holds it. */
export interface Conversation {
  readonly tenant: TenantId;
  fence: number;
  seq: number;
  turns: number;
  session: SessionId | undefined;
  memory: Memory;
  /** Those that were not trimmed: without gaps, the last one at `seq`. */
  entries: KeptEntry[];
  /** Places at which the last turns with the customer's words begin; those of trimmed ones are left out. */
  starts: number[];
  settlements: Map<TurnId, { readonly settlement: Settlement; readonly origin?: MergeId }>;
}

/** Entries from one place to another, both included. */
export function entriesBetween(conversation: Conversation, from: number, to: number): readonly Entry[] {
  const first = conversation.seq - conversation.entries.length + 1;
  const kept = conversation.entries.slice(Math.max(0, from - first), Math.max(0, to - first + 1));
  return kept.map(({ entry }) => entry);
}

/** The end of a conversation. */
export function endOf(
  conversation: Conversation,
  { turns, unfolded = 0 }: { readonly turns: number; readonly unfolded?: number },
): LoadedConversation {
  const { seq, fence, session, memory } = conversation;
  const start = startOf(conversation, turns);
  const earliest = startOf(conversation, turns + Math.max(0, unfolded));
  const from = Math.min(start, Math.max(memory.foldedThrough + 1, earliest));
  return { entries: entriesBetween(conversation, from, seq), seq, fence, turns: conversation.turns, session, memory };
}

/** Adds a turn's items and its settlement. */
export function append(conversation: Conversation, record: TurnAppend): Appended {
  const { turnId, at, items } = record;
  const kept = conversation.settlements.get(turnId);
  if (kept !== undefined) return { kind: "repeated", settlement: kept.settlement };
  if (record.fence < conversation.fence) return { kind: "fenced", fence: conversation.fence };
  const before = conversation.seq;
  if (record.expectedSeq !== before) return { kind: "stale", seq: before };
  conversation.fence = record.fence;
  conversation.session = record.session;
  conversation.settlements.set(turnId, { settlement: record.settlement });
  for (const item of items) {
    conversation.seq += 1;
    conversation.entries.push({ entry: { seq: conversation.seq, turnId, at, item } });
  }
  if (items.some((item) => item.kind === "customer")) {
    conversation.turns += 1;
    conversation.starts.push(before + 1);
  }
  return { kind: "appended", seq: conversation.seq };
}

/** Removes entries up to a place; how many. */
export function trim(conversation: Conversation, throughSeq: number): number {
  const gone = conversation.entries.filter(({ entry }) => entry.seq <= throughSeq);
  conversation.entries = conversation.entries.slice(gone.length);
  conversation.starts = conversation.starts.filter((start) => start > throughSeq);
  const left = new Set(conversation.entries.map(({ entry }) => entry.turnId));
  for (const { entry } of gone) if (!left.has(entry.turnId)) conversation.settlements.delete(entry.turnId);
  return gone.length;
}

/** Where the last `turns` turns with the customer's words begin; 1 when there are fewer, or when the first of them was trimmed. */
function startOf({ seq, turns: of, starts }: Conversation, turns: number): number {
  if (turns <= 0) return seq + 1;
  return of < turns ? 1 : (starts.at(-turns) ?? 1);
}
