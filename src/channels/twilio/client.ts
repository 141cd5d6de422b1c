import { z } from "zod";
import type { OutboxId } from "../../core/ids.ts";
import type { SendOutcome } from "../../core/outbox.ts";
import type { FoundMessage } from "../../core/ports/channel.ts";
import type { Clock } from "../../core/ports/clock.ts";
import { exchange, type Exchange, type Exchanged } from "./exchange.ts";
import { meaningOf } from "./refusals.ts";

/** Where Twilio's REST API is and who asks. */
export interface TwilioClientOptions {
  readonly accountSid: string;
  readonly authToken: string;
  /** Used instead of the account's own credentials. */
  readonly apiKey?: { readonly sid: string; readonly secret: string };
  /** For example `https://api.twilio.com`. */
  readonly apiBaseUrl: string;
  /** For example `https://messaging.twilio.com`. */
  readonly messagingBaseUrl: string;
  /** Where Twilio reaches this installation; status callbacks go there. */
  readonly publicUrl: string;
  readonly clock: Clock;
  /** How long one request may take, its answer included; 15 s by default. */
  readonly timeoutMs?: number;
}

/** The requests of Twilio's REST API that the text channels make. None of them ever rejects. */
export interface TwilioClient {
  /** Sends one message. */
  send(message: OutgoingMessage, signal: AbortSignal): Promise<SendOutcome>;
  /** Looks for a message whose answer was lost, among those between the two addresses. */
  find(message: SoughtMessage, signal: AbortSignal): Promise<FoundMessage>;
  /** Shows that a reply to this message is being written, where the channel can. */
  typing(messageSid: string, signal: AbortSignal): Promise<void>;
}

/** A message to be sent, with addresses as Twilio spells them. */
export interface OutgoingMessage {
  readonly outboxId: OutboxId;
  readonly to: string;
  readonly from: string;
  readonly body: string;
}

/** A message that may have been accepted. */
export interface SoughtMessage {
  readonly to: string;
  readonly from: string;
  readonly body: string;
  /** When the request was started, in milliseconds since 1970. */
  readonly since: number;
}

/** A client of Twilio's REST API. */
export function twilioClient(options: TwilioClientOptions): TwilioClient {
  const authorization = basic(options);
  const timeoutMs = options.timeoutMs ?? 15_000;
  const messages = `${bare(options.apiBaseUrl)}/2010-04-01/Accounts/${options.accountSid}/Messages.json`;
  const typing = `${bare(options.messagingBaseUrl)}/v2/Indicators/Typing.json`;
  const callback = `${bare(options.publicUrl)}/status?outbox=`;

  async function ask(
    request: Pick<Exchange, "method" | "url" | "form" | "maxBytes">,
    signal: AbortSignal,
  ): Promise<Exchanged> {
    return exchange({ ...request, authorization, timeoutMs }, options.clock, signal);
  }

  return {
    async send(message, signal) {
      const form = new URLSearchParams({
        To: message.to,
        From: message.from,
        Body: message.body,
        StatusCallback: `${callback}${encodeURIComponent(message.outboxId)}`,
      });
      return outcomeOf(await ask({ method: "POST", url: messages, form, maxBytes: 65_536 }, signal));
    },

    async find(message, signal) {
      // The day before covers clocks that differ and a midnight in between.
      const day = new Date(message.since - 86_400_000).toISOString().slice(0, 10);
      const query = new URLSearchParams({ To: message.to, From: message.from, "DateSent>": day, PageSize: "100" });
      const answer = await ask({ method: "GET", url: `${messages}?${query.toString()}`, maxBytes: 2_097_152 }, signal);
      return foundIn(answer, message, options.clock.now());
    },

    async typing(messageSid, signal) {
      const form = new URLSearchParams({ channel: "whatsapp", messageId: messageSid });
      await ask({ method: "POST", url: typing, form, maxBytes: 65_536 }, signal);
    },
  };
}

function basic(options: TwilioClientOptions): string {
  const { sid, secret } = options.apiKey ?? { sid: options.accountSid, secret: options.authToken };
  return `Basic ${Buffer.from(`${sid}:${secret}`).toString("base64")}`;
}

function bare(url: string): string {
  return url.replace(/\/+$/u, "");
}

// Whatever the id looks like: a 2xx that names one was accepted, and is never to be sent again.
const created = z.object({ sid: z.string().min(1).max(64) });
const refusal = z.object({ code: z.number().int() });
const listed = z.object({
  messages: z.array(
    z.object({
      sid: z.string().min(1).max(64),
      body: z.string().nullish(),
      date_created: z.string().nullish(),
      direction: z.string().optional(),
    }),
  ),
  next_page_uri: z.string().nullish(),
});

function outcomeOf(answer: Exchanged): SendOutcome {
  if (answer.kind === "unsent") return { kind: "retry", code: answer.code };
  if (answer.kind === "lost") return { kind: "ambiguous", code: answer.code };
  const { status, retryAfterMs } = answer;
  if (status >= 200 && status < 300) {
    const message = parsed(created, answer.body);
    return message === undefined
      ? { kind: "ambiguous", code: "unreadable_answer" }
      : { kind: "sent", providerId: message.sid };
  }
  const told = parsed(refusal, answer.body)?.code;
  const code = told === undefined ? `http_${status}` : String(told);
  // A gateway that gave up waiting does not know what the server behind it did.
  if (status === 504) return { kind: "ambiguous", code };
  const meaning = told === undefined ? undefined : meaningOf(told);
  if (status >= 500 || status === 429 || status === 408 || meaning?.kind === "retry") {
    return { kind: "retry", code, ...(retryAfterMs === undefined ? {} : { afterMs: retryAfterMs }) };
  }
  if (meaning !== undefined) return { kind: "refused", code, reason: meaning.reason };
  return { kind: "refused", code, reason: misconfiguration(status) ? "misconfigured" : "other" };
}

/** Wrong credentials, an account that is not there, a base URL that leads elsewhere. */
function misconfiguration(status: number): boolean {
  return status === 401 || status === 403 || status === 404 || status < 400;
}

// Twilio tells whole seconds.
const TOLERANCE_MS = 2_000;

function foundIn(answer: Exchanged, sought: SoughtMessage, now: number): FoundMessage {
  if (answer.kind !== "answered") return { kind: "unclear", code: answer.code };
  if (answer.status !== 200) return { kind: "unclear", code: `http_${answer.status}` };
  const list = parsed(listed, answer.body);
  if (list === undefined) return { kind: "unclear", code: "unreadable_answer" };
  // When Twilio's clock is behind ours the message seems older than the request.
  const behind = Math.min(0, (answer.serverNow ?? now) - now);
  const since = sought.since + behind - TOLERANCE_MS;
  const recent = list.messages.filter((message) => !(Date.parse(message.date_created ?? "") < since));
  const body = comparable(sought.body);
  // A trial account puts a sentence of its own before the body.
  const found = recent.find(
    (message) => message.direction !== "inbound" && comparable(message.body ?? "").endsWith(body),
  );
  if (found !== undefined) return { kind: "found", providerId: found.sid };
  const moreToSee = (list.next_page_uri ?? "") !== "" && recent.length === list.messages.length;
  return moreToSee ? { kind: "unclear", code: "too_many_messages" } : { kind: "absent" };
}

function comparable(body: string): string {
  return body.replace(/\s+/gu, " ").trim();
}

function parsed<Value>(schema: z.ZodType<Value>, body: string | undefined): Value | undefined {
  if (body === undefined) return undefined;
  try {
    return schema.safeParse(JSON.parse(body)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
