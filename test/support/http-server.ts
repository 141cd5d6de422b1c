import { onTestFinished } from "vitest";
import type { Form } from "../../src/channels/twilio/form.ts";
import { sign } from "../../src/channels/twilio/signature.ts";
import { tenantId } from "../../src/core/ids.ts";
import type { LogEntry } from "../../src/http/log.ts";
import type { HttpParts } from "../../src/http/parts.ts";
import { createServer, type HttpLimits, type HttpServer } from "../../src/http/server.ts";

/** Where Twilio would reach the server. */
export const publicUrl = "https://support.example.com";
/** The token that signs. */
export const authToken = "0123456789abcdef0123456789abcdef";
/** The account whose requests are taken. */
export const accountSid = `AC${"0".repeat(32)}`;

/** A server that listens, what it was given, and what it logged. */
export interface RunningServer {
  readonly server: HttpServer;
  readonly port: number;
  readonly url: string;
  readonly entries: readonly LogEntry[];
  readonly calls: readonly { readonly part: string; readonly given: unknown }[];
}

/** Starts a server over parts that keep what they are given; a test may replace some of them. */
export async function startServer(overrides: Partial<HttpParts> = {}, limits?: HttpLimits): Promise<RunningServer> {
  const entries: LogEntry[] = [];
  const calls: { part: string; given: unknown }[] = [];
  function keep(entry: LogEntry): void {
    entries.push(entry);
  }
  function kept<const Answer>(part: string, answer: Answer): (given?: unknown) => Promise<Answer> {
    return async (given) => {
      calls.push({ part, given });
      return answer;
    };
  }
  const parts: HttpParts = {
    publicUrl,
    version: "1.2.3",
    signing: { tokens: [authToken], accountSid, allowUnsignedLoopback: false },
    access: { authenticate: () => undefined, tenant: () => undefined, defaultTenant: tenantId("default") },
    clock: { now: () => Date.parse("2026-11-21T12:00:00Z"), sleep: async () => undefined },
    log: { info: keep, warn: keep, error: keep },
    apology: { text: "Sorry, something is wrong here.", language: "en-GB" },
    acceptText: kept("acceptText", { kind: "unserved", notice: "Nobody reads this number." }),
    answerCall: kept("answerCall", { kind: "relay", token: "tok-1_~.", language: "en-US", greeting: "Hello" }),
    afterRelay: kept("afterRelay", { kind: "nothing" }),
    messageStatus: kept("messageStatus", undefined),
    callStatus: kept("callStatus", undefined),
    admit: kept("admit", undefined),
    talk: () => undefined,
    chat: noChat,
    customers: noCustomers,
    ready: kept("ready", [{ name: "ledger", ok: true }]),
    status: kept("status", {
      version: "1.2.3",
      mode: "simulator",
      model: { name: "offline", offline: true },
      agents: ["support"],
      channels: ["sms"],
      resolver: "phone",
    }),
    ...overrides,
  };
  const server = createServer(parts, limits);
  const port = await server.listen({ host: "127.0.0.1", port: 0 });
  onTestFinished(() => server[Symbol.asyncDispose]());
  return { server, port, url: `http://127.0.0.1:${port}`, entries, calls };
}

/** Nobody is a customer. */
const noCustomers: HttpParts["customers"] = {
  find: async () => ({ kind: "unknown", understood: "Nobody is known." }),
  session: async () => undefined,
  sessions: async () => [],
  close: async () => ({ kind: "no_session" }),
  analytics: nobody,
  totals: nobody,
  memory: nobody,
  addFact: async () => ({ kind: "not_found" }),
  editFact: async () => ({ kind: "not_found" }),
  forgetFact: async () => ({ kind: "not_found" }),
  editEntity: async () => ({ kind: "not_found" }),
  merge: nobody,
  split: nobody,
  merges: async () => [],
  exported: async () => undefined,
  exportPage: () => "",
  forget: async () => undefined,
};

/** A chat that no tenant has. */
const noChat: HttpParts["chat"] = {
  face: () => undefined,
  hello: nobody,
  visitor: async () => undefined,
  accept: nobody,
  history: nobody,
  events: nobody,
  sendCode: nobody,
  confirmCode: nobody,
};

function nobody(): Promise<never> {
  throw new Error("nobody can be in a chat that is not there");
}

/** A signed webhook, ready for fetch. */
export function signedPost(path: string, form: Form, token = authToken): RequestInit {
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(form)) {
    for (const one of typeof value === "string" ? [value] : (value ?? [])) body.append(name, one);
  }
  return { method: "POST", body, headers: { "x-twilio-signature": sign(token, publicUrl + path, form) } };
}
