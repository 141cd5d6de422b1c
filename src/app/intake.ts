import type { InboundText } from "../channels/twilio/message-form.ts";
import { addressKey, aliasOf, dialled, readAddress } from "../core/address.ts";
import type { SubjectId, TenantId } from "../core/ids.ts";
import type { RateLimits } from "../core/limit.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Accepted, Ledger } from "../core/ports/ledger.ts";
import { sentences } from "../core/sentences.ts";

/** What taking texts in stands on. */
export interface IntakeParts {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly tenant: TenantId;
  readonly defaultCountry: string;
  readonly limits: RateLimits;
  /** A text wants an answer. */
  readonly onText: (subjectId: SubjectId, at: number) => void;
  /** Something waits in the outbox. */
  readonly onReply: (subjectId: SubjectId) => void;
  /** A row was kept that only belongs into the record. */
  readonly onWork: (subjectId: SubjectId) => void;
  /** Something was committed. */
  readonly onCommit: () => void;
}

/** Takes a text in: when this resolves it is durable, and everything else happens later. */
export function textIntake(parts: IntakeParts): (message: InboundText) => Promise<Accepted> {
  return async (message) => {
    const now = parts.clock.now();
    const address = readAddress(message.rawFrom, parts.defaultCountry);
    // Somebody without a number cannot be known again: each message is a subject of its own.
    const scope = message.providerId;
    const accepted = await parts.ledger.accept({
      tenant: parts.tenant,
      addressKey: addressKey(address, scope),
      alias: aliasOf(address, scope),
      providerId: message.providerId,
      body: { ...message.body, from: dialled(address) ?? message.body.from },
      limits: parts.limits,
      limitNotice: sentences.limited,
      ...(message.body.channel === "whatsapp" ? { helpNotice: sentences.help } : {}),
      ...(message.idempotencyToken === undefined ? {} : { idempotencyToken: message.idempotencyToken }),
      ...(message.optOutType === undefined ? {} : { optOutType: message.optOutType }),
      now,
    });
    if (accepted.kind === "accepted") parts.onText(accepted.subjectId, now);
    if (accepted.kind === "recorded") {
      if (accepted.notified) parts.onReply(accepted.subjectId);
      if (accepted.reason !== "limited") parts.onWork(accepted.subjectId);
    }
    parts.onCommit();
    return accepted;
  };
}
