import type { InboundText } from "../channels/twilio/message-form.ts";
import { addressKey, aliasOf, dialled, isAnswerable, readSender } from "../core/address.ts";
import type { SubjectId } from "../core/ids.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Accepted, Ledger } from "../core/ports/ledger.ts";
import { sentences } from "../core/sentences.ts";
import type { Tenants } from "./tenants.ts";

/** What taking texts in stands on. */
export interface IntakeParts {
  readonly ledger: Pick<Ledger, "accept">;
  readonly clock: Clock;
  readonly tenants: Pick<Tenants, "serving">;
  /** A text wants an answer. */
  readonly onText: (subjectId: SubjectId, at: number) => void;
  /** Something waits in the outbox. */
  readonly onReply: (subjectId: SubjectId) => void;
  /** A row was kept that only belongs into the record. */
  readonly onWork: (subjectId: SubjectId) => void;
  /** Something was committed. */
  readonly onCommit: () => void;
}

/** What became of a text. When nobody serves the number that it was sent to, nothing is kept. */
export type TakenIn = Accepted | { readonly kind: "unserved"; readonly notice: string };

/** Takes a text in: when this resolves it is durable, and everything else happens later. */
export function textIntake(parts: IntakeParts): (message: InboundText) => Promise<TakenIn> {
  return async (message) => {
    const { body } = message;
    const tenant = parts.tenants.serving(body.to)?.tenant;
    if (tenant === undefined) return { kind: "unserved", notice: sentences.unserved };
    const now = parts.clock.now();
    const address = readSender(message.rawFrom, body.channel, tenant.defaultCountry);
    // Somebody without a number cannot be known again: each message is a subject of its own.
    const scope = message.providerId;
    const accepted = await parts.ledger.accept({
      tenant: tenant.id,
      addressKey: addressKey(address, scope),
      alias: aliasOf(address, scope),
      providerId: message.providerId,
      body: { ...body, from: dialled(address) ?? body.from },
      limits: tenant.limits,
      limitNotice: tenant.notices.limited,
      ...(body.channel === "whatsapp" ? { helpNotice: tenant.notices.help } : {}),
      surveyNotice: tenant.notices.surveyThanks,
      answerable: isAnswerable(address, body.channel),
      session: tenant.session,
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
