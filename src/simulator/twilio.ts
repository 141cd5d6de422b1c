import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { type Journal, type WaitOptions, journal } from "./journal.ts";
import { type Line, type WebhookAnswer, callWebhook, newSid, timeOf } from "./line.ts";
import { type MessageFate, type SentMessage, messageJson, onList } from "./sent-message.ts";

/** One way in which the REST API misbehaves. */
export type Fault =
  /** Answers so, and accepts nothing. */
  | { readonly kind: "answer"; readonly status: number; readonly code: number; readonly retryAfterSeconds?: number }
  /** Accepts the message, and loses the answer. */
  | { readonly kind: "drop_answer" }
  /** Loses the request before it was looked at. */
  | { readonly kind: "drop_request" }
  /** Answers as it should, later; in simulated milliseconds. */
  | { readonly kind: "slow"; readonly ms: number };

/** How status callbacks come. */
export type CallbackOrder = "in_order" | "reversed" | "duplicated" | "silent";

/** One request to the REST API. */
export interface RestRequest {
  readonly method: string;
  readonly path: string;
  readonly form: Readonly<Record<string, string>>;
  readonly status: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** One status callback, and what it was answered with; without an answer when nobody was there. */
export interface SentCallback {
  readonly messageSid: string;
  readonly status: MessageFate;
  readonly answer: WebhookAnswer | undefined;
}

/** Twilio's REST API, played over real HTTP. */
export interface FakeTwilio extends AsyncDisposable {
  /** What `TWILIO_API_BASE_URL` and `TWILIO_MESSAGING_BASE_URL` are to be set to. */
  readonly url: string;
  /** Every accepted message. */
  readonly messages: Journal<SentMessage>;
  /** Every request, whatever became of it. */
  readonly requests: Journal<RestRequest>;
  readonly callbacks: Journal<SentCallback>;
  /** The messages to a number, the oldest first. */
  messagesTo(number: string): readonly SentMessage[];
  /** The first message that matches, also one that is there already. */
  waitForMessage(matches: (message: SentMessage) => boolean, options?: WaitOptions): Promise<SentMessage>;
  /** The next attempts to send misbehave, one fault each, in this order. */
  plan(...faults: readonly Fault[]): void;
  /** Refuses every message to a number with this code (21610: opted out) and HTTP 400. */
  refuse(number: string, code: number): void;
  /** What becomes of messages to a number after they were accepted; delivered by default. */
  decide(number: string, fate: "delivered" | "undelivered" | "failed", errorCode?: string): void;
  /** How status callbacks come from now on. */
  order(order: CallbackOrder): void;
  /** Resolves when no callback is under way. */
  settled(): Promise<void>;
}

/** Where the played API is, and whose it is. */
export interface FakeTwilioOptions {
  readonly line: Line;
  /** User name and password that are accepted besides the account's own. */
  readonly apiKey?: { readonly username: string; readonly password: string };
  /** A free one by default. */
  readonly port?: number;
}

const bodyLimit = 1_000_000;
const messagesPath = /^\/2010-04-01\/Accounts\/([^/]+)\/Messages(?:\/([^/]+))?\.json$/u;

/** Starts the played REST API on loopback. */
export async function startFakeTwilio({ line, apiKey, port = 0 }: FakeTwilioOptions): Promise<FakeTwilio> {
  const time = timeOf(line);
  const messages = journal<SentMessage>();
  const requests = journal<RestRequest>();
  const callbacks = journal<SentCallback>();
  const faults: Fault[] = [];
  const refused = new Map<string, number>();
  const decided = new Map<
    string,
    { readonly fate: "delivered" | "undelivered" | "failed"; readonly errorCode: string | undefined }
  >();
  const fates = new Map<string, { readonly fate: MessageFate; readonly errorCode: string | undefined }>();
  const work = new Set<Promise<void>>();
  const stopping = new AbortController();
  let order: CallbackOrder = "in_order";

  const passwords = [
    { username: line.accountSid, password: line.authToken },
    ...(apiKey === undefined ? [] : [apiKey]),
  ];
  const allowed = new Set(
    passwords.map(({ username, password }) => `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`),
  );

  const server = createServer((request, response) => {
    background(handle(request, response));
  });

  function background(task: Promise<void>): void {
    const kept = task.catch((error: unknown) => {
      // A caller that hangs up in the middle is its own business; the simulator goes on.
      if (!isNetworkError(error)) throw error;
    });
    work.add(kept);
    kept.then(() => work.delete(kept)).catch(() => undefined);
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://twilio.test");
    const form = Object.fromEntries(new URLSearchParams(await bodyOf(request)));
    const method = request.method ?? "GET";

    function note(status: number): void {
      requests.add({ method, path: url.pathname, form, status, at: time.now() });
    }

    function answer(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void {
      note(status);
      response.writeHead(status, { "content-type": "application/json", ...headers });
      response.end(JSON.stringify(body));
    }

    if (!allowed.has(request.headers.authorization ?? "")) return answer(401, problem(401, 20003));
    if (method === "POST" && url.pathname === "/v2/Indicators/Typing.json") return answer(200, { success: true });
    const path = messagesPath.exec(url.pathname);
    if (path === null || path[1] !== line.accountSid) return answer(404, problem(404, 20404));
    if (method === "GET") return list(url, path[2], answer);
    if (method !== "POST" || path[2] !== undefined) return answer(405, problem(405, 20004));

    const fault = faults.shift();
    if (fault?.kind === "slow") await time.sleep(fault.ms, stopping.signal);
    if (fault?.kind === "answer") {
      return answer(
        fault.status,
        problem(fault.status, fault.code),
        fault.retryAfterSeconds === undefined ? {} : { "retry-after": String(fault.retryAfterSeconds) },
      );
    }
    if (fault?.kind === "drop_request") {
      note(0);
      request.socket.destroy();
      return;
    }
    const code = mistakeIn(form) ?? refused.get(bare(form["To"] ?? ""));
    if (code !== undefined) return answer(400, problem(400, code));
    const message = accept(form);
    if (fault?.kind === "drop_answer") {
      note(0);
      request.socket.destroy();
    } else {
      answer(201, messageJson(message, { accountSid: line.accountSid, fate: "queued", errorCode: undefined }));
    }
    background(deliver(message));
  }

  function list(url: URL, sid: string | undefined, answer: (status: number, body: unknown) => void): void {
    const shown = messages.entries.map((message) => ({
      message,
      json: messageJson(message, { accountSid: line.accountSid, ...fateOf(message.sid) }),
    }));
    if (sid !== undefined) {
      const one = shown.find(({ message }) => message.sid === sid);
      return one === undefined ? answer(404, problem(404, 20404)) : answer(200, one.json);
    }
    const size = Math.min(1000, Number(url.searchParams.get("PageSize") ?? 50));
    const found = shown.filter(({ message }) => onList(message, url.searchParams)).map(({ json }) => json);
    const page = found.toReversed().slice(0, size);
    answer(200, {
      messages: page,
      page: 0,
      page_size: size,
      start: 0,
      end: Math.max(0, page.length - 1),
      uri: url.pathname + url.search,
      first_page_uri: url.pathname,
      next_page_uri: null,
      previous_page_uri: null,
    });
  }

  function accept(form: Readonly<Record<string, string>>): SentMessage {
    const message: SentMessage = {
      sid: newSid("SM"),
      to: form["To"] ?? "",
      from: form["From"] ?? "",
      body: form["Body"] ?? "",
      at: time.now(),
      statusCallback: form["StatusCallback"],
      form,
    };
    messages.add(message);
    return message;
  }

  async function deliver(message: SentMessage): Promise<void> {
    const { fate, errorCode } = decided.get(bare(message.to)) ?? { fate: "delivered" as const, errorCode: undefined };
    const path: MessageFate[] = fate === "failed" ? ["queued", "failed"] : ["queued", "sent", fate];
    const steps =
      order === "reversed" ? path.toReversed() : order === "duplicated" ? path.flatMap((step) => [step, step]) : path;
    fates.set(message.sid, { fate, errorCode });
    if (order === "silent" || message.statusCallback === undefined) return;
    for (const step of steps) {
      await time.sleep(5, stopping.signal);
      if (stopping.signal.aborted) return;
      await callBack({ message, status: step, errorCode: step === fate ? errorCode : undefined });
    }
  }

  async function callBack(update: {
    readonly message: SentMessage;
    readonly status: MessageFate;
    readonly errorCode: string | undefined;
  }): Promise<void> {
    const { message, status, errorCode } = update;
    const form = {
      AccountSid: line.accountSid,
      ApiVersion: "2010-04-01",
      From: message.from,
      To: message.to,
      MessageSid: message.sid,
      SmsSid: message.sid,
      MessageStatus: status,
      SmsStatus: status,
      ...(errorCode === undefined ? {} : { ErrorCode: errorCode }),
    };
    // Nobody at the other end is no fault of Twilio's: it has told, and nobody listened.
    const answer = await callWebhook(line, message.statusCallback ?? "/status", { form }).catch(() => undefined);
    callbacks.add({ messageSid: message.sid, status, answer });
  }

  function fateOf(sid: string): { readonly fate: MessageFate; readonly errorCode: string | undefined } {
    return fates.get(sid) ?? { fate: "queued", errorCode: undefined };
  }

  async function settled(): Promise<void> {
    while (work.size > 0) await Promise.all(work);
  }

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : port}`;

  return {
    url,
    messages,
    requests,
    callbacks,
    messagesTo: (number) => messages.entries.filter((message) => bare(message.to) === bare(number)),
    waitForMessage: (matches, options) => messages.wait(matches, { what: "a message", ...options }),
    plan: (...next) => void faults.push(...next),
    refuse: (number, code) => void refused.set(bare(number), code),
    decide: (number, fate, errorCode) => void decided.set(bare(number), { fate, errorCode }),
    order: (next) => {
      order = next;
    },
    settled,
    async [Symbol.asyncDispose]() {
      stopping.abort();
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      server.closeAllConnections();
      await closed;
      await settled();
    },
  };
}

function mistakeIn(form: Readonly<Record<string, string>>): number | undefined {
  const to = form["To"] ?? "";
  if (to === "") return 21604;
  if ((form["From"] ?? "") === "" && (form["MessagingServiceSid"] ?? "") === "") return 21603;
  if (!/^(?:whatsapp:)?(?:\+[1-9]\d{3,14}|\d{3,8})$/u.test(to)) return 21211;
  const body = form["Body"] ?? "";
  if (body === "" && form["MediaUrl"] === undefined && form["ContentSid"] === undefined) return 21602;
  return [...body].length > 1600 ? 21617 : undefined;
}

const reasons: Readonly<Record<number, string>> = {
  20003: "Authenticate",
  20004: "Method not allowed",
  20404: "The requested resource was not found",
  20429: "Too Many Requests",
  20500: "An internal server error has occurred",
  21211: "Invalid 'To' Phone Number",
  21602: "Message body is required.",
  21603: "A 'From' phone number is required.",
  21604: "A 'To' phone number is required.",
  21610: "Attempt to send to unsubscribed recipient",
  21617: "The concatenated message body exceeds the 1600 character limit.",
};

function problem(status: number, code: number): Readonly<Record<string, unknown>> {
  return {
    code,
    message: reasons[code] ?? "An error occurred",
    more_info: `https://www.twilio.com/docs/errors/${code}`,
    status,
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request) {
    body += String(chunk);
    if (body.length > bodyLimit) throw Object.assign(new Error("the body is too long"), { code: "ECONNRESET" });
  }
  return body;
}

function bare(address: string): string {
  return address.replace(/^whatsapp:/u, "");
}

function isNetworkError(error: unknown): boolean {
  return error instanceof Error && "code" in error && /^E(?:CONNRESET|PIPE)$|^ABORT_ERR$/u.test(String(error.code));
}
