import type { SubjectId, TenantId, TurnId } from "./ids.ts";
import type { ChannelName } from "./message.ts";

/** The names of what happens, in the past tense, as listeners and the record see them. */
export type EventName =
  | "message_received"
  | "message_duplicate"
  | "message_limited"
  | "opted_out"
  | "opted_in"
  | "help_requested"
  | "turn_started"
  | "turn_settled"
  | "turn_superseded"
  | "turn_failed"
  | "tools_executed"
  | "tool_unknown"
  | "reply_interrupted"
  | "message_sent"
  | "message_delivered"
  | "message_undelivered"
  | "message_suppressed"
  | "delivery_ambiguous"
  | "delivery_unknown"
  | "escalation"
  | "session_started"
  | "session_changed"
  | "session_ended"
  | "modality_switched"
  | "context_bridged"
  | "memory_updated"
  | "memory_failed"
  | "message_unanswerable"
  | "survey_asked"
  | "survey_answered"
  | "subject_resolved"
  | "subject_unresolved"
  | "subjects_merged"
  | "subject_split"
  | "code_sent"
  | "code_refused"
  | "address_proven"
  | "customer_exported"
  | "customer_forgotten"
  | "conversations_cleaned"
  | "call_started"
  | "call_connected"
  | "call_dropped"
  | "call_resumed"
  | "call_ended"
  | "error_occurred";

/** Something that happened, written in the same commit as what it tells of. The payload holds no personal data. */
export interface DomainEvent {
  readonly name: EventName;
  readonly tenant: TenantId;
  readonly subjectId?: SubjectId;
  readonly turnId?: TurnId;
  readonly channel?: ChannelName;
  readonly detail?: Readonly<Record<string, string | number | boolean>>;
}

/** An event with its place in the record. */
export interface RecordedEvent extends DomainEvent {
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}
