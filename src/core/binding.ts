import type { InboxId } from "./ids.ts";
import type { InboxRow } from "./message.ts";

/** What choosing needs to know of a row. */
export type RowHead = Pick<InboxRow, "id" | "treatment" | "failures"> & { readonly kind: InboxRow["body"]["kind"] };

/** A row that failed this often together with others is tried alone. */
export const FAILURES_BEFORE_ALONE = 2;
/** A row that failed this often is given up: a person looks, and the customer is told. */
export const FAILURES_BEFORE_DEATH = 4;

/** A turn takes at most this many texts along; a flood is answered in portions, so that no model call grows without bound. */
export const MOST_ROWS = 50;

/**
 * Chooses, from a subject's pending rows in the order they came, those that make the next turn: a burst of texts is
 * one turn, anything else is a turn of its own, spoken words go first. Rows that are only recorded join whichever turn
 * comes, or make one by themselves; rows over the limit only ever join. A row that failed too often with others takes
 * nobody along: it is alone, and when nothing would be answered with it, it is last. Empty when there is nothing to do.
 */
export function chooseRows(pending: readonly RowHead[]): readonly InboxId[] {
  const answerable = pending.filter((row) => row.treatment === "answer");
  const first = answerable.find((row) => row.kind === "speech" || row.kind === "keys") ?? answerable[0];
  if (first !== undefined && isSuspect(first)) return [first.id];
  const recorded = pending.filter((row) => row.treatment === "record" && !isSuspect(row));
  if (first === undefined) {
    if (recorded.length > 0) return recorded.map((row) => row.id);
    // Nothing can be joined by it any more, so that even a row over the limit comes into the record by itself.
    return pending
      .filter(isSuspect)
      .slice(0, 1)
      .map((row) => row.id);
  }
  const chosen = new Set<InboxId>([...recorded, first].map((row) => row.id));
  if (first.kind === "text") {
    for (const row of pending) {
      if (chosen.size >= MOST_ROWS) break;
      const joins = row.treatment === "join" || (row.treatment === "answer" && row.kind === "text");
      if (joins && !isSuspect(row)) chosen.add(row.id);
    }
  }
  return pending.filter((row) => chosen.has(row.id)).map((row) => row.id);
}

function isSuspect(row: RowHead): boolean {
  return row.failures >= FAILURES_BEFORE_ALONE;
}
