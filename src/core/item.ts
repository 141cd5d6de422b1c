import type { OutboxId, SessionId, TurnId } from "./ids.ts";
import type { ChannelName } from "./message.ts";

/** One entry of a conversation's history. Entries are only ever added; what corrects an entry is a later entry. */
export type Item =
  | {
      readonly kind: "customer";
      readonly channel: ChannelName;
      readonly text: string;
      /** Content types of media that came along and could not be looked at. */
      readonly media?: readonly string[];
      /** Keys pressed on the phone instead of words. */
      readonly keys?: true;
    }
  | {
      readonly kind: "agent";
      readonly channel: ChannelName;
      readonly text: string;
      /** `incomplete` when the reply was cut off while it was made. */
      readonly status: "complete" | "incomplete";
    }
  | { readonly kind: "operator"; readonly channel: ChannelName; readonly text: string }
  | { readonly kind: "tool_call"; readonly callId: string; readonly tool: string; readonly arguments: string }
  | { readonly kind: "tool_result"; readonly callId: string; readonly tool: string; readonly output: string }
  /** How much of what the agent said in a turn the caller heard. */
  | { readonly kind: "heard"; readonly turnId: TurnId; readonly text: string }
  /** A reply of a turn that did not reach the customer. */
  | {
      readonly kind: "delivery";
      readonly turnId: TurnId;
      readonly outboxId: OutboxId;
      readonly status: "undelivered" | "failed" | "suppressed";
      readonly code?: string;
    }
  /** Something the agent should know that nobody said. */
  | { readonly kind: "note"; readonly text: string }
  /** A new session begins here; what came before belongs to one that is over. */
  | { readonly kind: "session"; readonly sessionId: SessionId };

/** An item with its place in the conversation. */
export interface Entry {
  /** Place in the conversation, from 1, without gaps. */
  readonly seq: number;
  readonly turnId: TurnId;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly item: Item;
}
