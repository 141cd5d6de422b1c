import { z } from "zod";
import type { ExtractRequest, Extraction } from "../../core/ports/memory-model.ts";
import type { EntitySchema } from "./entity-schema.ts";
import { isInstructionLike } from "./instruction-like.ts";

const DAY_MS = 86_400_000;
const MOST_FACTS = 20;

/**
 * Reads what a model noted. Each value is checked by its own schema; what does not fit, names no line that was given, or
 * is an instruction in disguise is dropped and counted. An answer that is no notes at all is nothing, and counts as one.
 */
export function readExtraction(
  answer: string,
  schema: EntitySchema,
  asked: Pick<ExtractRequest, "entries" | "now">,
): Extraction {
  const notes = shape.safeParse(jsonIn(answer));
  if (!notes.success) return { entities: [], facts: [], dropped: 1 };
  const places = new Set(asked.entries.map((entry) => entry.seq));
  let dropped = 0;

  const entities = Object.entries(notes.data.entities).flatMap(([name, given]): Extraction["entities"] => {
    if (given === null || given === undefined) return [];
    const found = entity.safeParse(given);
    // A server that heeds no schema says in this way that there is no value.
    if (found.success && (found.data.value === null || found.data.value === undefined)) return [];
    const value = found.success ? schema.parse(name, found.data.value) : undefined;
    if (found.success && value !== undefined && places.has(found.data.seq)) {
      return [{ name, value, confidence: found.data.confidence, seq: found.data.seq }];
    }
    dropped += 1;
    return [];
  });
  const facts = notes.data.facts.flatMap((given, index): Extraction["facts"] => {
    const found = fact.safeParse(given);
    if (index < MOST_FACTS && found.success && places.has(found.data.seq) && !isInstructionLike(found.data.content)) {
      const { expires_in_days: days, ...known } = found.data;
      return [{ ...known, ...(days === null || days === undefined ? {} : { expires: asked.now + days * DAY_MS }) }];
    }
    dropped += 1;
    return [];
  });
  const wanted = intent.safeParse(notes.data.intent);
  const isNone = notes.data.intent === null || notes.data.intent === undefined;
  if (!wanted.success && !isNone) dropped += 1;
  return { entities, facts, dropped, ...(wanted.success ? { intent: wanted.data } : {}) };
}

const shape = z.object({
  entities: z.record(z.string(), z.unknown()).default({}),
  facts: z.array(z.unknown()).default([]),
  intent: z.unknown(),
});
const share = z.number().min(0).max(1).catch(0.5);
const entity = z.object({ value: z.unknown(), confidence: share, seq: z.int() });
const fact = z.object({
  type: z.enum(["fact", "preference"]),
  about: z.string().trim().min(1).max(100),
  content: z.string().trim().min(1).max(2_000),
  confidence: share,
  expires_in_days: z.number().positive().max(36_500).nullish(),
  seq: z.int(),
});
const intent = z.object({
  name: z.string().trim().min(1).max(60),
  topic: z.string().trim().max(200).default(""),
  confidence: share,
});

/** The JSON of an answer, also when it stands in a fence. */
function jsonIn(answer: string): unknown {
  const fenced = /^\s*```(?:json)?\s*\n([\s\S]*?)\n?```\s*$/u.exec(answer)?.[1];
  try {
    return JSON.parse(fenced ?? answer);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
