import { readFile } from "node:fs/promises";
import { type RawData, WebSocket } from "ws";
import { z } from "zod";
import { journal } from "./journal.ts";
import { type Line, type WebhookAnswer, callWebhook, timeOf } from "./line.ts";
import { openRelay, textOf } from "./relay.ts";
import { type RelayInstruction, readTwiml } from "./twiml.ts";

const wireLine = z.discriminatedUnion("dir", [
  z.object({ ms: z.number(), dir: z.literal("in"), session: z.number(), frame: z.record(z.string(), z.unknown()) }),
  z.object({
    ms: z.number(),
    dir: z.literal("out"),
    session: z.number(),
    frame: z.record(z.string(), z.unknown()).nullable(),
    raw: z.string().optional(),
  }),
  z.object({
    ms: z.number(),
    dir: z.literal("ws"),
    event: z.string(),
    session: z.number(),
    code: z.number().optional(),
  }),
  z.object({ ms: z.number(), dir: z.literal("http"), path: z.string(), form: z.record(z.string(), z.string()) }),
  z.object({ ms: z.number(), dir: z.literal("note"), text: z.string() }),
]);

/** One line of a recording of what went over the wire. */
export type WireLine = z.output<typeof wireLine>;

/** How a recording is played against a server. */
export interface ReplayOptions {
  readonly line: Line;
  /** Who calls whom instead of the numbers in the recording. */
  readonly from: string;
  readonly to: string;
  /** Another call than the one in the recording. */
  readonly callSid?: string;
  readonly voicePath?: string;
  readonly statusPath?: string;
  /** How long (in real milliseconds) the server may take where the recording shows an answer; 5,000 by default. */
  readonly answerMs?: number;
}

/** What the server did while a recording was played. */
export interface Replayed {
  /** What it sent over the sockets, in order. */
  readonly frames: readonly { readonly session: number; readonly frame: unknown }[];
  /** What it answered to webhooks. */
  readonly answers: readonly { readonly path: string; readonly answer: WebhookAnswer }[];
  /** Sockets that it closed by itself. */
  readonly closed: readonly { readonly session: number; readonly code: number }[];
  /** Sessions of the recording that could not be played, because the server did not want another one on this call. */
  readonly skipped: readonly number[];
}

/** Reads a recording: one JSON object a line. Throws for anything else. */
export async function readScript(file: string | URL): Promise<readonly WireLine[]> {
  const text = await readFile(file, "utf8");
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => wireLine.parse(JSON.parse(line)));
}

/**
 * Plays Twilio's half of a recording: its webhooks, its frames, its closes, at the recorded distances of the line's
 * time. Where the recording shows an answer the server gets time to give one of its own; what it says is not compared.
 */
export async function replay(script: readonly WireLine[], options: ReplayOptions): Promise<Replayed> {
  const { line } = options;
  const time = timeOf(line);
  const frames = journal<{ readonly session: number; readonly frame: unknown }>();
  const answers: { path: string; answer: WebhookAnswer }[] = [];
  const closed: { session: number; code: number }[] = [];
  let relay: RelayInstruction | undefined;
  let socket: { readonly number: number; readonly ws: WebSocket; ours: boolean } | undefined;
  let clock = script[0]?.ms ?? 0;
  let answersSeen = 0;
  let over = false;
  const skipped: number[] = [];

  async function call(path: string, form: Readonly<Record<string, string>>): Promise<void> {
    const own = {
      AccountSid: line.accountSid,
      From: options.from,
      Caller: options.from,
      To: options.to,
      Called: options.to,
      ...(options.callSid === undefined ? {} : { CallSid: options.callSid }),
    };
    const answer = await callWebhook(line, path, { form: { ...form, ...own } });
    answers.push({ path, answer });
    if (answer.status !== 200 || path === (options.statusPath ?? "/status")) return;
    const instructions = readTwiml(answer.body);
    relay = instructions.find((one) => one.kind === "relay");
    over = relay === undefined;
  }

  async function open(session: number, callSid: unknown): Promise<void> {
    if (relay === undefined && !over)
      await call(options.voicePath ?? "/voice", {
        CallSid: String(callSid),
        CallStatus: "ringing",
        Direction: "inbound",
        ApiVersion: "2010-04-01",
      });
    if (relay === undefined) {
      skipped.push(session);
      return;
    }
    const opened = await openRelay(line, relay.url);
    if (opened.kind === "refused") throw new Error(`the server refused the socket with ${opened.status}`);
    const current = { number: session, ws: opened.socket, ours: false };
    socket = current;
    opened.socket.on("message", (data: RawData) => frames.add({ session, frame: JSON.parse(textOf(data)) }));
    opened.socket.on("close", (code) => {
      if (!current.ours) closed.push({ session, code });
    });
  }

  async function close(code: number): Promise<void> {
    const current = socket;
    socket = undefined;
    if (current === undefined || current.ws.readyState === WebSocket.CLOSED) return;
    current.ours = true;
    const gone = new Promise((resolve) => current.ws.once("close", resolve));
    if (code === 1006) current.ws.terminate();
    else current.ws.close(code, "Closing websocket session");
    await gone;
  }

  /** Waits until the server has said something since the last time; a server that says nothing is no fault here. */
  async function awaitAnswer(): Promise<void> {
    await frames
      .wait(({ frame }) => isLast(frame), { from: answersSeen, timeoutMs: options.answerMs ?? 5_000 })
      .catch(() => undefined);
    answersSeen = frames.entries.length;
  }

  for (const [index, entry] of script.entries()) {
    await time.sleep(entry.ms - clock);
    clock = Math.max(clock, entry.ms);
    switch (entry.dir) {
      case "in": {
        if (socket?.number !== entry.session && !skipped.includes(entry.session)) {
          await open(entry.session, entry.frame["callSid"]);
        }
        const own =
          entry.frame["type"] === "setup"
            ? {
                accountSid: line.accountSid,
                from: options.from,
                to: options.to,
                customParameters: relay?.parameters ?? {},
                ...(options.callSid === undefined ? {} : { callSid: options.callSid }),
              }
            : {};
        socket?.ws.send(JSON.stringify({ ...entry.frame, ...own }));
        break;
      }
      case "out":
        if (entry.frame !== null && script[index - 1]?.dir !== "out" && socket !== undefined) await awaitAnswer();
        break;
      case "ws":
        if (entry.event === "close") await close(entry.code ?? 1000);
        break;
      case "http":
        await call(pathOf(entry.path, { ...options, action: relay?.action }), entry.form);
        break;
      case "note":
        break;
    }
  }
  await close(1000);
  return { frames: frames.entries, answers, closed, skipped };
}

function isLast(frame: unknown): boolean {
  return typeof frame === "object" && frame !== null && "last" in frame && frame.last === true;
}

function pathOf(path: string, known: ReplayOptions & { readonly action: string | undefined }): string {
  if (path === "/voice") return known.voicePath ?? "/voice";
  if (path === "/action") return known.action ?? "/voice/action";
  return path === "/status" ? (known.statusPath ?? "/status") : path;
}
