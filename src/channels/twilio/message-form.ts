import { z } from "zod";
import type { InboxBody, Media } from "../../core/message.ts";
import { chosenWords } from "../whatsapp.ts";
import {
  accountSidField,
  addressField,
  messageSidField,
  readForm,
  single,
  type Form,
  type FormOptions,
  type FormReading,
} from "./form.ts";

/** A message from a customer, as it came in. */
export interface InboundText {
  readonly body: Extract<InboxBody, { kind: "text" }>;
  readonly providerId: string;
  /** The sender exactly as the provider gave it, for `readAddress`. */
  readonly rawFrom: string;
  /** What the provider itself took the text for: STOP, START or HELP. */
  readonly optOutType?: string;
  /** The same in every repetition of one webhook. */
  readonly idempotencyToken?: string;
}

/** Reads the form of a message webhook; the sender's prefix tells the channel. */
export function readMessage(form: Form, options: FormOptions = {}): FormReading<InboundText> {
  const reading = readForm(form, messageForm, options);
  if (reading.kind === "malformed") return reading;
  const fields = reading.value;
  const sid = fields.MessageSid;
  if ((fields.SmsSid ?? sid) !== sid) return { kind: "malformed", problem: "SmsSid is not MessageSid" };
  if ((fields.SmsMessageSid ?? sid) !== sid) return { kind: "malformed", problem: "SmsMessageSid is not MessageSid" };
  const media = readMedia(form, Number(fields.NumMedia ?? "0"));
  if (media.kind === "malformed") return media;
  const channel = fields.From.startsWith(PREFIX) ? "whatsapp" : "sms";
  return {
    kind: "read",
    value: {
      providerId: sid,
      rawFrom: fields.From,
      ...(fields.OptOutType === undefined || fields.OptOutType === "" ? {} : { optOutType: fields.OptOutType }),
      body: {
        kind: "text",
        channel,
        from: withoutPrefix(fields.From),
        to: withoutPrefix(fields.To),
        text: storable(channel === "whatsapp" ? chosenWords(form, fields.Body) : fields.Body),
        media: media.value,
        providerId: sid,
      },
    },
  };
}

const PREFIX = "whatsapp:";

const messageForm = z.object({
  MessageSid: messageSidField,
  SmsSid: z.string().optional(),
  SmsMessageSid: z.string().optional(),
  AccountSid: accountSidField.optional(),
  MessagingServiceSid: z
    .string()
    .regex(/^(?:MG[0-9a-zA-Z]{32})?$/u)
    .optional(),
  From: addressField.min(1).refine((from) => from !== PREFIX),
  To: addressField.min(1).refine((to) => to !== PREFIX),
  Body: z.string().max(20_000),
  NumMedia: z
    .string()
    .regex(/^(?:\d|10)$/u)
    .optional(),
  OptOutType: z.string().max(16).optional(),
});

function readMedia(form: Form, count: number): FormReading<readonly Media[]> {
  const media: Media[] = [];
  for (let index = 0; index < count; index += 1) {
    const url = single(form, `MediaUrl${index}`);
    const contentType = single(form, `MediaContentType${index}`);
    if (url === undefined || url === "" || url.length > 4_096)
      return { kind: "malformed", problem: `MediaUrl${index} is missing or malformed` };
    if (contentType === undefined || contentType.length > 256)
      return { kind: "malformed", problem: `MediaContentType${index} is missing or malformed` };
    media.push({ url, contentType });
  }
  return { kind: "read", value: media };
}

function withoutPrefix(address: string): string {
  return address.startsWith(PREFIX) ? address.slice(PREFIX.length) : address;
}

/** Databases refuse the character zero, and nobody means it. */
function storable(text: string): string {
  return text.includes("\0") ? text.replaceAll("\0", "") : text;
}
