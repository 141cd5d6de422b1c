import type { Clock } from "../../core/ports/clock.ts";

/** One request to the provider. */
export interface Exchange {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly authorization: string;
  readonly form?: URLSearchParams;
  /** The longest answer that is read, in bytes. */
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

/** What became of a request. */
export type Exchanged =
  /** `body` is undefined when it broke off or was too long to be read. */
  | {
      readonly kind: "answered";
      readonly status: number;
      readonly body: string | undefined;
      readonly retryAfterMs?: number;
      readonly serverNow?: number;
    }
  /** Nothing was written: no name, no connection, no trust. */
  | { readonly kind: "unsent"; readonly code: string }
  /** The request may have arrived; there was no answer. */
  | { readonly kind: "lost"; readonly code: string };

/** Makes one request and reads its answer, both within the time allowed. Redirects are not followed. Never rejects. */
export async function exchange(request: Exchange, clock: Clock, signal: AbortSignal): Promise<Exchanged> {
  if (signal.aborted) return { kind: "unsent", code: "aborted" };
  const halt = new AbortController();
  const ended = new AbortController();
  function stop(): void {
    halt.abort();
  }
  signal.addEventListener("abort", stop, { once: true });
  const limit = clock.sleep(request.timeoutMs, ended.signal).then(stop);
  try {
    return await answerTo(request, clock, halt.signal);
  } catch (error) {
    return failed(error);
  } finally {
    signal.removeEventListener("abort", stop);
    ended.abort();
    await limit;
  }
}

async function answerTo(request: Exchange, clock: Clock, signal: AbortSignal): Promise<Exchanged> {
  const response = await fetch(request.url, {
    method: request.method,
    headers: { authorization: request.authorization, accept: "application/json" },
    redirect: "manual",
    signal,
    ...(request.form === undefined ? {} : { body: request.form }),
  });
  const body = await boundedText(response, request.maxBytes);
  const retryAfterMs = waitAsked(response.headers.get("retry-after"), clock.now());
  const serverNow = Date.parse(response.headers.get("date") ?? "");
  return {
    kind: "answered",
    status: response.status,
    body,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(Number.isNaN(serverNow) ? {} : { serverNow }),
  };
}

async function boundedText(response: Response, maxBytes: number): Promise<string | undefined> {
  if (response.body === null) return "";
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    const stream: AsyncIterable<Uint8Array> = response.body;
    for await (const chunk of stream) {
      length += chunk.byteLength;
      // Leaving the loop gives the rest of the answer up.
      if (length > maxBytes) return undefined;
      chunks.push(chunk);
    }
  } catch {
    // The status is known, and what is left unknown is what the caller has to decide about.
    return undefined;
  }
  return Buffer.concat(chunks).toString("utf8");
}

const LONGEST_WAIT_MS = 3_600_000;

/** Milliseconds that a Retry-After asks for, in seconds or as a date; at most an hour. */
function waitAsked(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  const asked = /^\s*\d+(?:\.\d+)?\s*$/u.test(value) ? Number(value) * 1_000 : Date.parse(value) - now;
  if (Number.isNaN(asked)) return undefined;
  return Math.round(Math.min(Math.max(asked, 0), LONGEST_WAIT_MS));
}

function failed(error: unknown): Exchanged {
  const faults = faultsOf(error);
  const code = faults[0]?.code ?? "no_answer";
  const unsent = faults.length > 0 && faults.every(neverWrote);
  return { kind: unsent ? "unsent" : "lost", code };
}

interface Fault {
  readonly code: string | undefined;
  readonly syscall: string | undefined;
}

/** What was wrong underneath: fetch tells it as the cause, and there are several when a name has several addresses. */
function faultsOf(error: unknown): readonly Fault[] {
  if (!(error instanceof Error)) return [];
  // An abort is its own cause.
  if (error.cause === undefined) return [faultOf(error)];
  if (error.cause instanceof AggregateError) return error.cause.errors.map(faultOf);
  return [faultOf(error.cause)];
}

function faultOf(error: unknown): Fault {
  if (!(error instanceof Error)) return { code: undefined, syscall: undefined };
  const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
  return { code, syscall: "syscall" in error && typeof error.syscall === "string" ? error.syscall : undefined };
}

const beforeWriting =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|ERR_INVALID_URL|ERR_TLS_.*|CERT_.*|UNABLE_TO_.*|SELF_SIGNED.*|DEPTH_ZERO.*)$/u;

function neverWrote(fault: Fault): boolean {
  if (fault.syscall === "connect" || fault.syscall === "getaddrinfo") return true;
  return fault.code !== undefined && beforeWriting.test(fault.code);
}
