import type { SessionId } from "./ids.ts";
import type { Entry } from "./item.ts";
import type { SessionRecord } from "./session.ts";

/** What is to be folded next. */
export type FoldPlan =
  | {
      readonly kind: "fold";
      /** Whole turns of one session, in order. */
      readonly entries: readonly Entry[];
      /** The session they belong to; undefined when nobody knows. */
      readonly session: SessionId | undefined;
      /** Whether the session is over. */
      readonly closes: boolean;
      /** Whether so many wait that the window cannot show all of them any more. */
      readonly pressing: boolean;
    }
  /** Everything of a session that is over is folded, and its summary is no episode yet. */
  | { readonly kind: "close"; readonly session: SessionId };

/** Where a conversation stands. */
export interface Standing {
  /** How many turns with the customer's words the window holds. */
  readonly windowTurns: number;
  /** The end of the conversation: at least the window. */
  readonly window: readonly Entry[];
  /** The session that runs, and whether it is over. */
  readonly current: { readonly id: SessionId | undefined; readonly over: boolean };
  /** The session to which entries belong that stand before the first sign of one. */
  readonly before: SessionId | undefined;
  /** The conversation's sessions, as far as they are known. */
  readonly own?: readonly SessionPlace[];
  /** The session of the running summary, when there is one. */
  readonly summarised: { readonly session: SessionId | undefined } | undefined;
}

/**
 * Decides what to fold: of a session that is over everything, of the one that runs the whole turns that have left the
 * window, when a quarter of a window of them waits. `pending` is what no summary covers yet, in order and in whole turns,
 * as much of it as is to be folded at once. A call goes together with its result, unless that has not come for so long
 * that the window would lose turns.
 */
export function foldPlan(pending: readonly Entry[], standing: Standing): FoldPlan | undefined {
  const [first, ...later] = stretchesOf(pending, standing.before, standing.own);
  const summarised = standing.summarised?.session;
  if (summarised !== undefined && summarised !== first?.session && isOver(summarised, standing)) {
    return { kind: "close", session: summarised };
  }
  if (first === undefined) return undefined;
  const over = isOver(first.session, standing);
  if (!over && later.length === 0) return runningPlan(first, standing);
  // Nobody is hurried by a session that is over when none runs whose turns it keeps from being folded.
  const pressing = !standing.current.over && turnStarts(pending).length >= 2 * standing.windowTurns;
  return { kind: "fold", ...first, closes: over && first.session !== undefined, pressing };
}

function isOver(session: SessionId | undefined, { current }: Standing): boolean {
  if (session === undefined || current.id === undefined) return current.over;
  return session !== current.id || current.over;
}

/** A session as far as it tells where one begins. */
export type SessionPlace = Pick<SessionRecord, "id" | "number" | "startedAt">;

/**
 * Cuts entries where another session begins: at its mark, or, when the conversation became one with another, at the
 * first entry of its time. Marks of sessions that are none of `own` came along from that other one and cut nothing;
 * where nothing is known of the sessions every mark counts.
 */
export function stretchesOf(
  entries: readonly Entry[],
  before: SessionId | undefined,
  own: readonly SessionPlace[] = [],
): readonly { readonly session: SessionId | undefined; readonly entries: readonly Entry[] }[] {
  const stretches: { session: SessionId | undefined; entries: Entry[] }[] = [];
  for (const entry of entries) {
    const last = stretches.at(-1);
    const session = markedSession(entry, own) ?? laterSession(entry, last === undefined ? before : last.session, own);
    if (session !== undefined) stretches.push({ session, entries: [entry] });
    else if (last === undefined) stretches.push({ session: before, entries: [entry] });
    else last.entries.push(entry);
  }
  return stretches;
}

function markedSession({ item }: Entry, own: readonly SessionPlace[]): SessionId | undefined {
  if (item.kind !== "session") return undefined;
  return own.length === 0 || own.some(({ id }) => id === item.sessionId) ? item.sessionId : undefined;
}

/** A session after the given one that had begun when an entry was added. */
function laterSession(
  entry: Entry,
  current: SessionId | undefined,
  own: readonly SessionPlace[],
): SessionId | undefined {
  const number = own.find(({ id }) => id === current)?.number;
  if (number === undefined) return undefined;
  const later = own.filter((session) => session.number > number && session.startedAt < entry.at);
  return later.toSorted((a, b) => b.number - a.number)[0]?.id;
}

/** Place of the first entry that the window of the last turns holds. */
function windowStart({ window, windowTurns }: Standing): number {
  const starts = turnStarts(window);
  return starts.at(-windowTurns) ?? window[0]?.seq ?? 1;
}

/** Places of the first entries of the turns in which the customer said something. */
function turnStarts(entries: readonly Entry[]): readonly number[] {
  const starts: number[] = [];
  let first: Entry | undefined;
  let counted = false;
  for (const entry of entries) {
    if (first?.turnId !== entry.turnId) {
      first = entry;
      counted = false;
    }
    if (counted || entry.item.kind !== "customer") continue;
    counted = true;
    starts.push(first.seq);
  }
  return starts;
}

function runningPlan(
  stretch: { readonly session: SessionId | undefined; readonly entries: readonly Entry[] },
  standing: Standing,
): FoldPlan | undefined {
  const { windowTurns } = standing;
  const from = windowStart(standing);
  const left = stretch.entries.filter((entry) => entry.seq < from);
  const waiting = turnStarts(left).length;
  const last = left.at(-1)?.seq ?? 0;
  // The next turn counts as one of the window's, and beside them as many are shown that no summary covers yet.
  const pressing = waiting >= windowTurns || (left.length === stretch.entries.length && last < from - 1);
  const least = Math.max(1, Math.floor(windowTurns / 4));
  if (waiting < least) return undefined;
  const entries = pressing ? left : beforeOpenCall(left, stretch.entries.slice(left.length));
  if (turnStarts(entries).length < least) return undefined;
  return { kind: "fold", session: stretch.session, entries, closes: false, pressing };
}

/** The turns before the first one with a call whose result stands among the entries that stay. */
function beforeOpenCall(entries: readonly Entry[], staying: readonly Entry[]): readonly Entry[] {
  const results = new Set(staying.flatMap(({ item }) => (item.kind === "tool_result" ? [item.callId] : [])));
  const parted = entries.find(
    ({ item, seq }) =>
      item.kind === "tool_call" &&
      results.has(item.callId) &&
      !entries.some(
        (later) => later.seq > seq && later.item.kind === "tool_result" && later.item.callId === item.callId,
      ),
  );
  if (parted === undefined) return entries;
  const turn = entries.findIndex((entry) => entry.turnId === parted.turnId);
  return entries.slice(0, turn);
}
