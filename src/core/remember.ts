import { newFactId, type SessionId } from "./ids.ts";
import type { Entry } from "./item.ts";
import { bounded, clipped, MOST_CONTENT_CHARS, nameOf } from "./memory-bounds.ts";
import type { Entity, Fact, Memory, MemorySource, MemoryValue } from "./memory.ts";
import type { Extraction } from "./ports/memory-model.ts";

/** Where an extraction comes from. */
export interface Extracted {
  readonly now: number;
  /** The session of the entries that were looked through. */
  readonly session: SessionId | undefined;
  /** The entry at a place, among those that were looked through. */
  readonly entryAt: (seq: number) => Pick<Entry, "turnId" | "at"> | undefined;
  /** Place of the last entry that was looked at. */
  readonly through: number;
}

/**
 * Takes in what was found. Of two values for the same thing the one that was said later counts, and the other is kept
 * as history; the same value again only makes it surer. What names no entry is dropped and counted.
 */
export function addExtraction(memory: Memory, extraction: Extraction, extracted: Extracted): Memory {
  let { entities, facts, dropped } = memory;
  dropped += extraction.dropped;
  for (const found of extraction.entities) {
    const placed = placeOf(found.seq, extracted);
    if (placed === undefined) {
      dropped += 1;
      continue;
    }
    const { name, value } = found;
    const confidence = asShare(found.confidence);
    entities = withEntity(entities, { name, value, confidence, ...placed, session: extracted.session });
  }
  for (const found of extraction.facts) {
    const placed = placeOf(found.seq, extracted);
    const content = clipped(found.content, MOST_CONTENT_CHARS);
    const about = nameOf(found.about);
    if (placed === undefined || content === "" || about === "") {
      dropped += 1;
      continue;
    }
    const { type, expires } = found;
    facts = withFact(facts, {
      id: newFactId(extracted.now),
      type,
      about,
      content,
      confidence: asShare(found.confidence),
      ...placed,
      ...(expires === undefined ? {} : { expires }),
    });
  }
  const extractedThrough = Math.max(memory.extractedThrough, extracted.through);
  const known = { ...memory, entities, facts, dropped, extractedThrough };
  return bounded(withIntent(known, extraction.intent, extracted), extracted.now);
}

/** Entities with one more: it counts from now on, unless something newer is known. */
export function withEntity(entities: readonly Entity[], entity: Entity): readonly Entity[] {
  return withNewer(entities, entity, {
    sameThing: (other) => other.name === entity.name && other.session === entity.session,
    sameValue: (other) => isSameValue(other.value, entity.value),
    surer: (known) => ({ ...known, confidence: Math.max(known.confidence, entity.confidence) }),
  });
}

/** Facts with one more: it counts from now on, unless something newer is known about the same. */
export function withFact(facts: readonly Fact[], fact: Fact): readonly Fact[] {
  return withNewer(facts, fact, {
    sameThing: (other) => other.type === fact.type && other.about === fact.about,
    sameValue: (other) => plain(other.content) === plain(fact.content),
    surer: (known) => surerFact(known, fact),
  });
}

function withNewer<Value extends Entity | Fact>(
  values: readonly Value[],
  added: Value,
  how: {
    readonly sameThing: (other: Value) => boolean;
    readonly sameValue: (other: Value) => boolean;
    readonly surer: (known: Value) => Value;
  },
): readonly Value[] {
  const current = values.find((other) => other.replacedAt === undefined && how.sameThing(other));
  if (current === undefined) return [...values, added];
  if (how.sameValue(current)) return values.map((each) => (each === current ? how.surer(current) : each));
  // What was said before is no news, however late it is found.
  if (added.at < current.at) return [...values, { ...added, replacedAt: current.at }];
  return [...values.map((each) => (each === current ? { ...current, replacedAt: added.at } : each)), added];
}

/** The fact as it was known first, as sure as the surer of the two, and for as long as the longer. */
function surerFact(known: Fact, again: Fact): Fact {
  const { expires, ...lasting } = known;
  const until =
    expires === undefined || again.expires === undefined ? {} : { expires: Math.max(expires, again.expires) };
  return { ...lasting, confidence: Math.max(known.confidence, again.confidence), ...until };
}

function withIntent(memory: Memory, found: Extraction["intent"], extracted: Extracted): Memory {
  if (found === undefined) return memory;
  const topic = clipped(found.topic, MOST_CONTENT_CHARS);
  const { now: at, session } = extracted;
  const intent = {
    name: nameOf(found.name),
    topic,
    confidence: asShare(found.confidence),
    at,
    ...(session === undefined ? {} : { session }),
  };
  if (intent.name === "") return { ...memory, dropped: memory.dropped + 1 };
  const before = memory.intent;
  const key = nameOf(topic === "" ? found.name : topic);
  const same = before !== undefined && before.session === intent.session && topicOf(before) === key;
  // It came up once, however many messages it takes.
  const count = same ? 0 : 1;
  const topics = count === 0 || key === "" ? memory.topics : withTopic(memory.topics, key, count);
  return { ...memory, intent, topics };
}

/** Topics with one counted so many times more. */
export function withTopic(topics: Memory["topics"], topic: string, times: number): Memory["topics"] {
  const counts = new Map(Object.entries(topics));
  counts.set(topic, (counts.get(topic) ?? 0) + times);
  return Object.fromEntries(counts);
}

function topicOf(intent: { readonly name: string; readonly topic: string }): string {
  return nameOf(intent.topic === "" ? intent.name : intent.topic);
}

function placeOf(
  seq: number,
  { entryAt }: Extracted,
): { readonly source: MemorySource; readonly at: number } | undefined {
  const entry = entryAt(seq);
  return entry === undefined ? undefined : { source: { kind: "item", turnId: entry.turnId, seq }, at: entry.at };
}

function isSameValue(a: MemoryValue, b: MemoryValue): boolean {
  if (typeof a === "string" && typeof b === "string") return plain(a) === plain(b);
  return JSON.stringify(a) === JSON.stringify(b);
}

function plain(text: string): string {
  return text.replaceAll(/\s+/gu, " ").trim().toLowerCase();
}

/** A share from 0 to 1. */
export function asShare(value: number): number {
  return Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : 0;
}
