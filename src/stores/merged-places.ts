import { ContinuoError } from "../core/errors.ts";
import type { StoreMerge } from "../core/ports/store.ts";

/** An entry's place before and after it moved. */
export interface Move {
  readonly before: number;
  readonly after: number;
}

/** Where the entries of both conversations of a merge come to lie, each conversation's in its own order. */
export function mergedPlaces(request: Pick<StoreMerge, "seqs" | "order">): {
  readonly into: readonly Move[];
  readonly from: readonly Move[];
} {
  const { seqs, order } = request;
  const moves: Record<"into" | "from", Move[]> = { into: [], from: [] };
  const next = { into: seqs.into - countOf(order, "into"), from: seqs.from - countOf(order, "from") };
  let after = seqs.into + seqs.from - order.length;
  for (const whose of order) {
    after += 1;
    next[whose] += 1;
    moves[whose].push({ before: next[whose], after });
  }
  return moves;
}

/** One conversation is no two: that they are is found out before a store is asked. */
export function refuseItself({ into, from }: Pick<StoreMerge, "into" | "from">): void {
  if (into === from) throw new ContinuoError("bad_request", "a conversation cannot be merged with itself");
}

/** How many entries of one of the two an order names. */
export function countOf(order: StoreMerge["order"], whose: "into" | "from"): number {
  return order.filter((each) => each === whose).length;
}
