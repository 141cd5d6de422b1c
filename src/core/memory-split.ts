import type { SessionId, TurnId } from "./ids.ts";
import type { Entry } from "./item.ts";
import type { Entity, Fact, Memory } from "./memory.ts";

/** A conversation that another became part of, and that other as it was then. */
export interface Parting {
  /** The one conversation as it stands, whole. */
  readonly entries: readonly Entry[];
  /** Place of its last entry. */
  readonly seq: number;
  /** When the two became one, in milliseconds since 1970. */
  readonly mergedAt: number;
  /** The one that goes, as it was when it came. */
  readonly gone: {
    readonly entries: readonly Entry[];
    readonly seq: number;
    readonly session: SessionId | undefined;
    readonly memory: Memory;
  };
}

/**
 * What stays known when somebody who was taken for one person is two after all: nothing that only the other told. Prose
 * that was made since the two became one cannot be taken apart, so it goes, and what it told is folded anew.
 */
export function splitMemory(memory: Memory, parting: Parting): Memory {
  const { gone, mergedAt } = parting;
  const places = placesAfter(parting);
  const { summary: _told, profile, intent, remote, ...rest } = memory;
  const facts = without(memory.facts, {
    goes: isFactOf(parting),
    sameThing: (one, other) => one.type === other.type && one.about === other.about,
    replaced: ({ replacedAt: _before, ...fact }, replacedAt) =>
      replacedAt === undefined ? fact : { ...fact, replacedAt },
  });
  const entities = without(memory.entities, {
    goes: isEntityOf(parting),
    sameThing: (one, other) => one.name === other.name && one.session === other.session,
    replaced: ({ replacedAt: _before, ...entity }, replacedAt) =>
      replacedAt === undefined ? entity : { ...entity, replacedAt },
  });
  const sessions = sessionsOf(parting);
  const isOwnProfile = profile !== undefined && profile.at <= mergedAt && !isSame(profile, gone.memory.profile);
  const isOwnRemote = remote !== undefined && remote.conversationId !== gone.memory.remote?.conversationId;
  return {
    ...rest,
    foldedThrough: Math.min(places.of(memory.foldedThrough), places.beforeMerge),
    extractedThrough: places.of(memory.extractedThrough),
    episodes: memory.episodes.filter(
      (episode) => !sessions.has(episode.session) && (episode.endedAt <= mergedAt || episode.startedAt > mergedAt),
    ),
    facts: facts.map((fact) => moved(fact, places)),
    entities: entities.map((entity) => moved(entity, places)),
    topics: topicsWithout(memory.topics, gone.memory.topics),
    dropped: Math.max(0, memory.dropped - gone.memory.dropped),
    ...(intent === undefined || isSame(intent, gone.memory.intent) ? {} : { intent }),
    // Which of the two a later answer of a resolver told of, nobody knows; it is asked again.
    ...(isOwnProfile ? { profile } : {}),
    ...(isOwnRemote ? { remote: { ...remote, throughSeq: places.of(remote.throughSeq) } } : {}),
  };
}

/** Places after the entries that came along are out again. */
interface Places {
  /** The new place of the last entry that stays and stood at a place or before it. */
  readonly of: (seq: number) => number;
  /** The place before the session in which the two became one. */
  readonly beforeMerge: number;
  /** Whether the entry at a place stays. */
  readonly stays: (seq: number) => boolean;
}

function placesAfter({ entries, seq, mergedAt, gone }: Parting): Places {
  const turns = turnsIn(gone.entries);
  const left = entries.filter((entry) => !turns.has(entry.turnId));
  // What was trimmed before the first of them keeps its places.
  const before = Math.max(0, seq - gone.seq - left.length);
  const running = left.findLastIndex((entry) => entry.item.kind === "session" && entry.at <= mergedAt);
  const staying = new Set(left.map((entry) => entry.seq));
  return {
    of: (place) => before + left.filter((entry) => entry.seq <= place).length,
    beforeMerge: before + Math.max(0, running),
    stays: (place) => staying.has(place),
  };
}

function turnsIn(entries: readonly Entry[]): ReadonlySet<TurnId> {
  return new Set(entries.map((entry) => entry.turnId));
}

function sessionsOf({ gone }: Parting): ReadonlySet<SessionId | undefined> {
  return new Set([
    gone.session,
    gone.memory.summary?.session,
    ...gone.memory.episodes.map((episode) => episode.session),
    ...gone.entries.flatMap(({ item }) => (item.kind === "session" ? [item.sessionId] : [])),
  ]);
}

function isFactOf({ gone }: Parting): (fact: Fact) => boolean {
  const turns = turnsIn(gone.entries);
  const ids = new Set(gone.memory.facts.map((fact) => fact.id));
  return (fact) => ids.has(fact.id) || (fact.source.kind === "item" && turns.has(fact.source.turnId));
}

function isEntityOf({ gone }: Parting): (entity: Entity) => boolean {
  const turns = turnsIn(gone.entries);
  const known = new Set(gone.memory.entities.map(fingerprint));
  return (entity) =>
    known.has(fingerprint(entity)) || (entity.source.kind === "item" && turns.has(entity.source.turnId));
}

/** Neither its session nor its place is in it: both may be others since the two became one. */
function fingerprint({ name, value, at, source }: Entity): string {
  return JSON.stringify([name, value, at, source.kind === "item" ? source.turnId : source]);
}

interface Taking<Value> {
  readonly goes: (value: Value) => boolean;
  readonly sameThing: (one: Value, other: Value) => boolean;
  /** The value as one that was replaced at a moment, or never. */
  readonly replaced: (value: Value, at: number | undefined) => Value;
}

/** Values without those that go. What one of them had replaced counts again, unless something that stays has replaced it since. */
function without<Value extends Fact | Entity>(values: readonly Value[], taking: Taking<Value>): readonly Value[] {
  const going = values.filter(taking.goes);
  return values.flatMap((value) => {
    if (going.includes(value)) return [];
    const at = lastsUntil(value, going, taking);
    return [at === value.replacedAt ? value : taking.replaced(value, at)];
  });
}

/** When the first thing that stays took a value's place. */
function lastsUntil<Value extends Fact | Entity>(
  value: Value,
  going: readonly Value[],
  taking: Taking<Value>,
): number | undefined {
  const by = going.find((other) => other.at === value.replacedAt && taking.sameThing(value, other));
  if (by === undefined) return value.replacedAt;
  const others = going.filter((other) => other !== by);
  return lastsUntil(taking.replaced(value, by.replacedAt), others, taking);
}

function moved<Value extends Fact | Entity>(value: Value, places: Places): Value {
  const { source } = value;
  if (source.kind !== "item") return value;
  return { ...value, source: { ...source, seq: places.stays(source.seq) ? places.of(source.seq) : 0 } };
}

function topicsWithout(topics: Memory["topics"], gone: Memory["topics"]): Memory["topics"] {
  return Object.fromEntries(
    Object.entries(topics).flatMap(([topic, times]) => {
      const left = times - (gone[topic] ?? 0);
      return left > 0 ? [[topic, left]] : [];
    }),
  );
}

function isSame<Value extends { readonly at: number }>(one: Value, other: Value | undefined): boolean {
  return other !== undefined && one.at === other.at;
}
