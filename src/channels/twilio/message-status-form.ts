import { z } from "zod";
import { outboxId } from "../../core/ids.ts";
import type { MessageStatus } from "../../core/ports/ledger.ts";
import { accountSidField, errorCodeField, readForm, type Form, type FormOptions, type FormReading } from "./form.ts";

/** Where and when a status callback came. */
export interface StatusOptions extends FormOptions {
  /** What the callback's URL names. */
  readonly outbox?: string | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Reads a message's status callback; undefined for a status that says nothing of a message we sent. */
export function readMessageStatus(form: Form, options: StatusOptions): FormReading<MessageStatus | undefined> {
  const reading = readForm(form, statusForm, options);
  if (reading.kind === "malformed") return reading;
  const fields = reading.value;
  const status = knownStatus.safeParse(fields.MessageStatus);
  if (!status.success) return { kind: "read", value: undefined };
  const named =
    options.outbox !== undefined && /^out_[0-9a-z]{1,64}$/u.test(options.outbox) ? outboxId(options.outbox) : undefined;
  return {
    kind: "read",
    value: {
      providerId: fields.MessageSid,
      status: status.data,
      now: options.now,
      ...(named === undefined ? {} : { outboxId: named }),
      ...(fields.ErrorCode === undefined || fields.ErrorCode === "" ? {} : { errorCode: fields.ErrorCode }),
    },
  };
}

const statusForm = z.object({
  // Of a message that we sent: its id is whatever the provider answered with.
  MessageSid: z.string().regex(/^[0-9a-zA-Z_-]{2,64}$/u),
  MessageStatus: z.string().regex(/^[a-z_-]{1,32}$/u),
  AccountSid: accountSidField.optional(),
  ErrorCode: errorCodeField.optional(),
});

const knownStatus = z.enum([
  "accepted",
  "scheduled",
  "queued",
  "sending",
  "sent",
  "delivered",
  "undelivered",
  "failed",
  "read",
  "canceled",
]);
