import { type CallOptions, type PhoneCall, placeCall } from "./call.ts";
import { type Line, type WebhookAnswer, type WebhookOptions, callWebhook, newSid } from "./line.ts";

/** A customer with a phone. */
export interface Phone {
  /** The customer's number in E.164. */
  readonly number: string;
  /** Texts the business; resolves with what the webhook was answered with. */
  text(body: string, options?: TextOptions): Promise<WebhookAnswer>;
  /** The same over WhatsApp. */
  whatsapp(body: string, options?: TextOptions): Promise<WebhookAnswer>;
  /** Calls the business; resolves when the call is connected or over. */
  call(options?: Partial<CallOptions>): Promise<PhoneCall>;
}

/** How a text is sent. */
export interface TextOptions extends WebhookOptions {
  /** The same sid twice is the same message twice. */
  readonly messageSid?: string;
  /** Pictures and the like, by content type and address. */
  readonly media?: readonly { readonly contentType: string; readonly url: string }[];
  /** Fields to add or replace. */
  readonly form?: Readonly<Record<string, string>>;
  /** Where the number's webhook is, with the fragment that says how it is repeated. */
  readonly path?: string;
}

/** The webhook as the documentation says to configure it. */
export const smsWebhook = "/sms#rc=2&rp=ct,rt,5xx";

/** A phone with a number, and the number of the business that it writes to and calls. */
export function phone(line: Line, numbers: { readonly number: string; readonly business: string }): Phone {
  const { number, business } = numbers;

  function send(body: string, prefix: "" | "whatsapp:", options: TextOptions): Promise<WebhookAnswer> {
    const messageSid = options.messageSid ?? newSid("SM");
    const media = options.media ?? [];
    const form: Record<string, string> = {
      AccountSid: line.accountSid,
      ApiVersion: "2010-04-01",
      MessageSid: messageSid,
      SmsSid: messageSid,
      SmsMessageSid: messageSid,
      SmsStatus: "received",
      From: prefix + number,
      To: prefix + business,
      Body: body,
      NumSegments: "1",
      NumMedia: String(media.length),
      ...(prefix === ""
        ? {
            FromCountry: "US",
            FromState: "",
            FromCity: "",
            FromZip: "",
            ToCountry: "US",
            ToState: "",
            ToCity: "",
            ToZip: "",
          }
        : { ProfileName: "", WaId: number.slice(1), MessageType: "text", ReferralNumMedia: "0" }),
    };
    for (const [index, { contentType, url }] of media.entries()) {
      form[`MediaUrl${index}`] = url;
      form[`MediaContentType${index}`] = contentType;
    }
    return callWebhook(line, options.path ?? smsWebhook, { ...options, form: { ...form, ...options.form } });
  }

  return {
    number,
    text: (body, options = {}) => send(body, "", options),
    whatsapp: (body, options = {}) => send(body, "whatsapp:", options),
    call: (options = {}) => placeCall(line, { from: number, to: business, ...options }),
  };
}
