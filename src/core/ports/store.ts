import type { SubjectId, TurnId } from "../ids.ts";
import type { Entry, Item } from "../item.ts";
import type { Settlement } from "../turn-record.ts";

/**
 * What was said and is known. Everything is append-only: a turn adds items, nothing is rewritten. Methods reject with
 * `store_unavailable` when the backend does not answer and `store_corrupt` when what it holds cannot be read.
 */
export interface ConversationStore extends AsyncDisposable {
  /** The last `turns` turns in which the customer said something, with everything since the first of them. */
  load(subjectId: SubjectId, options: { readonly turns: number }): Promise<LoadedConversation>;
  /** What a turn decided, when this store already holds it. */
  settlementOf(subjectId: SubjectId, turnId: TurnId): Promise<Settlement | undefined>;
  /** Refuses everything under a lower fence from now on. Creates the conversation when it is new. */
  raiseFence(subjectId: SubjectId, fence: number): Promise<void>;
  /** Adds a turn's items and its settlement, whole or not at all; idempotent by turn id. */
  append(record: TurnAppend): Promise<Appended>;
  /** Entries before a place (or the last ones), the oldest first. */
  page(
    subjectId: SubjectId,
    options: { readonly beforeSeq?: number; readonly limit: number },
  ): Promise<readonly Entry[]>;
  /** Removes a conversation with everything that belongs to it; true when there was one. */
  forget(subjectId: SubjectId): Promise<boolean>;
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
}

/** One turn's addition. */
export interface TurnAppend {
  readonly subjectId: SubjectId;
  readonly turnId: TurnId;
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
