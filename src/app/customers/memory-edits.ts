import type { FactId, SessionId, SubjectRef } from "../../core/ids.ts";
import { nameOf } from "../../core/memory-bounds.ts";
import {
  addFact,
  editEntity,
  editFact,
  forgetEntity,
  forgetFact,
  type FactEdit,
  type NewFact,
} from "../../core/memory-edits.ts";
import type { Fact, Memory, MemoryValue } from "../../core/memory.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { ConversationStore } from "../../core/ports/store.ts";
import type { MemoryEdit } from "../../http/admin-parts.ts";
import type { EntityView, FactView } from "../../http/customer-views.ts";
import { tryChangeMemory } from "../change-memory.ts";
import { entityView, factView } from "./memory-report.ts";

/** What editing stands on. */
export interface EditingParts {
  readonly store: Pick<ConversationStore, "memory" | "remember">;
  readonly clock: Clock;
}

/** Writes a fact down in a person's name. */
export async function addedFact(
  parts: EditingParts,
  { who, by }: Editing,
  fact: NewFact,
): Promise<MemoryEdit<FactView>> {
  const change = await tryChangeMemory(parts.store, who, (memory) => addFact(memory, fact, editor(parts, by)));
  if (change.kind === "lost") return change;
  const about = nameOf(fact.about);
  const added =
    change.kind === "kept" ? current(change.memory, (one) => one.about === about && one.type === fact.type) : undefined;
  return added === undefined ? { kind: "refused" } : { kind: "changed", value: factView(added) };
}

/** Changes a fact that counts now, in a person's name. */
export async function editedFact(
  parts: EditingParts,
  { who, by }: Editing,
  edit: FactEdit & { readonly id: FactId },
): Promise<MemoryEdit<FactView>> {
  const change = await tryChangeMemory(parts.store, who, (memory) => editFact(memory, edit, editor(parts, by)));
  if (change.kind === "lost") return change;
  const { memory } = change.kind === "kept" ? change : { memory: await parts.store.memory(who) };
  const fact = current(memory, (one) => one.id === edit.id);
  if (fact === undefined) return { kind: "not_found" };
  return change.kind === "kept" ? { kind: "changed", value: factView(fact) } : { kind: "refused" };
}

/** Forgets a fact, with everything that was known before about the same. */
export async function forgottenFact(parts: EditingParts, who: SubjectRef, id: FactId): Promise<MemoryEdit<undefined>> {
  const { kind } = await tryChangeMemory(parts.store, who, (memory) => forgetFact(memory, id));
  if (kind === "lost") return { kind };
  return kind === "kept" ? { kind: "changed", value: undefined } : { kind: "not_found" };
}

/** Sets a value of a session in a person's name, or forgets it. */
export async function editedEntity(
  parts: EditingParts,
  { who, by }: Editing,
  entity: { readonly name: string; readonly value: MemoryValue | undefined; readonly session: SessionId | undefined },
): Promise<MemoryEdit<EntityView | undefined>> {
  const { name, value, session } = entity;
  const change = await tryChangeMemory(parts.store, who, (memory) =>
    value === undefined
      ? forgetEntity(memory, { name, session })
      : editEntity(memory, { name, value, session }, editor(parts, by)),
  );
  if (change.kind === "lost") return change;
  if (change.kind === "unchanged") return { kind: value === undefined ? "not_found" : "refused" };
  const edited = change.memory.entities.find(
    (one) => one.name === name && one.session === session && one.replacedAt === undefined,
  );
  return { kind: "changed", value: edited === undefined ? undefined : entityView(edited) };
}

/** Whose memory, and who edits it: the name of a key. */
export interface Editing {
  readonly who: SubjectRef;
  readonly by: string;
}

function editor({ clock }: EditingParts, by: string): { readonly by: string; readonly now: number } {
  return { by, now: clock.now() };
}

function current(memory: Memory, isMeant: (fact: Fact) => boolean): Fact | undefined {
  return memory.facts.find((fact) => fact.replacedAt === undefined && isMeant(fact));
}
