/** How far Twilio is with a message. */
export type MessageFate = "queued" | "sent" | "delivered" | "undelivered" | "failed";

/** A message that the server sent and the simulated Twilio accepted. */
export interface SentMessage {
  readonly sid: string;
  readonly to: string;
  readonly from: string;
  readonly body: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly statusCallback: string | undefined;
  /** The form as it was posted. */
  readonly form: Readonly<Record<string, string>>;
}

/** A message as Twilio's REST API shows it. */
export function messageJson(
  message: SentMessage,
  account: { readonly accountSid: string; readonly fate: MessageFate; readonly errorCode: string | undefined },
): Readonly<Record<string, unknown>> {
  const { accountSid, fate, errorCode } = account;
  const sentAt = new Date(message.at).toUTCString().replace("GMT", "+0000");
  const uri = `/2010-04-01/Accounts/${accountSid}/Messages/${message.sid}`;
  return {
    sid: message.sid,
    account_sid: accountSid,
    messaging_service_sid: null,
    api_version: "2010-04-01",
    to: message.to,
    from: message.from,
    body: message.body,
    status: fate,
    direction: "outbound-api",
    num_segments: String(Math.max(1, Math.ceil(message.body.length / 160))),
    num_media: "0",
    date_created: sentAt,
    date_updated: sentAt,
    date_sent: fate === "queued" ? null : sentAt,
    price: null,
    price_unit: "USD",
    error_code: errorCode === undefined ? null : Number(errorCode),
    error_message: null,
    uri: `${uri}.json`,
    subresource_uris: { media: `${uri}/Media.json` },
  };
}

/** Whether a message is on a list that was asked for with these filters. Days count, as they do at Twilio. */
export function onList(message: SentMessage, query: URLSearchParams): boolean {
  const [to, from] = [query.get("To"), query.get("From")];
  if (to !== null && to !== message.to) return false;
  if (from !== null && from !== message.from) return false;
  const day = dayOf(new Date(message.at).toISOString());
  const [on, after, before] = [query.get("DateSent"), query.get("DateSent>"), query.get("DateSent<")];
  if (on !== null && dayOf(on) !== day) return false;
  if (after !== null && day < dayOf(after)) return false;
  return before === null || day <= dayOf(before);
}

function dayOf(text: string): string {
  return text.slice(0, 10);
}
