import type { MergeId, SubjectId } from "../../core/ids.ts";
import type { Memory } from "../../core/memory.ts";
import type { StoreMerge } from "../../core/ports/store.ts";
import { coveringAtMost } from "../coverage.ts";
import { countOf, mergedPlaces, type Move } from "../merged-places.ts";
import type { Conversation, KeptEntry } from "./conversation.ts";

/** What came with a merge: how many places and turn numbers, trimmed ones as well. */
export interface Merged {
  readonly into: SubjectId;
  readonly from: SubjectId;
  readonly seq: number;
  readonly turns: number;
}

/** The two conversations of a merge, or what came of it. */
interface Pair<Value> {
  readonly into: Value;
  readonly from: Value;
}

/** Whether nothing was added, trimmed or learnt since the two were read. */
export function isAsRead(request: StoreMerge, pair: Pair<Conversation>): boolean {
  return (["into", "from"] as const).every(
    (whose) =>
      pair[whose].seq === request.seqs[whose] &&
      pair[whose].memory.version === request.versions[whose] &&
      pair[whose].entries.length === countOf(request.order, whose),
  );
}

/** Brings the entries of one conversation into another, each with the name of the merge by which it came. */
export function merge(request: StoreMerge, { into, from }: Pair<Conversation>): Merged {
  const { mergeId, memory } = request;
  const moves = mergedPlaces(request);
  const came = from.entries.map(({ entry }) => ({ entry, origin: mergeId }));
  into.starts = inOrder([...movedStarts(into, moves.into), ...movedStarts(from, moves.from)]);
  into.entries = [...movedEntries(into.entries, moves.into), ...movedEntries(came, moves.from)].toSorted(
    (one, other) => one.entry.seq - other.entry.seq,
  );
  for (const [turnId, { settlement }] of from.settlements) {
    if (!into.settlements.has(turnId)) into.settlements.set(turnId, { settlement, origin: mergeId });
  }
  into.fence = Math.max(into.fence, from.fence);
  into.seq += from.seq;
  into.turns += from.turns;
  into.session ??= from.session;
  into.memory = { ...coveringAtMost(memory, into.seq), version: into.memory.version + 1 };
  return { into: request.into, from: request.from, seq: from.seq, turns: from.turns };
}

/** Takes the entries of a merge out again. */
export function split(
  into: Conversation,
  undone: { readonly mergeId: MergeId; readonly merged: Merged; readonly from: Conversation | undefined },
  memory: Memory,
): void {
  const { mergeId, merged, from } = undone;
  const left = into.entries.filter(({ origin }) => origin !== mergeId);
  into.seq -= merged.seq;
  into.turns -= merged.turns;
  const first = into.seq - left.length + 1;
  const moves = left.map(({ entry }, index) => ({ before: entry.seq, after: first + index }));
  into.starts = movedStarts(into, moves);
  into.entries = movedEntries(left, moves);
  for (const [turnId, { origin }] of into.settlements) if (origin === mergeId) into.settlements.delete(turnId);
  // A conversation that had no session took over that of the merged one.
  if (from !== undefined && from.session === into.session) into.session = undefined;
  into.memory = { ...coveringAtMost(memory, into.seq), version: into.memory.version + 1 };
}

/** Entries with their new places; the moves are theirs, in the same order. */
function movedEntries(entries: readonly KeptEntry[], moves: readonly Move[]): KeptEntry[] {
  return entries.map((kept, index) => ({
    ...kept,
    entry: { ...kept.entry, seq: moves[index]?.after ?? kept.entry.seq },
  }));
}

/** Where a conversation's turns begin once their first entries have moved; those that do not move are left out. */
function movedStarts(conversation: Conversation, moves: readonly Move[]): number[] {
  const starts = new Set(conversation.starts);
  return moves.filter(({ before }) => starts.has(before)).map(({ after }) => after);
}

function inOrder(places: readonly number[]): number[] {
  return places.toSorted((one, other) => one - other);
}
