import { newFactId, type FactId, type SessionId } from "./ids.ts";
import { bounded, clipped, MOST_CONTENT_CHARS, nameOf } from "./memory-bounds.ts";
import type { Fact, Memory, MemoryValue } from "./memory.ts";
import { asShare, withEntity, withFact } from "./remember.ts";

/** Who changes what is remembered, and when. */
export interface Editor {
  /** The name of a key, or of a part of the program. */
  readonly by: string;
  readonly now: number;
}

/** A fact that a person writes down. */
export interface NewFact extends Pick<Fact, "type" | "about" | "content"> {
  /** From 0 to 1. Default: 1. */
  readonly confidence?: number;
  /** Milliseconds since 1970; absent means never. */
  readonly expires?: number;
}

/** What a person may change in a fact. */
export interface FactEdit {
  readonly content?: string;
  /** From 0 to 1. Default: 1. */
  readonly confidence?: number;
  /** Milliseconds since 1970; `undefined` means never. Left out, it stays as it was. */
  readonly expires?: number | undefined;
}

/** Writes a fact down; what was known about the same becomes history. Undefined when it says nothing, or nothing it is about. */
export function addFact(memory: Memory, fact: NewFact, { by, now }: Editor): Memory | undefined {
  const about = nameOf(fact.about);
  const content = clipped(fact.content, MOST_CONTENT_CHARS);
  if (about === "" || content === "") return undefined;
  const facts = withFact(memory.facts, {
    id: newFactId(now),
    type: fact.type,
    about,
    content,
    confidence: asShare(fact.confidence ?? 1),
    source: { kind: "person", by },
    at: now,
    ...(fact.expires === undefined ? {} : { expires: fact.expires }),
  });
  return bounded({ ...memory, facts }, now);
}

/**
 * Changes a fact that counts now. It keeps its id; what it said before becomes history. Undefined when there is no such
 * fact, or it would say nothing.
 */
export function editFact(memory: Memory, edit: FactEdit & { readonly id: FactId }, editor: Editor): Memory | undefined {
  const { by, now } = editor;
  const known = memory.facts.find((fact) => fact.id === edit.id && fact.replacedAt === undefined);
  const content = clipped(edit.content ?? known?.content ?? "", MOST_CONTENT_CHARS);
  if (known === undefined || content === "") return undefined;
  const { expires: before, ...lasting } = known;
  const expires = "expires" in edit ? edit.expires : before;
  const edited: Fact = {
    ...lasting,
    content,
    confidence: asShare(edit.confidence ?? 1),
    source: { kind: "person", by },
    at: now,
    ...(expires === undefined ? {} : { expires }),
  };
  const history = content === known.content ? [] : [{ ...known, id: newFactId(now), replacedAt: now }];
  const facts = memory.facts.flatMap((fact) => (fact === known ? [...history, edited] : [fact]));
  return bounded({ ...memory, facts }, now);
}

/** Forgets a fact, with everything that was known before about the same. Undefined when there is no such fact. */
export function forgetFact(memory: Memory, id: FactId): Memory | undefined {
  const known = memory.facts.find((fact) => fact.id === id);
  if (known === undefined) return undefined;
  const facts = memory.facts.filter((fact) => fact.type !== known.type || fact.about !== known.about);
  return { ...memory, facts };
}

/** Sets a value of a session; what it was before becomes history. A text that is empty or too long to be kept whole is refused: undefined. */
export function editEntity(
  memory: Memory,
  entity: { readonly name: string; readonly value: MemoryValue; readonly session: SessionId | undefined },
  { by, now }: Editor,
): Memory | undefined {
  const { name, value, session } = entity;
  if (name.trim() === "" || !isKept(value)) return undefined;
  const source = { kind: "person", by } as const;
  const entities = withEntity(memory.entities, { name, value, session, confidence: 1, source, at: now });
  return bounded({ ...memory, entities }, now);
}

/** Forgets a value of a session, with what it was before. Undefined when there is none. */
export function forgetEntity(
  memory: Memory,
  forgotten: { readonly name: string; readonly session: SessionId | undefined },
): Memory | undefined {
  const entities = memory.entities.filter(
    (entity) => entity.name !== forgotten.name || entity.session !== forgotten.session,
  );
  return entities.length === memory.entities.length ? undefined : { ...memory, entities };
}

const MOST_LISTED = 20;

/** Whether a value can be kept whole: no text in it is empty or too long, no number is none, and a list is no longer than twenty. */
export function isKept(value: MemoryValue): boolean {
  if (typeof value === "boolean") return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value === "string") return value.trim() !== "" && value.length <= MOST_CONTENT_CHARS;
  return value.length > 0 && value.length <= MOST_LISTED && value.every((text) => isKept(text));
}
