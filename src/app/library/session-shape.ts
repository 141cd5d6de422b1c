import type { Entry } from "../../core/item.ts";
import { viewOfMemory } from "../../core/memory-view.ts";
import type { MemoryValue } from "../../core/memory.ts";
import type { ChannelName } from "../../core/message.ts";
import type { SubjectRecord } from "../../core/ports/ledger.ts";
import type { LoadedConversation } from "../../core/ports/store.ts";
import type { SessionRecord, SessionState } from "../../core/session.ts";
import type { CustomerAnalytics } from "../../http/customer-views.ts";
import { customerName } from "./whom.ts";

/** One message of a session. */
export interface SessionMessage {
  /** `operator` is a person of ours, `system` the platform, `tool` what the agent did. */
  readonly role: "user" | "assistant" | "operator" | "system" | "tool";
  readonly content: string;
  readonly timestamp: Date;
  /** Names the message for as long as its conversation is not merged or split. */
  readonly messageId: string;
  /** Absent where nothing was sent or said. */
  readonly channel?: ChannelName;
}

/** How much there was of everything, over all sessions of a customer. */
export interface SessionMetadata {
  /** When the session began. */
  readonly startTime: Date;
  readonly callCount: number;
  /** Texts on every written channel. */
  readonly smsCount: number;
  /** Milliseconds from a message to its answer; null before the first one. */
  readonly avgResponseTime: number | null;
  /** From 1 to 5; null before anybody was asked. */
  readonly satisfaction: number | null;
}

/** A session as programs keep it: one stretch of a customer's conversation. A value; it does not change by itself. */
export interface ConversationSession {
  /** `ses_…`; empty when the last one was cleaned away and no other has begun. */
  readonly id: string;
  /** The phone number in E.164, or the name that the customer was given. */
  readonly customerId: string;
  /** The name of the agent that answers. */
  readonly agentId: string;
  /** `NEW` until something was answered. */
  readonly state: SessionState;
  readonly context: {
    /** What was said in this session within the window, the oldest first. */
    readonly messageHistory: readonly SessionMessage[];
    /** What was noted in this session of what the customer told, by the names of the agent's `entities`. */
    readonly extractedInfo: Readonly<Record<string, MemoryValue>>;
    readonly lastActivity: Date;
    /** What the customer wants, in a few words; absent when nobody knows. */
    readonly topic?: string;
  };
  readonly metadata: SessionMetadata;
}

/** Puts a session together from what is kept. */
export function conversationSession(kept: {
  readonly subject: SubjectRecord;
  readonly session: SessionRecord | undefined;
  readonly loaded: LoadedConversation;
  readonly analytics: CustomerAnalytics;
  readonly agentId: string;
  readonly now: number;
}): ConversationSession {
  const { subject, session, loaded, analytics, agentId, now } = kept;
  const view = viewOfMemory(loaded.memory, { now, session: session?.id });
  return {
    id: session?.id ?? "",
    customerId: customerName(subject),
    agentId,
    state: session?.state ?? subject.session,
    context: {
      messageHistory: saidIn(session, loaded).flatMap(message),
      extractedInfo: view.entities,
      lastActivity: new Date(session?.lastActiveAt ?? subject.lastActiveAt),
      ...(view.intent === undefined ? {} : { topic: view.intent }),
    },
    metadata: metadataOf(analytics, session?.startedAt ?? subject.lastActiveAt),
  };
}

/** The figures of a customer as a session tells them. */
export function metadataOf(analytics: CustomerAnalytics, startedAt: number): SessionMetadata {
  return {
    startTime: new Date(startedAt),
    callCount: analytics.totalCalls,
    smsCount: analytics.totalTexts,
    avgResponseTime: analytics.avgResponseTime,
    satisfaction: analytics.satisfactionScore,
  };
}

/** What was said in a session; nothing while the last words belong to an earlier one. */
function saidIn(session: SessionRecord | undefined, { entries, session: last }: LoadedConversation): readonly Entry[] {
  if (session === undefined || session.id !== last) return [];
  return entries.slice(entries.findLastIndex(({ item }) => item.kind === "session") + 1);
}

function message({ seq, turnId, at, item }: Entry): readonly SessionMessage[] {
  const about = { timestamp: new Date(at), messageId: `${turnId}.${seq}` };
  switch (item.kind) {
    case "customer":
      return [{ ...about, role: "user", content: item.text, channel: item.channel }];
    case "agent":
      return [{ ...about, role: "assistant", content: item.text, channel: item.channel }];
    case "operator":
      return [{ ...about, role: "operator", content: item.text, channel: item.channel }];
    case "note":
      return [{ ...about, role: "system", content: item.text }];
    case "tool_call":
      return [{ ...about, role: "tool", content: `${item.tool} ${item.arguments}` }];
    case "tool_result":
      return [{ ...about, role: "tool", content: `${item.tool}: ${item.output}` }];
    case "heard":
    case "delivery":
    case "session":
      return [];
  }
}
