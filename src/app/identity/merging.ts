import { ContinuoError } from "../../core/errors.ts";
import { newMergeId, type MergeId, type SubjectId, type SubjectRef, type TenantId } from "../../core/ids.ts";
import { interleave } from "../../core/interleave.ts";
import { mergeMemories } from "../../core/memory-merge.ts";
import { splitMemory } from "../../core/memory-split.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Ledger } from "../../core/ports/ledger.ts";
import type { MergeRecord } from "../../core/ports/merges.ts";
import type { ConversationStore } from "../../core/ports/store.ts";
import { placesIn, readWhole, type WholeConversation } from "./conversations.ts";
import { queueBySubject } from "./queue-by-subject.ts";
import { mergeRefusal, splitRefusal, type Refusal } from "./refusal.ts";

/** What merging stands on. */
export interface MergingParts {
  readonly ledger: Pick<Ledger, "merges" | "resolutions" | "sessions">;
  readonly store: ConversationStore;
  readonly clock: Clock;
  /** Told of everybody who has got something new to look at: rows, replies, a past. */
  readonly onMoved: (who: SubjectRef) => void;
  /** Told why a merge or a split that is decided could not be finished yet; it is tried again. */
  readonly onDelayed: (error: unknown, subjectId: SubjectId) => void;
}

/** Who is to become part of whom. */
export interface MergeWish {
  readonly tenant: TenantId;
  readonly into: SubjectId;
  readonly from: SubjectId;
  readonly reason: string;
  /** The name of a key, or of a part of the program. */
  readonly by: string;
}

/** Which merge is to be taken back. */
export interface SplitWish {
  readonly tenant: TenantId;
  readonly mergeId: MergeId;
  readonly by: string;
}

/** What became of a merge. Its state is still `merging` when the store could not do its part yet; it will. */
export type Merged = { readonly kind: "merged"; readonly merge: MergeRecord } | Refusal;

/** What became of a split. Its state is still `splitting` when the store could not do its part yet; it will. */
export type Split = { readonly kind: "split"; readonly merge: MergeRecord } | Refusal;

/** Brings subjects together and takes them apart: first in the ledger, then in the store. */
export interface Merging {
  /** Makes one subject part of another. One that is busy is waited for, `patienceMs` at most. */
  merge(wish: MergeWish, patienceMs: number): Promise<Merged>;
  /** Takes a merge back. One who is busy is waited for, `patienceMs` at most. */
  split(wish: SplitWish, patienceMs: number): Promise<Split>;
  /** Does what was decided and not finished, because a program died or the store was away. */
  goOn(now: number, signal: AbortSignal): Promise<void>;
}

const LOOK_AGAIN_MS = 100;
const MOST_TRIES = 5;
const AT_ONCE = 20;
const LONGEST_WAIT_MS = 5 * 60_000;

/** The merging of one process. */
export function openMerging(parts: MergingParts): Merging {
  const { ledger, store, clock } = parts;
  const inTurn = queueBySubject();
  const active = new Set<MergeId>();
  /** When what could not be finished is tried again. */
  const waits = new Map<MergeId, { readonly ms: number; readonly until: number }>();

  return {
    async merge(wish, patienceMs) {
      return await patiently(patienceMs, async () => {
        const decided = await inTurn([wish.into, wish.from], async () => {
          const now = clock.now();
          const outcome = await ledger.merges.merge({ ...wish, mergeId: newMergeId(now), now });
          return outcome.kind === "merged" ? { ...outcome, merge: await finished(outcome.merge) } : outcome;
        });
        return decided.kind === "merged" ? decided : mergeRefusal(decided.why);
      });
    },

    async split(wish, patienceMs) {
      return await patiently(patienceMs, async () => {
        const decided = await ledger.merges.split({ ...wish, now: clock.now() });
        if (decided.kind === "refused") return splitRefusal(decided.why);
        const { merge } = decided;
        return { ...decided, merge: await inTurn([merge.into, merge.from], () => finished(merge)) };
      });
    },

    async goOn(now, signal) {
      for (const merge of await ledger.merges.unfinished(AT_ONCE)) {
        const isDue = (waits.get(merge.id)?.until ?? 0) <= now && !active.has(merge.id);
        if (signal.aborted) return;
        if (isDue) await inTurn([merge.into, merge.from], () => finished(merge));
      }
    },
  };

  async function patiently<Outcome extends { readonly kind: string; readonly why?: string }>(
    patienceMs: number,
    attempt: () => Promise<Outcome>,
  ): Promise<Outcome> {
    const until = clock.now() + patienceMs;
    for (;;) {
      const outcome = await attempt();
      if (outcome.why !== "busy" || clock.now() >= until) return outcome;
      await clock.sleep(LOOK_AGAIN_MS);
    }
  }

  /** Lets the store do its part. What is decided stays decided: when the store cannot, it is tried again later. */
  async function finished(merge: MergeRecord): Promise<MergeRecord> {
    active.add(merge.id);
    try {
      const done = merge.state === "merging" ? await bringTogether(merge) : await takeApart(merge);
      await ledger.merges.finish(merge.id);
      waits.delete(merge.id);
      return done;
    } catch (error) {
      const ms = Math.min(LONGEST_WAIT_MS, 2 * (waits.get(merge.id)?.ms ?? 500));
      waits.set(merge.id, { ms, until: clock.now() + ms });
      parts.onDelayed(error, merge.into);
      return merge;
    } finally {
      active.delete(merge.id);
      for (const subjectId of [merge.into, merge.from]) parts.onMoved({ tenant: merge.tenant, subjectId });
    }
  }

  async function bringTogether(merge: MergeRecord): Promise<MergeRecord> {
    const { id: mergeId, tenant, into, from } = merge;
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const both = await readBoth(merge);
      const order = interleave(both.into.entries, both.from.entries);
      const current = await ledger.sessions.current({ tenant, subjectId: into });
      const memory = mergeMemories(both.into.memory, both.from.memory, {
        entries: { into: both.into.entries, from: both.from.entries },
        placeOf: placesIn(both, order),
        session: current?.id,
        joins: openSession(both.from),
        now: clock.now(),
      });
      const seqs = { into: both.into.seq, from: both.from.seq };
      const versions = { into: both.into.memory.version, from: both.from.memory.version };
      const outcome = await store.merge({ tenant, mergeId, into, from, seqs, versions, order, memory });
      if (outcome.kind === "merged") return { ...merge, state: "merged" };
    }
    throw new ContinuoError("store_unavailable", "two conversations changed while they were brought together");
  }

  async function takeApart(merge: MergeRecord): Promise<MergeRecord> {
    const { id: mergeId, tenant, into, from, at: mergedAt } = merge;
    await ledger.resolutions.part({ tenant, subjects: [into, from], now: clock.now() });
    const both = await readBoth(merge);
    const { entries, seq } = both.into;
    const memory = splitMemory(both.into.memory, { entries, seq, mergedAt, gone: both.from });
    await store.split({ tenant, mergeId, into, memory });
    return { ...merge, state: "split" };
  }

  async function readBoth({
    tenant,
    into,
    from,
  }: MergeRecord): Promise<Readonly<Record<"into" | "from", WholeConversation>>> {
    return {
      into: await readWhole(store, { tenant, subjectId: into }),
      from: await readWhole(store, { tenant, subjectId: from }),
    };
  }
}

/** The session that somebody was in when they became part of somebody else; undefined when it was over and told as an episode. */
function openSession({ session, memory }: WholeConversation): WholeConversation["session"] {
  return memory.episodes.some((episode) => episode.session === session) ? undefined : session;
}
