import { randomUUID } from "node:crypto";
import type { SubjectId, SubjectRef, TenantId } from "../../core/ids.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Ledger } from "../../core/ports/ledger.ts";
import type { ConversationStore } from "../../core/ports/store.ts";
import type { Receipt } from "../../http/customer-views.ts";
import { isoTime } from "./iso-time.ts";
import { inAll, removedIn, seal, type Gone } from "./sealing.ts";

/** What forgetting somebody stands on. */
export interface ForgettingParts {
  readonly ledger: Pick<Ledger, "lifeCycle" | "subjects" | "merges" | "timers">;
  readonly store: ConversationStore;
  readonly clock: Clock;
  /** Deletes conversations that are kept at OpenAI; what cannot be deleted now is tried again later, also after a crash. */
  readonly forgetRemote: (tenant: TenantId, conversationIds: readonly string[]) => Promise<Receipt["remote"]>;
  /** Ends what a subject has on the line. */
  readonly hangUp: (subjectId: SubjectId) => void;
}

const keptBecause =
  "An opt-out outlives the person's data, so that nobody is texted again against their will; ids of the last messages do for a few days, so that one delivered twice makes nobody anew.";

/**
 * Forgets a subject and whoever became part of it, everywhere; the files are still to be scrubbed. Undefined when there
 * is nobody. May be asked again after a failure, as long as the ledger knows the subject; once it does not, a timer
 * stands for what is still to be done in the store.
 */
export async function forgetCustomer(
  parts: ForgettingParts,
  who: SubjectRef,
  by: string,
): Promise<Omit<Receipt, "files"> | undefined> {
  const { ledger, store, clock } = parts;
  const known = await ledger.subjects.get(who);
  if (known === undefined) return undefined;
  const { tenant } = who;
  parts.hangUp(known.id);
  const merged = await ledger.merges.of({ tenant, subjectId: known.id });
  const before = [known.id, ...merged.map(({ from }) => from)].map((subjectId) => ({ tenant, subjectId }));
  // Only here it is known what is to be deleted elsewhere.
  const remote = await parts.forgetRemote(tenant, await remoteIds(store, before));
  const gone: Gone[] = [];
  for (const one of before) gone.push(await removedIn(store, one));

  const forgotten = await ledger.lifeCycle.forget({ tenant, subjectId: known.id, by, now: clock.now() });
  if (forgotten === undefined) return undefined;
  // Whoever called or was answered meanwhile has lost call and lane by now; what they still added goes as well.
  parts.hangUp(known.id);
  for (const subjectId of forgotten.subjects) gone.push(await seal(parts, { tenant, subjectId }));

  return {
    receiptId: `rcpt_${randomUUID()}`,
    deletedAt: isoTime(clock.now()),
    deleted: { ...forgotten.removed, ...inAll(gone) },
    kept: forgotten.kept,
    keptBecause,
    remote,
  };
}

async function remoteIds(store: ConversationStore, subjects: readonly SubjectRef[]): Promise<readonly string[]> {
  const memories = await Promise.all(subjects.map((who) => store.memory(who)));
  return memories.flatMap(({ remote }) => (remote === undefined ? [] : [remote.conversationId]));
}
