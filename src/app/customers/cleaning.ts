import type { SessionId, SubjectId, SubjectRef, TenantId } from "../../core/ids.ts";
import type { Entry } from "../../core/item.ts";
import type { Ledger } from "../../core/ports/ledger.ts";
import type { ConversationStore } from "../../core/ports/store.ts";

/** What cleaning stands on. */
export interface CleaningParts {
  readonly ledger: Pick<Ledger, "lifeCycle" | "sessions">;
  readonly store: Pick<ConversationStore, "page" | "trim" | "memory">;
  /** Brings what is over and not remembered yet into a conversation's memory. */
  readonly remember: (who: SubjectRef, signal: AbortSignal) => Promise<void>;
}

/** What is to be cleaned away. */
export interface CleaningWish {
  readonly tenant: TenantId;
  /** Sessions that were closed earlier, in milliseconds since 1970. */
  readonly before: number;
  readonly now: number;
  /** Only counts. */
  readonly dryRun: boolean;
}

/** What was cleaned away of one conversation, or would be. */
export interface Cleaned {
  readonly subjectId: SubjectId;
  readonly sessions: number;
  /** Sessions that stay, because something of them is still to be remembered, or they go on after all. */
  readonly staying: number;
  readonly entries: number;
  /** The ledger's rows; unknown where it is only counted. */
  readonly rows: number | undefined;
}

type ClosedSession = Awaited<ReturnType<Ledger["lifeCycle"]["closedBefore"]>>[number];

const SESSIONS_AT_ONCE = 500;
const MOST_SESSIONS = 1_000_000;
const ENTRIES_AT_ONCE = 500;
const MOST_STAYING = 10_000;

/**
 * Cleans sessions away that were closed long ago, one conversation after another: what was said in them, once the memory
 * tells of it, and the ledger's rows. Every change is short and whole by itself, so that it may end anywhere.
 */
export async function* cleanSessions(
  parts: CleaningParts,
  wish: CleaningWish,
  signal: AbortSignal,
): AsyncGenerator<Cleaned> {
  const { tenant, before, dryRun } = wish;
  const staying = new Set<SessionId>();
  for (;;) {
    const limit = dryRun ? MOST_SESSIONS : SESSIONS_AT_ONCE + staying.size;
    const closed = await parts.ledger.lifeCycle.closedBefore({ tenant, before, limit });
    const fresh = closed.filter(({ sessionId }) => !staying.has(sessionId));
    for (const [subjectId, sessions] of Map.groupBy(fresh, (session) => session.subjectId)) {
      if (signal.aborted) return;
      const { left, ...cleaned } = await cleanConversation(parts, { ...wish, subjectId, sessions, signal });
      for (const { sessionId } of left) staying.add(sessionId);
      yield { subjectId, sessions: sessions.length - left.length, staying: left.length, ...cleaned };
    }
    if (fresh.length === 0 || closed.length < limit) return;
  }
}

interface ConversationWish extends CleaningWish, SubjectRef {
  readonly sessions: readonly ClosedSession[];
  readonly signal: AbortSignal;
}

async function cleanConversation(
  parts: CleaningParts,
  wish: ConversationWish,
): Promise<Pick<Cleaned, "entries" | "rows"> & { readonly left: readonly ClosedSession[] }> {
  const { tenant, subjectId, sessions, dryRun } = wish;
  const who = { tenant, subjectId };
  const read = await overStretches(parts, wish);
  const over = dryRun ? read.over : await rememberedOf(parts, wish, read.over);
  const staysFrom = read.over[over.length]?.firstAt ?? read.staysFrom ?? Infinity;
  const gone = sessions.filter(({ endedAt }) => endedAt < staysFrom);
  const left = sessions.filter(({ endedAt }) => endedAt >= staysFrom);
  if (dryRun) return { entries: over.reduce((sum, { count }) => sum + count, 0), rows: undefined, left };
  const entries = await trimThrough(parts, who, over);
  let rows = 0;
  for (const session of gone) {
    const removed = await parts.ledger.lifeCycle.dropSession({ ...who, sessionId: session.sessionId, now: wish.now });
    // One that goes on after all is not dropped.
    if (removed === 0) left.push(session);
    rows += removed;
  }
  return { entries, rows, left };
}

/** A part of a conversation that belongs to one session, as far as its entries tell. */
interface Stretch {
  readonly firstSeq: number;
  readonly throughSeq: number;
  readonly firstAt: number;
  readonly count: number;
}

/** The stretches at the front of a conversation that are over and old, and when the first entry was added that stays. */
async function overStretches(
  { ledger, store }: CleaningParts,
  wish: ConversationWish,
): Promise<{ readonly over: readonly Stretch[]; readonly staysFrom?: number }> {
  const closed = new Set(wish.sessions.map(({ sessionId }) => sessionId));
  const known = await ledger.sessions.list(wish, MOST_STAYING);
  // Of whoever became part of somebody, the ledger gives the other's sessions.
  const others = known.filter(({ id, subjectId }) => subjectId === wish.subjectId && !closed.has(id));
  const stays = new Set(others.map(({ id }) => id));
  const over: Stretch[] = [];
  let open: Stretch | undefined;
  for await (const { seq, at, item } of everyEntry(store, wish)) {
    const begins = item.kind === "session";
    if (begins && open !== undefined) {
      over.push(open);
      open = undefined;
    }
    if (at >= wish.before || (begins && stays.has(item.sessionId))) return { over, staysFrom: open?.firstAt ?? at };
    open = { firstSeq: seq, firstAt: at, count: 0, ...open, throughSeq: seq };
    open = { ...open, count: open.count + 1 };
  }
  if (open === undefined) return { over };
  return stays.size === 0 ? { over: [...over, open] } : { over, staysFrom: open.firstAt };
}

async function* everyEntry(store: Pick<ConversationStore, "page">, who: SubjectRef): AsyncGenerator<Entry> {
  for (let afterSeq = 0; ;) {
    const page = await store.page(who, { afterSeq, limit: ENTRIES_AT_ONCE });
    yield* page;
    if (page.length < ENTRIES_AT_ONCE) return;
    afterSeq = page.at(-1)?.seq ?? afterSeq;
  }
}

/** Those of the stretches, from the front, that the memory tells of: nothing else may go. */
async function rememberedOf(
  { store, remember }: CleaningParts,
  wish: ConversationWish,
  over: readonly Stretch[],
): Promise<readonly Stretch[]> {
  const last = over.at(-1)?.throughSeq ?? 0;
  if (last > (await coveredThrough(store, wish))) await remember(wish, wish.signal);
  const covered = await coveredThrough(store, wish);
  return over.filter(({ throughSeq }) => throughSeq <= covered);
}

async function coveredThrough(store: Pick<ConversationStore, "memory">, who: SubjectRef): Promise<number> {
  const { foldedThrough, extractedThrough } = await store.memory(who);
  return Math.min(foldedThrough, extractedThrough);
}

/** Removes stretches a little at a time, so that nobody who writes meanwhile waits for long; how many entries. */
async function trimThrough({ store }: CleaningParts, who: SubjectRef, stretches: readonly Stretch[]): Promise<number> {
  const [first, last] = [stretches[0], stretches.at(-1)];
  if (first === undefined || last === undefined) return 0;
  let removed = 0;
  for (let seq = first.firstSeq + ENTRIES_AT_ONCE; seq < last.throughSeq; seq += ENTRIES_AT_ONCE) {
    removed += await store.trim(who, { throughSeq: seq });
  }
  return removed + (await store.trim(who, { throughSeq: last.throughSeq }));
}
