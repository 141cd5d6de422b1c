import type { SessionId, SubjectRef } from "../../core/ids.ts";
import type { Entry } from "../../core/item.ts";
import type { Sessions } from "../../core/ports/sessions.ts";
import type { ConversationStore, LoadedConversation } from "../../core/ports/store.ts";
import type { SessionRecord } from "../../core/session.ts";

/** What is read of a conversation to make memory of it. */
export interface Reading {
  readonly store: Pick<ConversationStore, "page">;
  readonly sessions: Pick<Sessions, "list">;
}

// As much as a model is shown at once, in entries and in characters.
const AT_ONCE = 160;
const MOST_CHARS = 40_000;
const MOST_SESSIONS = 100;

/** The next whole turns after a place, up to where the conversation ended when it was loaded. */
export async function turnsAfter(
  { store }: Reading,
  who: SubjectRef,
  range: { readonly afterSeq: number; readonly throughSeq: number },
): Promise<readonly Entry[]> {
  if (range.afterSeq >= range.throughSeq) return [];
  for (let limit = AT_ONCE; ; limit *= 4) {
    const page = await store.page(who, { afterSeq: range.afterSeq, limit });
    const entries = page.filter((entry) => entry.seq <= range.throughSeq);
    const last = entries.at(-1);
    if (page.length < limit || entries.length < page.length || last?.seq === range.throughSeq)
      return withinChars(entries);
    // The page may end in the middle of its last turn, which is then left for the next one.
    const whole = entries.slice(
      0,
      entries.findIndex((entry) => entry.turnId === last?.turnId),
    );
    if (whole.length > 0) return withinChars(whole);
  }
}

/** The first turns that are not too long together; one in any case. */
function withinChars(entries: readonly Entry[]): readonly Entry[] {
  let chars = 0;
  for (const [index, { item, turnId }] of entries.entries()) {
    if (turnId !== entries[index - 1]?.turnId && chars > MOST_CHARS) return entries.slice(0, index);
    if ("text" in item) chars += item.text.length;
    if ("output" in item) chars += item.output.length;
  }
  return entries;
}

/** The conversation's own sessions, the newest first, as far back as anything may still wait to be remembered. */
export async function sessionsOf({ sessions }: Reading, who: SubjectRef): Promise<readonly SessionRecord[]> {
  return await sessions.list(who, MOST_SESSIONS);
}

/** The session to which entries belong that stand before the first sign of one; undefined when nobody knows. */
export function sessionBefore(
  own: readonly SessionRecord[],
  given: { readonly entries: readonly Entry[]; readonly loaded: Pick<LoadedConversation, "seq" | "session"> },
): SessionId | undefined {
  const { entries, loaded } = given;
  const [first] = entries;
  if (first === undefined) return undefined;
  const ids = new Set(own.map(({ id }) => id));
  // What came along from a conversation that became part of this one says nothing of its sessions.
  const marked = entries.flatMap(({ item }) =>
    item.kind === "session" && (ids.size === 0 || ids.has(item.sessionId)) ? [item.sessionId] : [],
  );
  if (first.item.kind === "session" && marked[0] === first.item.sessionId) return undefined;
  const later = new Set(marked);
  const begun = own.filter((record) => !later.has(record.id) && record.startedAt <= first.at);
  return begun.toSorted((a, b) => b.number - a.number)[0]?.id ?? (later.size === 0 ? loaded.session : undefined);
}

/** When a session began and ended, as the ledger knows it, else as its entries tell. */
export async function timesOf(
  { sessions }: Reading,
  who: SubjectRef,
  given: { readonly session: SessionId; readonly entries: readonly Entry[]; readonly now: number },
): Promise<Pick<SessionRecord, "startedAt"> & { readonly endedAt: number }> {
  const records = await sessions.list(who, MOST_SESSIONS);
  const record = records.find(({ id }) => id === given.session);
  const last = given.entries.at(-1)?.at ?? record?.lastActiveAt ?? given.now;
  return {
    startedAt: record?.startedAt ?? given.entries[0]?.at ?? given.now,
    endedAt: Math.max(record?.endedAt ?? last, record?.startedAt ?? last),
  };
}
