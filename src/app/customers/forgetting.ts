import { randomUUID } from "node:crypto";
import { ContinuoError } from "../../core/errors.ts";
import type { SubjectId, SubjectRef, TenantId } from "../../core/ids.ts";
import { LAST_FENCE } from "../../core/last-fence.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Ledger } from "../../core/ports/ledger.ts";
import type { ConversationStore } from "../../core/ports/store.ts";
import type { Receipt } from "../../http/customer-views.ts";
import { isoTime } from "./iso-time.ts";

/** What forgetting somebody stands on. */
export interface ForgettingParts {
  readonly ledger: Pick<Ledger, "lifeCycle" | "events" | "subjects" | "merges">;
  readonly store: ConversationStore;
  readonly clock: Clock;
  /** Deletes conversations that are kept at OpenAI; what cannot be deleted now is tried again later, also after a crash. */
  readonly forgetRemote: (tenant: TenantId, conversationIds: readonly string[]) => Promise<Receipt["remote"]>;
  /** Ends what a subject has on the line. */
  readonly hangUp: (subjectId: SubjectId) => void;
}

const keptBecause =
  "An opt-out outlives the person's data, so that nobody is texted again against their will; ids of the last messages do for a few days, so that one delivered twice makes nobody anew.";

const MOST_TRIES = 10;

/**
 * Forgets a subject and whoever became part of it, everywhere; the files are still to be scrubbed. Undefined when there
 * is nobody. May be asked again after a failure: as long as anything is kept, the ledger knows the subject.
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
  const gone = [await forgottenIn(store, before)];

  const forgotten = await ledger.lifeCycle.forget({ tenant, subjectId: known.id, now: clock.now() });
  if (forgotten === undefined) return undefined;
  // Whoever called or was answered meanwhile has lost call and lane by now; what they still added goes as well.
  parts.hangUp(known.id);
  for (const subjectId of forgotten.subjects) gone.push(await sealed(store, { tenant, subjectId }));

  const deleted = {
    ...forgotten.removed,
    entries: gone.reduce((sum, { entries }) => sum + entries, 0),
    memories: gone.reduce((sum, { memories }) => sum + memories, 0),
  };
  const rows = Object.values(deleted).reduce((sum, count) => sum + count, 0);
  await ledger.events.add([{ name: "customer_forgotten", tenant, detail: { by, rows } }], clock.now());
  return {
    receiptId: `rcpt_${randomUUID()}`,
    deletedAt: isoTime(clock.now()),
    deleted,
    kept: forgotten.kept,
    keptBecause,
    remote,
  };
}

interface Gone {
  readonly entries: number;
  readonly memories: number;
}

const nothing: Gone = { entries: 0, memories: 0 };

async function remoteIds(store: ConversationStore, subjects: readonly SubjectRef[]): Promise<readonly string[]> {
  const memories = await Promise.all(subjects.map((who) => store.memory(who)));
  return memories.flatMap(({ remote }) => (remote === undefined ? [] : [remote.conversationId]));
}

async function forgottenIn(store: ConversationStore, subjects: readonly SubjectRef[]): Promise<Gone> {
  let gone = nothing;
  for (const who of subjects) {
    const { version } = await store.memory(who);
    const forgotten = await store.forget(who);
    gone = {
      entries: gone.entries + (forgotten?.entries ?? 0),
      memories: gone.memories + (version > 0 ? 1 : 0),
    };
  }
  return gone;
}

/** Sees to it that there is nothing of a conversation and that nothing is added to it any more; what of it went just now. */
async function sealed(store: ConversationStore, who: SubjectRef): Promise<Gone> {
  let gone = nothing;
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    await store.raiseFence(who, LAST_FENCE);
    const { seq, memory } = await store.load(who, { turns: 0 });
    if (seq === 0 && memory.version === 0) return gone;
    const more = await forgottenIn(store, [who]);
    gone = { entries: gone.entries + more.entries, memories: gone.memories + more.memories };
  }
  throw new ContinuoError("store_unavailable", "a conversation was added to again and again while it was forgotten");
}
