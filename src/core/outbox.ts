import type { CallSid, OutboxId, SubjectId, TenantId, TurnId } from "./ids.ts";
import type { ChannelName, TextChannelName } from "./message.ts";

/**
 * How far a reply is: `waiting` to be sent or spoken, `sending` while a request is under way, `ambiguous` when its
 * answer was lost, `sent` when the provider took it, then what the provider tells; `spoken` when a socket took it,
 * `suppressed` when nobody wanted it any more, `unknown` when a person has to look.
 */
export type OutboxState =
  | "waiting"
  | "sending"
  | "ambiguous"
  | "sent"
  | "delivered"
  | "undelivered"
  | "failed"
  | "spoken"
  | "suppressed"
  | "unknown";

/** One part of a reply, decided and on its way. */
export interface OutboxRow {
  readonly id: OutboxId;
  readonly subjectId: SubjectId;
  readonly tenant: TenantId;
  readonly turnId?: TurnId;
  readonly channel: ChannelName;
  readonly callSid?: CallSid;
  /** The customer's address. */
  readonly to: string;
  /** Our address. */
  readonly from: string;
  readonly body: string;
  readonly state: OutboxState;
  readonly attempts: number;
  readonly createdAt: number;
  /** When the request now in doubt was started. */
  readonly sendingAt?: number;
  readonly providerId?: string;
}

/** What became of one attempt to send. */
export type SendOutcome =
  | { readonly kind: "sent"; readonly providerId: string }
  /** Not accepted, and may be tried again after a while. */
  | { readonly kind: "retry"; readonly afterMs?: number; readonly code: string }
  /** Not accepted, and never will be. */
  | { readonly kind: "refused"; readonly code: string; readonly reason: RefusalReason }
  /** Nobody knows whether it was accepted. */
  | { readonly kind: "ambiguous"; readonly code: string };

/** Why a provider will not take a message. */
export type RefusalReason = "opted_out" | "bad_address" | "not_allowed" | "misconfigured" | "other";

/** A reply as a turn decided it, before it is split into parts and given ids. */
export type Reply =
  | {
      readonly kind: "text";
      readonly channel: TextChannelName;
      readonly to: string;
      readonly from: string;
      readonly parts: readonly string[];
    }
  /** `spoken` says whether a socket took all of it. */
  | { readonly kind: "voice"; readonly callSid: CallSid; readonly text: string; readonly spoken: boolean };

/** At most this many attempts for a message that the provider asks to try again. */
export const MAX_SEND_ATTEMPTS = 8;

/**
 * Milliseconds to wait before the next attempt: what the provider asked for, or doubling from one second with up to
 * half of it random, at most five minutes. `random` is in [0, 1).
 */
export function retryDelayMs(attempts: number, random: number, askedMs?: number): number {
  const base = Math.min(300_000, 1_000 * 2 ** Math.max(0, attempts - 1));
  const own = base / 2 + (base / 2) * random;
  return Math.round(askedMs === undefined || !Number.isFinite(askedMs) ? own : Math.max(askedMs, 0) + 250 * random);
}
