import { digest } from "./digest.ts";
import type { SessionId } from "./ids.ts";
import type { Origin } from "./interleave.ts";
import type { Entry } from "./item.ts";
import { bounded, clipped, MOST_SUMMARY_CHARS } from "./memory-bounds.ts";
import type { Entity, Episode, Fact, Memory, MemorySource, RemoteHistory, Summary } from "./memory.ts";
import { withEntity, withFact, withTopic } from "./remember.ts";

/** How the entries of two conversations stand after they became one. */
export interface MergedPlaces {
  /** Every entry of both, in its own order. */
  readonly entries: Readonly<Record<Origin, readonly Entry[]>>;
  /** Where an entry of one of the two stands afterwards. It is asked only for entries that are given. */
  readonly placeOf: (origin: Origin, seq: number) => number;
  /** The session that the one conversation goes on in. */
  readonly session?: SessionId | undefined;
  /** The session of `from` that was not over and goes on within it: what was found in it is shown on. */
  readonly joins?: SessionId | undefined;
  readonly now: number;
}

/**
 * What is known of one person who was taken for two. Where both knew something about the same, what was said later
 * counts and the other is history. What is folded afterwards is what was folded in either, and what came between: that
 * is told by a digest at the end of the summary, so that nothing is folded twice and nothing is lost. The customer's
 * conversation at OpenAI stays that of `into`, if it has one.
 */
export function mergeMemories(into: Memory, from: Memory, places: MergedPlaces): Memory {
  const { now } = places;
  const folded = foldedTogether({ into: into.foldedThrough, from: from.foldedThrough }, places);
  const facts = from.facts.map((fact) => moved(fact, "from", places));
  const entities = from.entities.map((entity) => joining(moved(entity, "from", places), places));
  const summary = summaryOf(into, from, { between: folded.between, places });
  const intent = newest(into.intent, from.intent === undefined ? undefined : joining(from.intent, places));
  const profile = newest(into.profile, from.profile);
  const remote = remoteOf(into, from, places);
  return bounded(
    {
      version: into.version,
      foldedThrough: folded.through,
      extractedThrough: extractedTogether({ into: into.extractedThrough, from: from.extractedThrough }, places),
      episodes: [...into.episodes, ...from.episodes].reduce(withEpisode, []),
      facts: together(
        into.facts.map((fact) => moved(fact, "into", places)),
        facts,
        withFact,
      ),
      entities: together(
        into.entities.map((entity) => moved(entity, "into", places)),
        entities,
        withEntity,
      ),
      topics: Object.entries(from.topics).reduce((all, [topic, times]) => withTopic(all, topic, times), into.topics),
      dropped: into.dropped + from.dropped,
      ...(summary === undefined ? {} : { summary }),
      ...(intent === undefined ? {} : { intent }),
      ...(profile === undefined ? {} : { profile }),
      ...(remote === undefined ? {} : { remote }),
    },
    now,
  );
}

/**
 * Through which place the one conversation is folded, when the two were folded through these; and the entries before it
 * that were not folded in either, in their new order.
 */
export function foldedTogether(
  through: Readonly<Record<Origin, number>>,
  { entries, placeOf }: Pick<MergedPlaces, "entries" | "placeOf">,
): { readonly through: number; readonly between: readonly Entry[] } {
  const last = origins.flatMap((origin) => {
    const entry = entries[origin].findLast(({ seq }) => seq <= through[origin]);
    return entry === undefined ? [] : [placeOf(origin, entry.seq)];
  });
  const end = Math.max(0, ...last);
  const between = origins.flatMap((origin) =>
    entries[origin]
      .filter((entry) => entry.seq > through[origin])
      .map((entry) => ({ ...entry, seq: placeOf(origin, entry.seq) }))
      .filter((entry) => entry.seq < end),
  );
  return { through: end, between: between.toSorted((a, b) => a.seq - b.seq) };
}

const origins: readonly Origin[] = ["into", "from"];

/** Everything before the first entry that was not looked at was looked at; looking twice does no harm. */
function extractedTogether(
  through: Readonly<Record<Origin, number>>,
  { entries, placeOf }: Pick<MergedPlaces, "entries" | "placeOf">,
): number {
  const unseen = origins.flatMap((origin) => {
    const entry = entries[origin].find(({ seq }) => seq > through[origin]);
    return entry === undefined ? [] : [placeOf(origin, entry.seq) - 1];
  });
  if (unseen.length > 0) return Math.min(...unseen);
  return Math.max(0, ...origins.flatMap((origin) => entries[origin].map(({ seq }) => placeOf(origin, seq)).slice(-1)));
}

/** The same value, with its source at its new place. One whose entry is gone keeps the turn, and the place before all. */
function moved<Value extends { readonly source: MemorySource }>(
  value: Value,
  origin: Origin,
  { entries, placeOf }: MergedPlaces,
): Value {
  const { source } = value;
  if (source.kind !== "item") return value;
  const there = entries[origin].some(({ seq }) => seq === source.seq);
  return { ...value, source: { ...source, seq: there ? placeOf(origin, source.seq) : 0 } };
}

/** What belongs to the session that goes on within the other one belongs to that from now on. */
function joining<Value extends { readonly session?: SessionId | undefined }>(
  value: Value,
  { session, joins }: MergedPlaces,
): Value {
  return joins === undefined || session === undefined || value.session !== joins ? value : { ...value, session };
}

/** Adds values in the order in which they were learned; history stays history. */
function together<Value extends Fact | Entity>(
  into: readonly Value[],
  from: readonly Value[],
  add: (values: readonly Value[], value: Value) => readonly Value[],
): readonly Value[] {
  const history = from.filter((value) => value.replacedAt !== undefined);
  const current = from.filter((value) => value.replacedAt === undefined);
  return current.reduce(add, [...into, ...history]);
}

function withEpisode(episodes: readonly Episode[], episode: Episode): readonly Episode[] {
  const same = episodes.find((each) => each.session === episode.session);
  if (same === undefined) return [...episodes, episode];
  const newer = same.endedAt > episode.endedAt ? same : episode;
  return [...episodes.filter((each) => each !== same), newer];
}

function summaryOf(
  into: Memory,
  from: Memory,
  { between, places }: { readonly between: readonly Entry[]; readonly places: MergedPlaces },
): Summary | undefined {
  const summaries = [into.summary, from.summary].filter((summary) => summary !== undefined);
  const parts = summaries.toSorted((a, b) => a.at - b.at).map(({ text }) => clipped(text, MOST_SUMMARY_CHARS));
  const text = [...parts, digest(between)].filter((part) => part !== "").join(" ");
  if (text === "") return undefined;
  return { text, session: places.session ?? into.summary?.session ?? from.summary?.session, at: places.now };
}

function newest<Value extends { readonly at: number }>(
  into: Value | undefined,
  from: Value | undefined,
): Value | undefined {
  if (into === undefined || from === undefined) return into ?? from;
  return from.at > into.at ? from : into;
}

function remoteOf(into: Memory, from: Memory, { entries, placeOf }: MergedPlaces): RemoteHistory | undefined {
  const origin = into.remote === undefined ? "from" : "into";
  const remote = into.remote ?? from.remote;
  if (remote === undefined) return undefined;
  const last = entries[origin].findLast(({ seq }) => seq <= remote.throughSeq);
  return { ...remote, throughSeq: last === undefined ? 0 : placeOf(origin, last.seq) };
}
