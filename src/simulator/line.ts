import { randomBytes, randomUUID } from "node:crypto";
import { sign } from "../channels/twilio/signature.ts";
import { type SimulatedTime, realTime } from "./time.ts";

/** The account at Twilio and the server that it is configured with. */
export interface Line {
  readonly accountSid: string;
  readonly authToken: string;
  /** The address that Twilio was told, without a slash at the end: what is signed. */
  readonly publicUrl: string;
  /** Where the server really is, when that is another address. */
  readonly reachUrl?: string;
  /** Real time by default. */
  readonly time?: SimulatedTime;
}

/** What a webhook was answered with. */
export interface WebhookAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  /** How often it was tried. */
  readonly attempts: number;
}

/** How a webhook is sent. */
export interface WebhookOptions {
  /** Signs with this token instead of the account's; `null` sends no signature. */
  readonly token?: string | null;
  readonly idempotencyToken?: string;
}

/** Twilio gives a webhook 15 s. */
const webhookMs = 15_000;

/**
 * Calls a webhook as Twilio does: signed, and repeated as the address's fragment says (`#rc=2&rp=ct,rt,5xx`), by
 * default once and only when no connection could be made. Rejects when no attempt was answered.
 */
export async function callWebhook(
  line: Line,
  address: string,
  call: { readonly form: Readonly<Record<string, string>> } & WebhookOptions,
): Promise<WebhookAnswer> {
  const [url = "", fragment = ""] = absolute(line, address).split("#");
  const policy = retryPolicy(fragment);
  const token = call.token === undefined ? line.authToken : call.token;
  const headers = {
    "content-type": "application/x-www-form-urlencoded; charset=utf-8",
    "user-agent": "TwilioProxy/1.1",
    "i-twilio-idempotency-token": call.idempotencyToken ?? randomUUID(),
    ...(token === null ? {} : { "x-twilio-signature": sign(token, url, call.form) }),
  };
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await attemptOnce(reach(line, url), headers, new URLSearchParams(call.form).toString());
    const again = attempt <= policy.count && policy.on.has(outcome.failure ?? "none");
    if (again) continue;
    if (outcome.answer !== undefined) return { ...outcome.answer, attempts: attempt };
    throw new Error(`11200: ${new URL(url).pathname} was not answered (${outcome.failure}) after ${attempt} attempts`, {
      cause: outcome.cause,
    });
  }
}

/** An address on the server, where the simulator can reach it. */
export function reach(line: Line, url: string): string {
  if (line.reachUrl === undefined) return url;
  const target = line.reachUrl.replace(/\/+$/u, "");
  if (url.startsWith(line.publicUrl)) return target + url.slice(line.publicUrl.length);
  const socket = line.publicUrl.replace(/^http/u, "ws");
  return url.startsWith(socket) ? target.replace(/^http/u, "ws") + url.slice(socket.length) : url;
}

/** A path on the server as an absolute address. */
export function absolute(line: Line, address: string): string {
  return /^https?:/u.test(address) ? address : `${line.publicUrl}${address}`;
}

/** The time a line lives by. */
export function timeOf(line: Line): SimulatedTime {
  return line.time ?? realTime();
}

/** A new id of Twilio's shape: two letters and 32 hexadecimal digits. */
export function newSid(prefix: string): string {
  return prefix + randomBytes(16).toString("hex");
}

type Failure = "ct" | "rt" | "5xx" | "4xx";

interface Attempt {
  readonly failure?: Failure;
  readonly answer?: Omit<WebhookAnswer, "attempts">;
  readonly cause?: unknown;
}

async function attemptOnce(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<Attempt> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers,
      body,
      redirect: "manual",
      signal: AbortSignal.timeout(webhookMs),
    });
    const answer = {
      status: response.status,
      contentType: response.headers.get("content-type") ?? "",
      body: await response.text(),
    };
    if (response.status >= 500) return { failure: "5xx", answer };
    return response.status >= 400 ? { failure: "4xx", answer } : { answer };
  } catch (cause) {
    return { failure: isConnectFailure(cause) ? "ct" : "rt", cause };
  }
}

function isConnectFailure(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return code === "ECONNREFUSED" || code === "ENOTFOUND" || code === "UND_ERR_CONNECT_TIMEOUT";
}

function retryPolicy(fragment: string): { readonly count: number; readonly on: ReadonlySet<string> } {
  const settings = new URLSearchParams(fragment);
  const count = Math.min(5, Number(settings.get("rc") ?? 1));
  const words = (settings.get("rp") ?? "ct").split(",");
  return {
    count: Number.isNaN(count) ? 1 : count,
    on: new Set(words.includes("all") ? ["ct", "rt", "5xx", "4xx"] : words),
  };
}
