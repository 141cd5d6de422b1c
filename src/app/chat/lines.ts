import { ownMessageId } from "../../channels/web.ts";
import type { TurnId } from "../../core/ids.ts";
import type { Entry } from "../../core/item.ts";
import type { InboxRow } from "../../core/message.ts";
import type { OutboxRow } from "../../core/outbox.ts";
import type { ChatLine } from "../../http/chat-parts.ts";

/** A line, and the place of the entry it begins with. */
interface PlacedLine {
  readonly seq: number;
  readonly line: ChatLine;
}

/**
 * What was said, as the visitor reads it: a turn's answer is one line, what was spoken is as much as was heard, and
 * what nobody was to hear is left out. Turns are whole; `later` are entries that may correct these.
 */
export function linesOf(entries: readonly Entry[], later: readonly Entry[]): readonly PlacedLine[] {
  const heard = new Map<TurnId, string>();
  const unwanted = new Set<TurnId>();
  for (const { item } of [...entries, ...later]) {
    if (item.kind === "heard") heard.set(item.turnId, item.text);
    if (item.kind === "delivery" && item.status === "suppressed") unwanted.add(item.turnId);
  }
  const lines: PlacedLine[] = [];
  const answers = new Map<TurnId, number>();
  const counts = new Map<TurnId, number>();
  for (const entry of entries) {
    const { item, turnId } = entry;
    const n = counts.get(turnId) ?? 0;
    const line = lineOf(entry, n);
    if (line === undefined || (item.kind === "agent" && unwanted.has(turnId))) continue;
    const known = item.kind === "agent" ? answers.get(turnId) : undefined;
    const begun = known === undefined ? undefined : lines[known];
    if (known !== undefined && begun !== undefined) {
      // The messages of one reply are one text; the space between them belongs to the later one.
      lines[known] = { ...begun, line: { ...begun.line, text: begun.line.text + line.text } };
      continue;
    }
    if (item.kind === "agent") answers.set(turnId, lines.length);
    counts.set(turnId, n + 1);
    lines.push({ seq: entry.seq, line });
  }
  return lines
    .map(({ seq, line }) => ({ seq, line: { ...line, text: (textHeard(line, heard) ?? line.text).trim() } }))
    .filter(({ line }) => line.text !== "" || line.attachments !== undefined);
}

/** The visitor's messages that wait for their turn, without those that the record already holds. */
export function waitingLines(rows: readonly InboxRow[], said: readonly ChatLine[]): readonly ChatLine[] {
  const recorded = said.filter((line) => line.who === "customer" && line.channel === "web");
  return rows.flatMap(({ body, receivedAt }): readonly ChatLine[] => {
    if (body.kind !== "text" || body.channel !== "web") return [];
    // A turn is in the record a moment before its rows are done.
    const twin = recorded.findIndex((line) => line.at >= receivedAt && line.text === body.text.trim());
    if (twin >= 0) recorded.splice(twin, 1);
    if (twin >= 0) return [];
    return [{ id: ownMessageId(body.providerId), who: "customer", text: body.text, at: receivedAt, channel: "web" }];
  });
}

/** A reply that was sent to a visitor. */
export function lineOfRow(row: OutboxRow): ChatLine {
  return {
    id: row.id,
    who: "agent",
    text: row.body,
    at: row.createdAt,
    channel: row.channel,
    ...(row.turnId === undefined ? {} : { turn: row.turnId }),
  };
}

/** Places change when conversations are merged, turns do not: a line is named by its turn and counted within it. */
function lineOf({ turnId, at, item }: Entry, n: number): ChatLine | undefined {
  const line = { id: `${turnId}.${n}`, at };
  switch (item.kind) {
    case "customer":
      // Keys may be a secret; they were pressed for a machine and said nothing.
      if (item.keys === true) return undefined;
      return {
        ...line,
        who: "customer",
        text: item.text,
        channel: item.channel,
        ...(item.media === undefined ? {} : { attachments: item.media.length }),
      };
    case "agent":
      return { ...line, who: "agent", text: item.text, channel: item.channel, turn: turnId };
    case "operator":
      return { ...line, who: "operator", text: item.text, channel: item.channel };
    case "tool_call":
    case "tool_result":
    case "heard":
    case "delivery":
    case "note":
    case "session":
      return undefined;
  }
}

function textHeard(line: ChatLine, heard: ReadonlyMap<string, string>): string | undefined {
  return line.channel === "voice" && line.turn !== undefined ? heard.get(line.turn) : undefined;
}
