import type { TextChannelName } from "../message.ts";
import type { OutboxRow, SendOutcome } from "../outbox.ts";

/** A way out for texts: sms, whatsapp. Spoken replies leave by a call's sink instead. */
export interface TextChannel {
  readonly name: TextChannelName;
  /** Cuts a reply into parts that the provider takes, at sentence ends where it can, and makes its characters cheap. */
  split(text: string): readonly string[];
  /** Sends one part. Never throws for what a provider or a network does. */
  send(row: OutboxRow, signal: AbortSignal): Promise<SendOutcome>;
  /** Asks the provider whether it ever accepted a part whose answer was lost. `unclear` when it cannot tell. */
  find(row: OutboxRow, signal: AbortSignal): Promise<FoundMessage>;
  /** Shows the customer that a reply is being written, where the channel can. Best effort. */
  typing?(providerId: string, signal: AbortSignal): Promise<void>;
}

/** What the provider knows of a part. */
export type FoundMessage =
  | { readonly kind: "found"; readonly providerId: string }
  | { readonly kind: "absent" }
  | { readonly kind: "unclear"; readonly code: string };
