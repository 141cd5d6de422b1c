import { ContinuoError } from "../core/errors.ts";
import type { SubjectRef } from "../core/ids.ts";
import type { Memory } from "../core/memory.ts";
import type { ConversationStore } from "../core/ports/store.ts";

/** Somebody else may write the memory at the same moment; more often than this it is nobody's bad luck. */
const MOST_TRIES = 8;

/** What became of a change. `lost`: others were always faster. */
export type MemoryChange =
  | { readonly kind: "kept"; readonly memory: Memory }
  | { readonly kind: "unchanged" }
  | { readonly kind: "lost" };

/**
 * Changes what is known of a subject, whoever else changes it at the same time. The change is asked anew for what it
 * finds then; undefined changes nothing. Rejects with `store_unavailable` when others are always faster.
 */
export async function changeMemory(
  store: Pick<ConversationStore, "memory" | "remember">,
  who: SubjectRef,
  change: (memory: Memory) => Memory | undefined,
): Promise<void> {
  const { kind } = await tryChangeMemory(store, who, change);
  if (kind !== "lost") return;
  throw new ContinuoError("store_unavailable", "what is known of a customer was changed by others at the same time");
}

/** The same, for whoever can tell a person that others were faster. */
export async function tryChangeMemory(
  store: Pick<ConversationStore, "memory" | "remember">,
  who: SubjectRef,
  change: (memory: Memory) => Memory | undefined,
): Promise<MemoryChange> {
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const changed = change(await store.memory(who));
    if (changed === undefined) return { kind: "unchanged" };
    const kept = await store.remember(who, changed);
    if (kept.kind === "kept") return { kind: "kept", memory: { ...changed, version: kept.version } };
  }
  return { kind: "lost" };
}
