import { digest } from "./digest.ts";
import type { SessionId } from "./ids.ts";
import type { Entry } from "./item.ts";
import type { Memory, MemoryView } from "./memory.ts";

/** The turn for which a memory is looked at. */
export interface Looking {
  readonly now: number;
  readonly session: SessionId | undefined;
  /** Entries of sessions that are over and that no summary covers yet; they are told by a digest. */
  readonly unsummarised?: readonly Entry[];
}

const MOST_EPISODES = 3;

/**
 * What the agent is shown: facts that count now, the summary, the values and the intent of this session, and the last
 * three sessions that are over. What belongs to another session is told by its summary alone.
 */
export function viewOfMemory(memory: Memory, looking: Looking): MemoryView {
  const { profile, summary, intent } = memory;
  const { now, session } = looking;
  const own = summary !== undefined && (summary.session === undefined || summary.session === session);
  // A session that was over and goes on after all is told by what it was when it was over.
  const reopened = memory.episodes.find((episode) => episode.session === session)?.summary;
  const told = own ? summary.text : reopened;
  const facts = memory.facts.filter(
    (fact) => fact.replacedAt === undefined && (fact.expires === undefined || fact.expires > now),
  );
  const entities = memory.entities.filter((entity) => entity.replacedAt === undefined && entity.session === session);
  const current = intent === undefined || (intent.session ?? session) !== session ? undefined : intent;
  return {
    ...(profile === undefined ? {} : { profile: shownProfile(profile) }),
    ...(told === undefined ? {} : { summary: told }),
    earlier: earlierOf(memory, looking),
    facts: facts.map(({ type, content }) => ({ type, content })),
    entities: Object.fromEntries(entities.map(({ name, value }) => [name, value])),
    ...(current === undefined ? {} : { intent: current.topic === "" ? current.name : current.topic }),
  };
}

function shownProfile({ name, details }: NonNullable<Memory["profile"]>): NonNullable<MemoryView["profile"]> {
  return { ...(name === undefined ? {} : { name }), details };
}

/** The last sessions that are over: the episodes, and the newest of them as far as it is no episode yet. */
function earlierOf(memory: Memory, { session, unsummarised = [] }: Looking): MemoryView["earlier"] {
  const { summary } = memory;
  const over = memory.episodes.filter((episode) => episode.session !== session).slice(-MOST_EPISODES);
  const open = summary?.session !== undefined && summary.session !== session ? summary : undefined;
  const text = digest(unsummarised, { earlier: open?.text ?? "" });
  const endedAt = unsummarised.at(-1)?.at ?? open?.at;
  const shown = over.map((episode) => ({ endedAt: episode.endedAt, summary: episode.summary }));
  return endedAt === undefined || text === "" ? shown : [...shown, { endedAt, summary: text }].slice(-MOST_EPISODES);
}
