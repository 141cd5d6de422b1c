import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { wholeAnswer } from "./whole-answer.ts";

/** How the server answers one request. All times in milliseconds. */
export type ModelAnswer =
  | {
      readonly kind: "say";
      /** Sent one by one. */
      readonly tokens: readonly string[];
      /** Before the first token. Default 0. */
      readonly firstMs?: number;
      /** Nothing is said before this resolves. */
      readonly after?: Promise<unknown>;
      /** Between two tokens. Default 0, which sends all of them in one write. */
      readonly gapMs?: number;
      /** Cuts the connection after so many tokens. */
      readonly dropAfter?: number;
      /** Says nothing more after so many tokens, and keeps the connection open. */
      readonly hangAfter?: number;
      /** Calls in the same answer, after the words. */
      readonly calls?: readonly ModelCall[];
      readonly onMade?: OnMade;
    }
  | { readonly kind: "call"; readonly calls: readonly ModelCall[]; readonly firstMs?: number; readonly onMade?: OnMade }
  /** No answer of a model: plain JSON. */
  | {
      readonly kind: "json";
      readonly body: unknown;
      /** Nothing is answered before this resolves. */
      readonly after?: Promise<unknown>;
    }
  | {
      readonly kind: "fail";
      readonly status: number;
      readonly code?: string;
      /** What the error says. */
      readonly message?: string;
      /** Nothing is answered before this resolves. */
      readonly after?: Promise<unknown>;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Takes the request and never answers. */
  | { readonly kind: "hang" }
  /** Cuts the connection at once. */
  | { readonly kind: "drop" };

/** Told what an answer of the Responses API consists of, before it is sent to its end. */
type OnMade = (output: readonly object[]) => void;

/** A tool call as the model makes it. */
export interface ModelCall {
  readonly name: string;
  /** JSON. */
  readonly arguments: string;
  readonly callId?: string;
}

/** A request the server saw. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  // Whatever the client sent; tests look into it freely.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
  /** By `performance.now()`. */
  readonly at: number;
  /** How the response ended, and when by `performance.now()`. */
  readonly ended: Promise<{ readonly how: "finished" | "aborted"; readonly at: number }>;
}

/** A local server that speaks the Responses API and Chat Completions, as far as this project uses them. */
export interface ModelServer extends AsyncDisposable {
  /** The base URL with `/v1`. */
  readonly url: string;
  readonly requests: readonly SeenRequest[];
  /** Resolves with the request of this number, from 1, as soon as it came. */
  request(number: number): Promise<SeenRequest>;
  close(): Promise<void>;
}

/** Starts a server whose answers a function decides, from the request and its number (from 1). */
export async function startModelServer(
  answer: (request: SeenRequest, number: number) => ModelAnswer,
  options: { readonly port?: number; readonly keep?: boolean } = {},
): Promise<ModelServer> {
  const requests: SeenRequest[] = [];
  const waiting = new Map<number, (request: SeenRequest) => void>();
  let count = 0;
  const server = createServer((incoming, response) => {
    void take(incoming, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error("failed"));
    });
  });

  async function take(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readRequest(incoming, response);
    count += 1;
    if (options.keep !== false) requests.push(request);
    waiting.get(count)?.(request);
    waiting.delete(count);
    const given = inOnePiece(request, answer(request, count));
    const dialect = request.path.endsWith("/chat/completions") ? chat : responses;
    await give(given, response, dialect(typeof request.body?.model === "string" ? request.body.model : "model"));
  }

  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;

  async function close(): Promise<void> {
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  }

  return {
    url: `http://127.0.0.1:${port}/v1`,
    requests,
    request(number) {
      const seen = requests[number - 1];
      if (seen !== undefined) return Promise.resolve(seen);
      return new Promise((resolve) => {
        waiting.set(number, resolve);
      });
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function readRequest(incoming: IncomingMessage, response: ServerResponse): Promise<SeenRequest> {
  const at = performance.now();
  const ended = new Promise<Awaited<SeenRequest["ended"]>>((resolve) => {
    response.on("close", () => {
      resolve({ how: response.writableFinished ? "finished" : "aborted", at: performance.now() });
    });
  });
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  return {
    method: incoming.method ?? "",
    path: incoming.url ?? "",
    headers: incoming.headers,
    body: JSON.parse(Buffer.concat(chunks).toString("utf8") || "null"),
    at,
    ended,
  };
}

/** How an API writes an answer down, as server-sent events. */
interface Dialect {
  start(): string;
  token(text: string): string;
  end(text: string, calls: readonly ModelCall[], onMade?: OnMade): string;
}

/** Whoever does not ask for a stream gets the words all at once. */
function inOnePiece(request: SeenRequest, answer: ModelAnswer): ModelAnswer {
  if (answer.kind !== "say" || request.body?.stream === true) return answer;
  return {
    kind: "json",
    body: wholeAnswer(request.path, answer.tokens.join("")),
    after: Promise.resolve(answer.after),
  };
}

async function give(answer: ModelAnswer, response: ServerResponse, dialect: Dialect): Promise<void> {
  switch (answer.kind) {
    case "hang":
      return;
    case "drop":
      response.destroy();
      return;
    case "fail": {
      await answer.after;
      const error = {
        message: answer.message ?? `failed with ${answer.status}`,
        type: "error",
        code: answer.code ?? null,
      };
      response
        .writeHead(answer.status, { "content-type": "application/json", ...answer.headers })
        .end(JSON.stringify({ error }));
      return;
    }
    case "json":
      await answer.after;
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer.body));
      return;
    case "call":
      await wait(answer.firstMs, response);
      begin(response);
      response.end(dialect.start() + dialect.end("", answer.calls, answer.onMade));
      return;
    case "say":
      await say(answer, response, dialect);
      return;
  }
}

