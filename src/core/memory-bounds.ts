import type { Entity, Fact, Memory } from "./memory.ts";

/** The longest a fact's content or an entity's text may be, in characters. */
export const MOST_CONTENT_CHARS = 300;
/** The longest a summary may be, in characters. */
export const MOST_SUMMARY_CHARS = 1_200;
/** The longest the words may be by which a fact or a topic is known, in characters. */
const MOST_NAME_CHARS = 60;

const most = { facts: 60, pastFacts: 60, entities: 40, pastEntities: 40, episodes: 20, topics: 30 };

/** A memory within its bounds: of everything the least useful goes first, so that it never grows with the conversation. */
export function bounded(memory: Memory, now: number): Memory {
  return {
    ...memory,
    facts: kept(memory.facts, { current: most.facts, past: most.pastFacts }, (fact) => usefulness(fact, now)),
    entities: kept(memory.entities, { current: most.entities, past: most.pastEntities }, (entity) => [entity.at]),
    episodes: memory.episodes.toSorted((a, b) => a.endedAt - b.endedAt).slice(-most.episodes),
    topics: boundedTopics(memory.topics),
  };
}

/** A text of at most so many characters; one that was cut ends with an ellipsis. */
export function clipped(text: string, mostChars: number): string {
  const plain = text.replaceAll(/\s+/gu, " ").trim();
  if (plain.length <= mostChars) return plain;
  // Half of a pair of surrogates is no letter.
  return `${plain
    .slice(0, mostChars - 1)
    .replace(/[\uD800-\uDBFF]$/u, "")
    .trimEnd()}…`;
}

/** The words by which two facts, or two topics, are known to be about the same: `Preferred channel` is `preferred_channel`. */
export function nameOf(words: string): string {
  return clipped(words, MOST_NAME_CHARS)
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, "_")
    .replaceAll(/^_+|_+$/gu, "");
}

type Lasting = Pick<Fact | Entity, "at" | "replacedAt">;

/** What counts now stays before what was; each within its bound, in the order they stood. */
function kept<Value extends Lasting>(
  values: readonly Value[],
  bounds: { readonly current: number; readonly past: number },
  rank: (value: Value) => readonly number[],
): readonly Value[] {
  const current = values.filter((value) => value.replacedAt === undefined);
  const past = values.filter((value) => value.replacedAt !== undefined);
  if (current.length <= bounds.current && past.length <= bounds.past) return values;
  const useful = new Set<Value>([
    ...current.toSorted((a, b) => compared(rank(b), rank(a))).slice(0, bounds.current),
    ...past.toSorted((a, b) => (b.replacedAt ?? 0) - (a.replacedAt ?? 0)).slice(0, bounds.past),
  ]);
  return values.filter((value) => useful.has(value));
}

/** What has expired is worth least, what a person wrote most; then the surer, then the newer. */
function usefulness(fact: Fact, now: number): readonly number[] {
  return [
    fact.expires !== undefined && fact.expires <= now ? 0 : 1,
    fact.source.kind === "person" ? 1 : 0,
    fact.confidence,
    fact.at,
  ];
}

function compared(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}

function boundedTopics(topics: Memory["topics"]): Memory["topics"] {
  const all = Object.entries(topics);
  if (all.length <= most.topics) return topics;
  return Object.fromEntries(all.toSorted(([, a], [, b]) => b - a).slice(0, most.topics));
}
