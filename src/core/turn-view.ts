import { bridgeNote, bridgeOf, type Bridge } from "./bridge.ts";
import type { SessionId } from "./ids.ts";
import type { Entry, Item } from "./item.ts";
import type { ChannelName, InboxRow } from "./message.ts";
import type { BoundTurn } from "./turn-record.ts";
import { projectWindow, type WindowItem } from "./window.ts";

/** The item that begins a turn in another session than the one before it; none in a new conversation. */
export function sessionItems(turn: Pick<BoundTurn, "session">, last: SessionId | undefined): readonly Item[] {
  if (last === undefined || last === turn.session) return [];
  return [{ kind: "session", sessionId: turn.session }];
}

/** What a turn's model sees, and whether the customer came by another channel than before. */
export interface TurnView {
  readonly window: readonly WindowItem[];
  readonly bridge: Bridge | undefined;
  /** Entries of sessions that are over and that no summary covers yet. */
  readonly unsummarised: readonly Entry[];
}

/**
 * The model's view of a turn: the loaded past of this session, then what the turn brings. What was said in sessions
 * that are over is not in it; the memory tells of them.
 */
export function viewOf(
  loaded: { readonly entries: readonly Entry[]; readonly foldedThrough: number },
  turn: Pick<BoundTurn, "id" | "rows" | "session" | "sessionSince">,
  items: readonly Item[],
): TurnView {
  const past = loaded.entries;
  const channel = channelOf(turn.rows);
  const brought = items.map((item) => ({ turnId: turn.id, item }));
  const corrections = brought.filter(({ item }) => item.kind === "heard" || item.kind === "delivery");
  const begins = beginOf(past, turn);
  const said = { past: past.slice(0, begins), session: [...past.slice(begins), ...corrections] };
  const bridge = channel === undefined ? undefined : bridgeOf(said, channel);
  const window = projectWindow([...past.slice(begins), ...brought]);
  return {
    window: bridge === undefined ? window : withNote(window, bridgeNote(bridge)),
    bridge,
    unsummarised: past.slice(0, begins).filter((entry) => entry.seq > loaded.foldedThrough),
  };
}

/**
 * Where a session begins in the past. Its own mark says so; but a conversation that became part of this one may have
 * been going on before the mark was made, and its own marks mean nothing here, so the time counts as well.
 */
function beginOf(past: readonly Entry[], turn: Pick<BoundTurn, "session" | "sessionSince">): number {
  const since = past.findIndex((entry) => entry.at >= turn.sessionSince);
  const mark = past.findIndex(({ item }) => item.kind === "session" && item.sessionId === turn.session);
  const begins = [since, mark].filter((place) => place >= 0);
  return begins.length === 0 ? past.length : Math.min(...begins);
}

/** A window with a note before the first thing the customer said since, which are the window's last words of theirs. */
export function withNote(window: readonly WindowItem[], text: string): readonly WindowItem[] {
  let at = window.length;
  while (at > 0 && window[at - 1]?.kind !== "customer") at -= 1;
  while (at > 0 && window[at - 1]?.kind === "customer") at -= 1;
  return [...window.slice(0, at), { kind: "note", text }, ...window.slice(at)];
}

/** The channel of the last thing in a turn that the customer said. */
function channelOf(rows: readonly InboxRow[]): ChannelName | undefined {
  const body = rows.findLast(
    (row) => row.body.kind === "text" || row.body.kind === "speech" || row.body.kind === "keys",
  )?.body;
  if (body === undefined) return undefined;
  return body.kind === "text" ? body.channel : "voice";
}