async function say(
  answer: Extract<ModelAnswer, { kind: "say" }>,
  response: ServerResponse,
  dialect: Dialect,
): Promise<void> {
  const { tokens, gapMs = 0, dropAfter, hangAfter, calls = [] } = answer;
  await wait(answer.firstMs, response);
  await answer.after;
  if (response.destroyed) return;
  begin(response);
  const said = tokens.slice(0, dropAfter ?? hangAfter ?? tokens.length);
  const whole = dropAfter === undefined && hangAfter === undefined;
  function end(): string {
    return whole ? dialect.end(said.join(""), calls, answer.onMade) : "";
  }
  if (gapMs === 0) {
    const all = dialect.start() + said.map((token) => dialect.token(token)).join("");
    if (whole) response.end(all + end());
    else response.write(all);
  } else {
    response.write(dialect.start());
    const startedAt = performance.now();
    for (const [index, token] of said.entries()) {
      await wait(startedAt + index * gapMs - performance.now(), response);
      if (response.destroyed) return;
      response.write(dialect.token(token));
    }
    if (whole) response.end(end());
  }
  if (dropAfter !== undefined) {
    await new Promise((resolve) => {
      response.write("\n", resolve);
    });
    response.destroy();
  }
}

function begin(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store" });
}

async function wait(ms: number | undefined, response: ServerResponse): Promise<void> {
  if (ms === undefined || ms <= 0) return;
  const gone = new AbortController();
  function stop(): void {
    gone.abort();
  }
  response.once("close", stop);
  await pause(ms, undefined, { signal: gone.signal }).catch((error: unknown) => {
    if (!gone.signal.aborted) throw error;
  });
  response.off("close", stop);
}

const usage = {
  input_tokens: 10,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 5,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 15,
};

/** The Responses API. */
function responses(model: string): Dialect {
  const id = `resp_${randomUUID()}`;
  const item = `msg_${randomUUID()}`;
  const head = {
    id,
    object: "response",
    created_at: 1_700_000_000,
    model,
    parallel_tool_calls: true,
    tool_choice: "auto",
    tools: [],
    error: null,
    incomplete_details: null,
    instructions: null,
    metadata: {},
  };
  let sequence = 0;
  let begun = false;
  function event(type: string, fields: object): string {
    sequence += 1;
    return `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence, ...fields })}\n\n`;
  }
  return {
    start: () => event("response.created", { response: { ...head, status: "in_progress", output: [] } }),
    token(delta) {
      const opening = begun
        ? ""
        : event("response.output_item.added", {
            output_index: 0,
            item: { id: item, type: "message", role: "assistant", status: "in_progress", content: [] },
          });
      begun = true;
      return (
        opening +
        event("response.output_text.delta", { item_id: item, output_index: 0, content_index: 0, delta, logprobs: [] })
      );
    },
    end(text, calls, onMade) {
      const output: object[] = [];
      let events = "";
      if (text !== "") {
        const message = {
          id: item,
          type: "message",
          role: "assistant",
          status: "completed",
          content: [{ type: "output_text", text, annotations: [], logprobs: [] }],
        };
        output.push(message);
        events += event("response.output_item.done", { output_index: 0, item: message });
      }
      for (const call of calls) {
        const made = {
          id: `fc_${randomUUID()}`,
          type: "function_call",
          status: "completed",
          call_id: call.callId ?? `call_${randomUUID()}`,
          name: call.name,
          arguments: call.arguments,
        };
        output.push(made);
        const output_index = output.length - 1;
        events += event("response.output_item.added", {
          output_index,
          item: { ...made, arguments: "", status: "in_progress" },
        });
        events += event("response.function_call_arguments.done", {
          output_index,
          item_id: made.id,
          arguments: call.arguments,
        });
        events += event("response.output_item.done", { output_index, item: made });
      }
      onMade?.(output);
      return events + event("response.completed", { response: { ...head, status: "completed", output, usage } });
    },
  };
}

/** Chat Completions. */
function chat(model: string): Dialect {
  const id = `chatcmpl-${randomUUID()}`;
  function chunk(delta: object, finish: string | null = null): string {
    return `data: ${JSON.stringify({ id, object: "chat.completion.chunk", created: 1_700_000_000, model, choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
  }
  return {
    start: () => chunk({ role: "assistant", content: "" }),
    token: (text) => chunk({ content: text }),
    end(_text, calls) {
      const tool_calls = calls.map((call, index) => ({
        index,
        id: call.callId ?? `call_${randomUUID()}`,
        type: "function",
        function: { name: call.name, arguments: call.arguments },
      }));
      const called = tool_calls.length === 0 ? "" : chunk({ tool_calls });
      const totals = {
        id,
        object: "chat.completion.chunk",
        created: 1_700_000_000,
        model,
        choices: [],
        usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
      };
      return `${called}${chunk({}, tool_calls.length === 0 ? "stop" : "tool_calls")}data: ${JSON.stringify(totals)}\n\ndata: [DONE]\n\n`;
    },
  };
}
