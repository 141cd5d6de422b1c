import type { CallSid, InboxId, OutboxId, SubjectId, TenantId, TurnId } from "./ids.ts";

/** A way in and out. */
export type ChannelName = "sms" | "whatsapp" | "voice" | "web";

/** The channels whose replies are texts that are sent, not spoken. */
export type TextChannelName = Exclude<ChannelName, "voice">;

/** A picture, voice note or location that came with a message, kept by reference only. */
export interface Media {
  readonly contentType: string;
  readonly url: string;
}

/**
 * What one accepted row of the inbox says. Texts, speech, keys and results are answered; `heard`, `delivery` and `told`
 * only go into the record.
 */
export type InboxBody =
  | {
      readonly kind: "text";
      readonly channel: TextChannelName;
      /** The customer's address as the channel spells it, without a channel prefix. */
      readonly from: string;
      /** Our address that was written to; replies leave from it. */
      readonly to: string;
      readonly text: string;
      readonly media: readonly Media[];
      readonly providerId: string;
    }
  | { readonly kind: "speech"; readonly callSid: CallSid; readonly text: string; readonly lang?: string }
  | { readonly kind: "keys"; readonly callSid: CallSid; readonly digits: string }
  | { readonly kind: "heard"; readonly callSid: CallSid; readonly turnId: TurnId; readonly text: string }
  | {
      readonly kind: "delivery";
      readonly turnId: TurnId;
      readonly outboxId: OutboxId;
      readonly status: "undelivered" | "failed" | "suppressed";
      readonly code?: string;
    }
  | { readonly kind: "tool_result"; readonly callId: string; readonly tool: string; readonly output: string }
  /** What a program says was said, or is to be known, that went another way than through us. */
  | {
      readonly kind: "told";
      readonly who: "agent" | "operator" | "platform";
      readonly channel: ChannelName;
      readonly text: string;
    };

/**
 * What becomes of a row: `answer` starts a turn; `record` is written to the record by whichever turn comes, or by one
 * of its own; `join` waits for the next turn that something else starts (a text over the rate limit).
 */
export type Treatment = "answer" | "record" | "join";

/** One row of the inbox: accepted, durable and not yet part of a settled turn. */
export interface InboxRow {
  readonly id: InboxId;
  readonly subjectId: SubjectId;
  readonly tenant: TenantId;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
  readonly treatment: Treatment;
  /** How many attempts with this row in them failed. */
  readonly failures: number;
  /** Whether a reply to this row was already given up once for a later text; it happens at most once. */
  readonly superseded: boolean;
  readonly body: InboxBody;
}
