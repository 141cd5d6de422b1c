import type { FactId, SessionId, TurnId } from "./ids.ts";

/** A value as memory keeps it. */
export type MemoryValue = string | number | boolean | readonly string[];

/** Where something that is remembered comes from. */
export type MemorySource =
  /** An entry of the conversation, by its place. */
  | { readonly kind: "item"; readonly turnId: TurnId; readonly seq: number }
  /** A person or a program that used the API, by the name of its key. */
  | { readonly kind: "person"; readonly by: string }
  /** The resolver that knows the customer. */
  | { readonly kind: "resolver"; readonly name: string };

/** One value of the agent's entity schema, as it was found in one session. */
export interface Entity {
  readonly name: string;
  readonly value: MemoryValue;
  /** From 0 to 1. */
  readonly confidence: number;
  readonly source: MemorySource;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The session it belongs to; it is not shown to the agent in another one. */
  readonly session: SessionId | undefined;
  /** When a newer value took its place; kept as history. */
  readonly replacedAt?: number;
}

/** Something that stays true of the customer from session to session. */
export interface Fact {
  readonly id: FactId;
  readonly type: "fact" | "preference";
  /** What it is about, in a word or two (`preferred_channel`); of two facts about the same thing the newer wins. */
  readonly about: string;
  readonly content: string;
  /** From 0 to 1. */
  readonly confidence: number;
  readonly source: MemorySource;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Milliseconds since 1970, after which it counts no more; absent means never. */
  readonly expires?: number;
  /** When a newer one took its place; kept as history. */
  readonly replacedAt?: number;
}

/** What the customer wants now. */
export interface Intent {
  readonly name: string;
  /** What it is about, in a few words. */
  readonly topic: string;
  /** From 0 to 1. */
  readonly confidence: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The session it belongs to; it is not shown to the agent in another one. */
  readonly session?: SessionId;
}

/** A session that is over, in prose. */
export interface Episode {
  readonly session: SessionId;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly summary: string;
}

/** Prose of what has left the window in the current session. */
export interface Summary {
  readonly session: SessionId | undefined;
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** What a resolver told of the customer. */
export interface Profile {
  /** The resolver's own id of the customer. */
  readonly id: string;
  readonly name?: string;
  readonly details: Readonly<Record<string, string | number | boolean>>;
  readonly resolver: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** The conversation as OpenAI's Conversations API keeps it, for agents whose history lies there. */
export interface RemoteHistory {
  /** The name by which the library's callers know the conversation. */
  readonly sessionId: string;
  /** `conv_…`, as OpenAI gave it. */
  readonly conversationId: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly lastUsed: number;
  /** Place of the last entry that is there as well. */
  readonly throughSeq: number;
  /**
   * The last item there when that was so, by OpenAI's id: what stands behind it is of a turn that did not end well.
   * Empty in a conversation that was made and has no such turn yet; absent when nobody knows, after an import.
   */
  readonly lastItemId?: string;
}

/** All that is known of a subject beside what was said. Small and bounded; written whole, by compare-and-set. */
export interface Memory {
  /** 0 before anything was kept; rises with every change. */
  readonly version: number;
  /** Place of the last entry that a summary covers; nothing is ever folded twice. */
  readonly foldedThrough: number;
  /** Place of the last entry from which entities, facts and intent were taken. */
  readonly extractedThrough: number;
  readonly summary?: Summary;
  /** The oldest first. */
  readonly episodes: readonly Episode[];
  readonly entities: readonly Entity[];
  readonly facts: readonly Fact[];
  readonly intent?: Intent;
  /** How often each topic came up. */
  readonly topics: Readonly<Record<string, number>>;
  /** How many extracted values did not fit their schema and were dropped. */
  readonly dropped: number;
  readonly profile?: Profile;
  readonly remote?: RemoteHistory;
}

/** The memory of somebody nobody knows yet. */
export const emptyMemory: Memory = {
  version: 0,
  foldedThrough: 0,
  extractedThrough: 0,
  episodes: [],
  entities: [],
  facts: [],
  topics: {},
  dropped: 0,
};

/** What the agent is shown of a memory: only what counts now, in the session that runs. */
export interface MemoryView {
  readonly profile?: Pick<Profile, "name" | "details">;
  readonly summary?: string;
  /** Sessions that are over, the oldest first. */
  readonly earlier: readonly { readonly endedAt: number; readonly summary: string }[];
  readonly facts: readonly { readonly type: Fact["type"]; readonly content: string }[];
  readonly entities: Readonly<Record<string, MemoryValue>>;
  readonly intent?: string;
}
