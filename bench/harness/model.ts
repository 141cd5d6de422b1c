import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { memoryAnswer } from "./memory-answer.ts";
import { monotonicMs } from "./monotonic.ts";
import { serve } from "./program.ts";
import { responseEvents } from "./response-events.ts";

// A model that speaks the Responses protocol, streamed or whole, as slow as it is told to be. What it is asked for the
// memory it answers at once, and does not count.

/** How the model answers from now on. Times in milliseconds. */
export interface ModelPace {
  readonly firstMs: number;
  readonly tokens: number;
  /** 0 sends all tokens in one write. */
  readonly gapMs: number;
}

/** One answer as the model saw it. Moments are of the machine's monotonic clock, in milliseconds. */
export interface ModelRun {
  readonly requestAt: number;
  readonly firstTokenAt?: number;
  readonly lastTokenAt?: number;
  /** When the client closed before the end. */
  readonly abortedAt?: number;
  /** How long the request was, in bytes. */
  readonly requestBytes: number;
}

/** What the model program can be asked. */
export type ModelCommands = typeof commands;

let pace: ModelPace = { firstMs: 0, tokens: 20, gapMs: 0 };
let events = responseEvents(pace.tokens);
let runs: ModelRun[] = [];
/** Long measurements do not look at single answers. */
let log = false;

const server = createServer((request, response) => {
  const requestAt = monotonicMs();
  void answer(request, response, requestAt);
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1");
await once(server, "listening");

const commands = {
  url() {
    const address = server.address();
    return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/v1`;
  },
  pace(next: ModelPace & { readonly log: boolean }) {
    pace = next;
    log = next.log;
    events = responseEvents(next.tokens);
    runs = [];
  },
  /** The answers that ended since this was asked last. */
  runs() {
    const ended = runs;
    runs = [];
    return ended;
  },
};
serve(commands);

async function answer(request: IncomingMessage, response: ServerResponse, requestAt: number): Promise<void> {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(request, "end");
  const body = Buffer.concat(chunks);
  const memory = memoryAnswer(body);
  if (memory !== undefined) {
    // Nobody waits for it, and it is no answer to a customer.
    response.writeHead(200, { "content-type": "application/json" }).end(memory);
    return;
  }
  const requestBytes = body.length;
  const streamed = body.includes('"stream":true');
  let run: ModelRun = { requestAt, requestBytes };
  response.on("close", () => {
    if (!response.writableFinished) run = { ...run, abortedAt: monotonicMs() };
    if (log) runs.push(run);
  });
  const { firstMs, gapMs } = pace;
  const { head, tokens, tail, whole } = events;
  function start(): void {
    if (!streamed) {
      response.writeHead(200, { "content-type": "application/json" }).end(whole);
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store" });
    run = { ...run, firstTokenAt: monotonicMs() };
    if (gapMs === 0) {
      run = { ...run, lastTokenAt: monotonicMs() };
      response.end(head + tokens.join("") + tail);
      return;
    }
    response.write(head + (tokens[0] ?? ""));
    next(1, performance.now());
  }
  function next(index: number, startedAt: number): void {
    if (response.destroyed) return;
    setTimeout(
      () => {
        if (response.destroyed) return;
        const last = index >= tokens.length - 1;
        if (last) run = { ...run, lastTokenAt: monotonicMs() };
        if (last) response.end((tokens[index] ?? "") + tail);
        else response.write(tokens[index] ?? "");
        if (!last) next(index + 1, startedAt);
      },
      Math.max(0, startedAt + index * gapMs - performance.now()),
    );
  }
  if (firstMs === 0) start();
  else setTimeout(() => !response.destroyed && start(), firstMs);
}
