import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { verify } from "../channels/twilio/signature.ts";
import type { Line } from "./line.ts";
import { phone } from "./phone.ts";
import { readScript, replay } from "./script.ts";
import { realTime } from "./time.ts";

const authToken = "0123456789abcdef0123456789abcdef";
const accountSid = `AC${"0".repeat(32)}`;
const usualAttributes =
  'welcomeGreeting="Hello &amp; welcome." partialPrompts="true" dtmfDetection="true" interruptible="any" events="speaker-events tokens-played"';
const numbers = { number: "+14155550100", business: "+14155550199" };

interface TinyServer extends AsyncDisposable {
  readonly line: Line;
  readonly forms: {
    readonly path: string;
    readonly form: Record<string, string>;
    readonly signed: boolean;
    readonly token: string;
  }[];
  readonly sockets: WebSocket[];
}

interface TinyAnswers {
  readonly webhook?: (
    path: string,
    form: Record<string, string>,
    url: string,
  ) => { readonly status?: number; readonly body: string };
  readonly frame?: (frame: Record<string, unknown>, socket: WebSocket) => void;
  readonly attributes?: string;
}

/** A server that says `You said: …` to every final prompt and to every key. */
async function tinyServer(answers: TinyAnswers = {}): Promise<TinyServer> {
  const forms: TinyServer["forms"] = [];
  const sockets: WebSocket[] = [];
  let url = "";
  function answer(request: IncomingMessage, response: ServerResponse, body: string): void {
    const form = Object.fromEntries(new URLSearchParams(body));
    const path = request.url ?? "/";
    forms.push({
      path,
      form,
      signed: verify(header(request, "x-twilio-signature"), { tokens: [authToken], url: url + path, form }),
      token: header(request, "i-twilio-idempotency-token") ?? "",
    });
    const relay = `<Connect action="/voice/action"><ConversationRelay url="${url.replace("http", "ws")}/relay/token" ${answers.attributes ?? usualAttributes}><Parameter name="a" value="b"/></ConversationRelay></Connect>`;
    const { status = 200, body: document } = answers.webhook?.(path, form, relay) ?? {
      body: path === "/voice" ? `<Response>${relay}</Response>` : "<Response/>",
    };
    response.writeHead(status, { "content-type": "text/xml" }).end(document);
  }

  const server = createServer((request, response) => {
    text(request).then(
      (body) => answer(request, response, body),
      () => response.destroy(),
    );
  });
  const relays = new WebSocketServer({ noServer: true });
  server.on("upgrade", (request, socket, head) => {
    const signed = verify(header(request, "x-twilio-signature"), {
      tokens: [authToken],
      url: `${url.replace("http", "ws")}${request.url ?? ""}`,
    });
    if (!signed) return void socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
    relays.handleUpgrade(request, socket, head, (ws) => {
      sockets.push(ws);
      ws.on("message", (data) => {
        // Nothing is fragmented here, so a frame is one buffer.
        const frame: Record<string, unknown> = JSON.parse((data as Buffer).toString());
        if (answers.frame !== undefined) return answers.frame(frame, ws);
        if (frame["type"] === "prompt" && frame["last"] === true)
          speak(ws, `You said: ${String(frame["voicePrompt"])}.`);
        if (frame["type"] === "dtmf") speak(ws, `Key ${String(frame["digit"])}.`);
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  return {
    line: { accountSid, authToken, publicUrl: url, time: realTime(Infinity) },
    forms,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const ws of sockets) ws.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === "string" ? value : undefined;
}

function speak(ws: WebSocket, words: string): void {
  const tokens = words.split(/(?=\s)/u);
  for (const [index, token] of tokens.entries())
    ws.send(JSON.stringify({ type: "text", token, last: index === tokens.length - 1 }));
}

function framesOf(
  call: {
    readonly frames: {
      readonly entries: readonly { readonly direction: string; readonly frame: Readonly<Record<string, unknown>> }[];
    };
  },
  type: string,
): readonly unknown[] {
  return call.frames.entries
    .filter(({ direction, frame }) => direction === "in" && frame["type"] === type)
    .map(({ frame }) => frame);
}

describe("a text", () => {
  test("is a signed form with Twilio's fields", async () => {
    await using server = await tinyServer();
    const answer = await phone(server.line, numbers).text("Where is my order?");
    expect(answer).toMatchObject({ status: 200, body: "<Response/>", attempts: 1 });
    expect(server.forms).toMatchObject([
      {
        path: "/sms",
        signed: true,
        form: {
          From: "+14155550100",
          To: "+14155550199",
          Body: "Where is my order?",
          NumMedia: "0",
          MessageSid: expect.stringMatching(/^SM[0-9a-f]{32}$/u),
        },
      },
    ]);
  });

  test("over WhatsApp has prefixed addresses", async () => {
    await using server = await tinyServer();
    await phone(server.line, numbers).whatsapp("Hi");
    expect(server.forms[0]?.form).toMatchObject({
      From: "whatsapp:+14155550100",
      To: "whatsapp:+14155550199",
      WaId: "14155550100",
    });
  });

  test("is repeated after a 503 with the same idempotency token, because the address says so", async () => {
    let calls = 0;
    await using server = await tinyServer({
      webhook: () => ({ status: (calls += 1) < 3 ? 503 : 200, body: "<Response/>" }),
    });
    const answer = await phone(server.line, numbers).text("Hi");
    expect(answer).toMatchObject({ status: 200, attempts: 3 });
    expect(new Set(server.forms.map(({ token }) => token)).size).toBe(1);
  });

  test("is not repeated after a 503 when the address does not say so", async () => {
    await using server = await tinyServer({ webhook: () => ({ status: 503, body: "" }) });
    expect(await phone(server.line, numbers).text("Hi", { path: "/sms" })).toMatchObject({ status: 503, attempts: 1 });
  });
});

describe("a call", () => {
  test("opens with a setup frame and the greeting, and ends with its webhooks", async () => {
    await using server = await tinyServer();
    const call = await phone(server.line, numbers).call();
    expect(await call.hear()).toMatchObject({ text: "Hello & welcome.", fate: "whole" });
    expect(framesOf(call, "setup")).toMatchObject([
      { callSid: call.callSid, callStatus: "RINGING", from: "+14155550100", customParameters: { a: "b" } },
    ]);
    await call.hangUp();
    expect(await call.ended).toEqual({ kind: "hung_up", detail: "" });
    expect(
      server.forms.map(({ path, signed, form }) => [path, signed, form["CallStatus"], form["SessionStatus"]]),
    ).toEqual([
      ["/voice", true, "ringing", undefined],
      ["/voice/action", true, "completed", "completed"],
      ["/status", true, "completed", undefined],
    ]);
  });

  test("sends cumulative partials, the last one equal to the final", async () => {
    await using server = await tinyServer();
    await using call = await phone(server.line, numbers).call();
    await call.hear();
    await call.say("where is my order please");
    expect(await call.hear()).toMatchObject({ text: "You said: where is my order please.", fate: "whole" });
    expect(framesOf(call, "prompt")).toMatchObject([
      { voicePrompt: "where is", last: false },
      { voicePrompt: "where is my order", last: false },
      { voicePrompt: "where is my order please", last: false },
      { voicePrompt: "where is my order please", lang: "en", last: true },
    ]);
  });

  test("interrupts exactly where it was told to, and says what was heard", async () => {
    await using server = await tinyServer();
    await using call = await phone(server.line, numbers).call();
    await call.hear();
    const cut = call.interruptAt("You said: one two", "stop");
    await call.say("one two three four");
    expect(await cut).toMatchObject({ text: "You said: one two", fate: "cut" });
    expect(framesOf(call, "interrupt")).toMatchObject([{ utteranceUntilInterrupt: "You said: one two" }]);
    const order = call.frames.entries
      .filter(({ direction }) => direction === "in")
      .map(({ frame }) =>
        ["type", "name", "value"]
          .map((key) => (typeof frame[key] === "string" ? frame[key] : ""))
          .join(" ")
          .trim(),
      );
    const at = order.indexOf("interrupt");
    expect(order.slice(at - 2, at + 2)).toEqual([
      "info clientSpeaking on",
      "info tokensPlayed  one two",
      "interrupt",
      "info agentSpeaking off",
    ]);
    expect(await call.hear()).toMatchObject({ fate: "cut" });
    expect(await call.hear()).toMatchObject({ text: "You said: stop.", fate: "whole" });
  });

  test("stands still when asked to, and goes on", async () => {
    await using server = await tinyServer();
    await using call = await phone(server.line, numbers).call();
    await call.hear();
    const held = call.holdAt("You said: one");
    await call.say("one two");
    await held;
    expect(call.speaking).toBe(true);
    call.release();
    expect(await call.hear()).toMatchObject({ text: "You said: one two.", fate: "whole" });
  });

  test("sends the key before the interrupt that it causes, and the answer to the key is heard", async () => {
    await using server = await tinyServer();
    await using call = await phone(server.line, numbers).call();
    const held = call.holdAt("Hello");
    await held;
    await call.press("9");
    const types = call.frames.entries
      .filter(({ direction, frame }) => direction === "in" && frame["type"] !== "info")
      .map(({ frame }) => frame["type"]);
    expect(types).toEqual(["setup", "dtmf", "interrupt"]);
    expect(await call.hear()).toMatchObject({ text: "Hello", fate: "cut" });
    expect(await call.hear()).toMatchObject({ text: "Key 9.", fate: "whole" });
  });

  test("that loses its socket goes on with what the action webhook answers", async () => {
    await using server = await tinyServer({
      webhook: (path, form, relay) => ({
        body:
          path === "/voice" || form["ErrorCode"] === "64105"
            ? `<Response>${relay.replace(/welcomeGreeting="[^"]*"/u, path === "/voice" ? "$&" : "")}</Response>`
            : "<Response/>",
      }),
    });
    await using call = await phone(server.line, numbers).call();
    await call.hear();
    await call.drop();
    expect(call.sessions).toBe(2);
    expect(framesOf(call, "setup")).toMatchObject([
      { callStatus: "RINGING" },
      { callStatus: "IN_PROGRESS", callSid: call.callSid },
    ]);
    await call.say("still there");
    expect(await call.hear()).toMatchObject({ text: "You said: still there." });
    expect(server.forms[1]?.form).toMatchObject({
      SessionStatus: "failed",
      ErrorCode: "64105",
      CallStatus: "in-progress",
    });
  });

  test("that the server ends gives the hand-off data back as it was sent", async () => {
    await using server = await tinyServer({
      frame: (frame, ws) => {
        if (frame["type"] === "setup") ws.send(JSON.stringify({ type: "end", handoffData: '{"a":1}' }));
      },
      webhook: (path, _form, relay) => ({
        body: path === "/voice" ? `<Response>${relay}</Response>` : "<Response><Say>Goodbye.</Say><Hangup/></Response>",
      }),
    });
    const call = await phone(server.line, numbers).call();
    expect(await call.ended).toEqual({ kind: "left", detail: "the server hung up" });
    expect(server.forms[1]?.form).toMatchObject({
      SessionStatus: "ended",
      HandoffData: '{"a":1}',
      CallStatus: "in-progress",
    });
    expect(call.heard.entries.at(-1)).toMatchObject({ text: "Goodbye." });
  });

  test("answers ten frames that are none with errors, and closes with 1007", async () => {
    await using server = await tinyServer({
      frame: (frame, ws) => {
        if (frame["type"] === "setup") for (let i = 0; i < 10; i += 1) ws.send(`{"type":"error","n":${i}}`);
      },
    });
    const call = await phone(server.line, numbers).call();
    await call.ended;
    expect(framesOf(call, "error")).toHaveLength(10);
    expect(server.forms[1]?.form).toMatchObject({ SessionStatus: "failed", ErrorCode: "64105" });
  });

  test("is refused when the socket is", async () => {
    await using server = await tinyServer();
    const call = await phone({ ...server.line, authToken }, numbers).call();
    await call.hangUp();
    const stranger = await phone({ ...server.line, authToken: "f".repeat(32) }, numbers).call();
    expect(await stranger.ended).toEqual({ kind: "refused", detail: "64102: the socket was refused with 403" });
  });

  test("does not take TwiML with a misspelled attribute", async () => {
    await using server = await tinyServer({ attributes: 'dtmfdetection="true"' });
    await expect(phone(server.line, numbers).call()).rejects.toThrow(
      "64101: ConversationRelay has no attribute dtmfdetection",
    );
  });
});

describe("a recording", () => {
  test("is played frame by frame, and what the server did is told", async () => {
    await using server = await tinyServer({
      webhook: (path, form, relay) => ({
        body: path === "/voice" || form["SessionStatus"] === "ended" ? `<Response>${relay}</Response>` : "<Response/>",
      }),
    });
    const script = [
      { ms: 0, dir: "in", session: 1, frame: { type: "setup", sessionId: "VX1", callSid: `CA${"1".repeat(32)}` } },
      { ms: 10, dir: "in", session: 1, frame: { type: "prompt", voicePrompt: "Holding.", lang: "en", last: true } },
      { ms: 20, dir: "out", session: 1, frame: { type: "text", token: "I heard", last: true } },
      { ms: 30, dir: "ws", event: "close", session: 1, code: 1000 },
      { ms: 40, dir: "http", path: "/action", form: { CallStatus: "in-progress", SessionStatus: "ended" } },
      { ms: 50, dir: "in", session: 2, frame: { type: "setup", sessionId: "VX2", callSid: `CA${"1".repeat(32)}` } },
      { ms: 60, dir: "ws", event: "close", session: 2, code: 1006 },
    ] as const;
    const played = await replay(script, { line: server.line, from: numbers.number, to: numbers.business });
    expect(played.answers.map(({ path }) => path)).toEqual(["/voice", "/voice/action"]);
    expect(played.frames.map(({ frame }) => frame).at(-1)).toEqual({ type: "text", token: " Holding..", last: true });
    expect(played.closed).toEqual([]);
    expect(server.sockets).toHaveLength(2);
  });

  test("that is not one is refused", async () => {
    await expect(readScript(new URL("./phone.ts", import.meta.url))).rejects.toThrow(SyntaxError);
  });
});
