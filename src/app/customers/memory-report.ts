import type { SubjectId } from "../../core/ids.ts";
import type { Entity, Fact, Memory } from "../../core/memory.ts";
import type { EntityView, FactView, MemoryReport } from "../../http/customer-views.ts";
import { isoTime } from "./iso-time.ts";

/** All that is known of a customer, history included, as operators see it. */
export function memoryReport(userId: SubjectId, memory: Memory): MemoryReport {
  const { version, facts, entities, intent, summary, episodes, topics, profile } = memory;
  return {
    userId,
    version,
    facts: facts.map(factView),
    entities: entities.map(entityView),
    intent: intent === undefined ? null : { ...intent, at: isoTime(intent.at) },
    summary: summary?.text ?? null,
    episodes: episodes.map((episode) => ({
      ...episode,
      startedAt: isoTime(episode.startedAt),
      endedAt: isoTime(episode.endedAt),
    })),
    topics,
    profile: profile === undefined ? null : { ...profile, at: isoTime(profile.at) },
  };
}

/** A fact as operators see it. */
export function factView(fact: Fact): FactView {
  const { id, type, about, content, confidence, source, at, expires, replacedAt } = fact;
  return {
    id,
    type,
    about,
    content,
    confidence,
    source,
    at: isoTime(at),
    expires: timeOrNull(expires),
    replacedAt: timeOrNull(replacedAt),
  };
}

/** A value as operators see it. */
export function entityView(entity: Entity): EntityView {
  const { name, value, confidence, source, at, session, replacedAt } = entity;
  return {
    name,
    value,
    confidence,
    source,
    at: isoTime(at),
    session: session ?? null,
    replacedAt: timeOrNull(replacedAt),
  };
}

function timeOrNull(atMs: number | undefined): string | null {
  return atMs === undefined ? null : isoTime(atMs);
}
