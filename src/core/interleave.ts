import type { Entry } from "./item.ts";

/** One of two conversations that become one: the one that stays, and the one that becomes part of it. */
export type Origin = "into" | "from";

/**
 * In which order two conversations become one: by time, and at the same time what stays goes first. Each keeps its own
 * order, even where its clock went back; so a turn, whose entries have one time, stays in one piece.
 */
export function interleave(into: readonly Pick<Entry, "at">[], from: readonly Pick<Entry, "at">[]): readonly Origin[] {
  const order: Origin[] = [];
  let i = 0;
  let j = 0;
  while (i < into.length || j < from.length) {
    const a = into[i]?.at ?? Number.POSITIVE_INFINITY;
    const b = from[j]?.at ?? Number.POSITIVE_INFINITY;
    const intoNext = i < into.length && (a <= b || j >= from.length);
    order.push(intoNext ? "into" : "from");
    if (intoNext) i += 1;
    else j += 1;
  }
  return order;
}
