import type { SubjectRef } from "../../core/ids.ts";
import type { Entry } from "../../core/item.ts";
import type { OutboxRow } from "../../core/outbox.ts";
import type { ChatHistory, ChatLine, Visitor } from "../../http/chat-parts.ts";
import type { ChatDeskParts } from "./desk-parts.ts";
import { lineOfRow, linesOf, waitingLines } from "./lines.ts";

/** Entries are read in pages of this many: with tools about four for a line. */
const MOST_ENTRIES = 400;
const ENTRIES_PER_LINE = 4;
/** A reply is corrected by one of the next so many entries, if at all. */
const CORRECTED_WITHIN = 100;
/** So many rows of the outbox are looked at for what a visitor missed. */
const MOST_ROWS = 200;

/** Before every reply: who asks for what came after it gets all that can be told again. */
export const BEFORE_ALL = "0";

/** What was said: the last of it with what still waits, or a page of what came before. */
export async function readHistory(
  parts: Pick<ChatDeskParts, "ledger" | "store">,
  visit: { readonly who: SubjectRef; readonly visitor: Visitor },
  page: { readonly before?: number; readonly limit: number },
): Promise<Omit<ChatHistory, "state">> {
  const { who, visitor } = visit;
  const { before, limit } = page;
  // In this order, so that what moves on meanwhile is there twice rather than not at all.
  const waiting = before === undefined ? await parts.ledger.inbox.pending(who) : [];
  const rows = before === undefined ? await repliesTo(parts, who, visitor) : [];
  const entries = await parts.store.page(who, {
    limit: Math.min(MOST_ENTRIES, limit * ENTRIES_PER_LINE),
    ...(before === undefined ? {} : { beforeSeq: before }),
  });
  const later =
    before === undefined ? [] : await parts.store.page(who, { afterSeq: before - 1, limit: CORRECTED_WITHIN });
  const whole = wholeTurns(entries, limit * ENTRIES_PER_LINE);
  const said = linesOf(whole.entries, later);
  const shown = said.slice(-limit);
  const first = shown.length < said.length ? shown[0]?.seq : whole.before;
  const notices = rows
    .filter((row) => row.turnId === undefined && row.createdAt >= (shown[0]?.line.at ?? 0))
    .map(lineOfRow);
  const lines = shown.map(({ line }) => line);
  const unsaid = waitingLines(waiting, lines);
  const lastEventId = before === undefined ? { lastEventId: rows.at(-1)?.id ?? BEFORE_ALL } : {};
  return {
    lines: byTime([...lines, ...notices, ...unsaid]),
    ...(first === undefined ? {} : { before: first }),
    ...lastEventId,
  };
}

/** The replies that a visitor was sent after one of them, the oldest first, as far as they can be told again. */
export async function missedReplies(
  parts: Pick<ChatDeskParts, "ledger">,
  visit: { readonly who: SubjectRef; readonly visitor: Visitor },
  lastEventId: string,
): Promise<readonly OutboxRow[]> {
  const rows = await repliesTo(parts, visit.who, visit.visitor);
  const known = rows.findIndex((row) => row.id === lastEventId);
  // Ids made later sort later; within one reply only the rows' own order counts.
  return known >= 0 ? rows.slice(known + 1) : rows.filter((row) => row.id > lastEventId);
}

/** A place in the outbox changes when conversations are merged, the rows' ids and their order among a visitor's own do not. */
async function repliesTo(
  parts: Pick<ChatDeskParts, "ledger">,
  who: SubjectRef,
  visitor: Visitor,
): Promise<readonly OutboxRow[]> {
  const rows = await parts.ledger.outbox.of(who, { last: MOST_ROWS });
  return rows.filter((row) => row.channel === "web" && row.to === visitor.id && wasShown(row));
}

/** A row that is being sent may have been shown a moment ago. */
function wasShown({ state }: OutboxRow): boolean {
  return state === "sent" || state === "delivered" || state === "sending" || state === "ambiguous";
}

/** A full page may begin in the middle of a turn, which then belongs to the page before. */
function wholeTurns(
  entries: readonly Entry[],
  asked: number,
): { readonly entries: readonly Entry[]; readonly before: number | undefined } {
  const first = entries[0];
  if (first === undefined || entries.length < Math.min(MOST_ENTRIES, asked)) return { entries, before: undefined };
  const next = entries.findIndex((entry) => entry.turnId !== first.turnId);
  const kept = next < 0 ? entries : entries.slice(next);
  return { entries: kept, before: kept[0]?.seq };
}

function byTime(lines: readonly ChatLine[]): readonly ChatLine[] {
  return lines.toSorted((a, b) => a.at - b.at);
}
