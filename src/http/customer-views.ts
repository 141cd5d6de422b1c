import type { Entry } from "../core/item.ts";
import type { Episode, Fact, Intent, Memory, MemorySource, MemoryValue, Profile } from "../core/memory.ts";
import type { ChannelName } from "../core/message.ts";
import type { Counts } from "../core/ports/totals.ts";
import type { SessionState } from "../core/session.ts";

// What operators read of customers, as it goes over HTTP. Times are ISO 8601; what is not there is null.

/** Who says something in a history: the customer, the agent, a person of ours, the platform, or a tool. */
export type HistoryRole = "customer" | "assistant" | "operator" | "system" | "tool";

/** One line of a history. */
export interface HistoryLine {
  /** Place in the conversation, from 1; what came before is asked for by it. */
  readonly seq: number;
  readonly role: HistoryRole;
  readonly content: string;
  readonly timestamp: string;
  /** Absent where nothing was sent or said. */
  readonly channel?: ChannelName;
}

/** A customer's conversation as operators see it. */
export interface SessionView {
  /** The number in E.164, or the alias of somebody without one. */
  readonly sessionId: string;
  /** The subject's id. */
  readonly userId: string;
  readonly startTime: string;
  readonly lastActivity: string;
  /** The channel that was used last; null before anything was said. */
  readonly currentModality: ChannelName | null;
  /** What the customer said and what was answered, in all. */
  readonly totalMessages: number;
  /** Null when the last session was cleaned away. */
  readonly session: SessionSummary | null;
  readonly context: {
    /** The oldest first. */
    readonly conversationHistory: readonly HistoryLine[];
    readonly extractedEntities: Readonly<Record<string, MemoryValue>>;
    readonly summary: string;
    readonly memory: readonly FactView[];
  };
}

/** One stretch of activity. */
export interface SessionSummary {
  readonly id: string;
  /** Counts within the conversation, from 1. */
  readonly number: number;
  readonly state: SessionState;
  readonly startedAt: string;
  readonly lastActiveAt: string;
  readonly endedAt: string | null;
}

/** Something that stays true of the customer. */
export interface FactView {
  readonly id: string;
  readonly type: Fact["type"];
  readonly about: string;
  readonly content: string;
  /** From 0 to 1. */
  readonly confidence: number;
  readonly source: MemorySource;
  readonly at: string;
  /** Null when it never expires. */
  readonly expires: string | null;
  /** When a newer one took its place; null while it counts. */
  readonly replacedAt: string | null;
}

/** A value that was found in a session. */
export interface EntityView {
  readonly name: string;
  readonly value: MemoryValue;
  /** From 0 to 1. */
  readonly confidence: number;
  readonly source: MemorySource;
  readonly at: string;
  readonly session: string | null;
  /** When a newer value took its place; null while it counts. */
  readonly replacedAt: string | null;
}

/** All that is known of a customer beside what was said. */
export interface MemoryReport {
  readonly userId: string;
  /** Rises with every change. */
  readonly version: number;
  readonly facts: readonly FactView[];
  readonly entities: readonly EntityView[];
  readonly intent: (Omit<Intent, "at"> & { readonly at: string }) | null;
  /** Of the session that runs. */
  readonly summary: string | null;
  /** Sessions that are over, the oldest first. */
  readonly episodes: readonly (Omit<Episode, "startedAt" | "endedAt"> & {
    readonly startedAt: string;
    readonly endedAt: string;
  })[];
  readonly topics: Readonly<Record<string, number>>;
  readonly profile: (Omit<Profile, "at"> & { readonly at: string }) | null;
}

/** What the figures say of a customer, or of all of a tenant's. */
export interface Figures {
  readonly totalCalls: number;
  readonly totalTexts: number;
  /** Milliseconds from what the customer said to the answer; null before the first one. */
  readonly avgResponseTime: number | null;
  /** From 1 to 5; null before anybody was asked. */
  readonly satisfactionScore: number | null;
  /** The channel that is used most; null before anything was said. */
  readonly preferredModality: ChannelName | null;
  /** Everything that is counted, by name. */
  readonly counts: Counts;
}

/** What the figures say of a customer. */
export interface CustomerAnalytics extends Figures {
  /** What came up, the most frequent first. */
  readonly keyTopics: readonly string[];
}

/** What the figures say of a tenant. Days are in UTC; those without anything are left out. */
export interface TenantAnalytics {
  readonly from: string;
  readonly to: string;
  readonly total: Figures;
  readonly days: readonly (Figures & { readonly day: string })[];
}

/** One merge of two subjects. */
export interface MergeView {
  readonly mergeId: string;
  readonly into: string;
  readonly from: string;
  readonly reason: string;
  /** Who did it: the name of a key, or of a part of the program. */
  readonly by: string;
  readonly at: string;
  /** `merging` and `splitting` are decided, and done in a moment. */
  readonly state: "merging" | "merged" | "splitting" | "split";
}

/** Everything that is kept of a customer, for the customer. */
export interface CustomerExport {
  readonly manifest: {
    /** Of this very document. */
    readonly format: "continuo-export/1";
    readonly exportedAt: string;
    /** The number in E.164, or the alias of somebody without one. */
    readonly customer: string;
    readonly alias: string;
    /** How many there are of each section. */
    readonly counts: Readonly<Record<string, number>>;
  };
  /** One for each subject that was found to be this person, this one first. */
  readonly conversations: readonly ExportedConversation[];
  /** The platform's own rows, by what they are about. */
  readonly records: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;
}

/** What was said in one conversation, and what is known from it. */
export interface ExportedConversation {
  readonly subjectId: string;
  readonly history: readonly HistoryLine[];
  readonly items: readonly Entry[];
  readonly memory: Memory;
}

/** The proof that somebody was forgotten. It names nobody. */
export interface Receipt {
  readonly receiptId: string;
  readonly deletedAt: string;
  /** How many rows of each kind are gone. */
  readonly deleted: Readonly<Record<string, number>>;
  /** How many stay, as keyed hashes that cannot be turned back. */
  readonly kept: Readonly<Record<string, number>>;
  /** Why anything stays. */
  readonly keptBecause: string;
  /** Conversations that were kept elsewhere; those that are queued could not be deleted yet, and are tried again. */
  readonly remote: { readonly deleted: number; readonly queued: number };
  /** `clean` when nothing of it can be read in the files any more; `later` when that takes longer or has to wait, and is still to come. */
  readonly files: "clean" | "later";
}
