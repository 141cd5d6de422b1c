import type { MergeId, SessionId, SubjectId, SubjectRef, TenantId, TurnId } from "../ids.ts";
import type { Entry, Item } from "../item.ts";
import type { Memory } from "../memory.ts";
import type { Settlement } from "../turn-record.ts";

/**
 * What was said and is known. Everything is append-only: a turn adds items, nothing is rewritten. What belongs to
 * another tenant is as if it were not there, and writing to it rejects with `not_found`. Methods reject with
 * `store_unavailable` when the backend does not answer and `store_corrupt` when what it holds cannot be read.
 */
export interface ConversationStore extends AsyncDisposable {
  /**
   * The last `turns` turns in which the customer said something, with everything since the first of them; and before
   * them the turns that no summary covers yet (those after `memory.foldedThrough`), `unfolded` at most.
   */
  load(who: SubjectRef, options: { readonly turns: number; readonly unfolded?: number }): Promise<LoadedConversation>;
  /** What a turn decided, when this store already holds it. */
  settlementOf(who: SubjectRef, turnId: TurnId): Promise<Settlement | undefined>;
  /** Refuses everything under a lower fence from now on; under `LAST_FENCE` also whatever is to be remembered. Creates the conversation when it is new. */
  raiseFence(who: SubjectRef, fence: number): Promise<void>;
  /** Adds a turn's items and its settlement, whole or not at all; idempotent by turn id. */
  append(record: TurnAppend): Promise<Appended>;
  /** Entries before a place (or the last ones), or after one (`afterSeq`, the first ones), the oldest first. */
  page(
    who: SubjectRef,
    options: { readonly beforeSeq?: number; readonly afterSeq?: number; readonly limit: number },
  ): Promise<readonly Entry[]>;
  /** What is known of the subject; empty when nothing is. */
  memory(who: SubjectRef): Promise<Memory>;
  /**
   * Keeps what is known, if it still is what it was when it was read (`memory.version`) and the entries that it covers
   * are those of this conversation, which may have been forgotten or split since; its version is one higher afterwards.
   * Creates the conversation when it is new.
   */
  remember(
    who: SubjectRef,
    memory: Memory,
  ): Promise<{ readonly kind: "kept"; readonly version: number } | { readonly kind: "stale" }>;
  /** Removes entries up to a place, which are older than what a window may show, with the settlements of their turns; how many. Their places and the numbers of their turns are not given again. */
  trim(who: SubjectRef, options: { readonly throughSeq: number }): Promise<number>;
  /**
   * Brings the entries of `from` into `into` in the given order, with new places; `from` stays as it is, for the case
   * that the two are split again. `stale` when one of them is not as it was read. Idempotent by merge id.
   */
  merge(request: StoreMerge): Promise<{ readonly kind: "merged" } | { readonly kind: "stale" }>;
  /** Takes the entries of a merge out again and keeps the given memory; what was said since stays. Does nothing when it was done. */
  split(request: {
    readonly tenant: TenantId;
    readonly mergeId: MergeId;
    readonly into: SubjectId;
    readonly memory: Memory;
  }): Promise<void>;
  /** Removes a conversation with everything that belongs to it; how many entries, undefined when there was no conversation. */
  forget(who: SubjectRef): Promise<{ readonly entries: number } | undefined>;
}

/** The end of a conversation, as a turn needs it. */
export interface LoadedConversation {
  readonly entries: readonly Entry[];
  /** Place of the last entry, 0 when there is none. */
  readonly seq: number;
  /** The highest fence seen. */
  readonly fence: number;
  /** How many turns with the customer's words there have been in all. */
  readonly turns: number;
  /** The session of the last addition; undefined when there was none. */
  readonly session: SessionId | undefined;
  readonly memory: Memory;
}

/** One turn's addition. */
export interface TurnAppend {
  readonly tenant: TenantId;
  readonly subjectId: SubjectId;
  readonly turnId: TurnId;
  readonly session: SessionId;
  readonly fence: number;
  /** Place of the last entry as loaded. */
  readonly expectedSeq: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly items: readonly Item[];
  readonly settlement: Settlement;
}

/** What became of an addition. Only `appended` changed something. */
export type Appended =
  | { readonly kind: "appended"; readonly seq: number }
  /** This turn was added before, with this settlement, which is the one to settle. */
  | { readonly kind: "repeated"; readonly settlement: Settlement }
  /** A higher fence was seen: somebody else works on this conversation. */
  | { readonly kind: "fenced"; readonly fence: number }
  /** The conversation is not as it was loaded: load again, run once more. */
  | { readonly kind: "stale"; readonly seq: number };

/** How two conversations become one. */
export interface StoreMerge {
  readonly tenant: TenantId;
  readonly mergeId: MergeId;
  readonly into: SubjectId;
  readonly from: SubjectId;
  /** Places of the last entries as they were read. */
  readonly seqs: { readonly into: number; readonly from: number };
  /** Versions of both memories as they were read, so that nothing is undone that was changed in them since. */
  readonly versions: { readonly into: number; readonly from: number };
  /**
   * Whose entry comes next, for every entry of both, by time. The last one's place is the sum of `seqs` afterwards, and
   * the others go back from there without gaps; so with nothing trimmed they begin at 1.
   */
  readonly order: readonly ("into" | "from")[];
  /** What is known of the one person, with places as they are afterwards. */
  readonly memory: Memory;
}
