import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { WebSocket } from "ws";
import { onlyCustomer } from "../harness/account.ts";
import { watchLoop, type LoopLag } from "../harness/loop-lag.ts";
import { monotonicMs } from "../harness/monotonic.ts";
import { serve } from "../harness/program.ts";
import { ring, setupFrame } from "../harness/ring.ts";
import { newSid } from "../harness/sid.ts";

// A caller who speaks and listens. Moments are of the machine's monotonic clock, in milliseconds.

/** One prompt and its reply. */
export interface Exchange {
  readonly promptAt: number;
  readonly firstTextAt: number;
  /** The last frame with words in it. */
  readonly lastTextAt: number;
}

/** What the caller can be asked. */
export type LoadCommands = typeof commands;

let socket: WebSocket | undefined;

const commands = {
  /** Calls the platform on its port. */
  async ring(port: number): Promise<void> {
    socket = listenTo(await ring(port, onlyCustomer));
  },
  /** Connects to a bare socket. */
  async connect(url: string): Promise<void> {
    const opened = new WebSocket(url, { perMessageDeflate: false });
    await once(opened, "open");
    opened.send(setupFrame(newSid("CA"), onlyCustomer));
    socket = listenTo(opened);
  },
  /** Speaks so many times, each after the reply has ended and a moment has passed. */
  async talk(options: {
    readonly prompts: number;
    readonly gapMs: number;
  }): Promise<{ readonly exchanges: readonly Exchange[]; readonly lag: LoopLag }> {
    const exchanges: Exchange[] = [];
    const lag = watchLoop();
    for (let index = 0; index < options.prompts; index += 1) {
      exchanges.push(await exchange(index));
      await pause(options.gapMs);
    }
    return { exchanges, lag: lag() };
  },
  /** Speaks so many times and cuts every reply off after some words; resolves with the moments of the interruptions. */
  async interrupt(options: {
    readonly prompts: number;
    readonly afterFrames: number;
    readonly gapMs: number;
  }): Promise<readonly number[]> {
    const moments: number[] = [];
    for (let index = 0; index < options.prompts; index += 1) {
      moments.push(await interrupted(index, options.afterFrames));
      await pause(options.gapMs);
    }
    return moments;
  },
};
serve(commands);

type Listener = (frame: { readonly token: string; readonly last: boolean; readonly at: number }) => void;
let listener: Listener | undefined;
let closed: ((error: Error) => void) | undefined;

function listenTo(opened: WebSocket): WebSocket {
  opened.on("message", (raw: Buffer) => {
    const at = monotonicMs();
    // What servers here send is text frames only.
    const frame = JSON.parse(raw.toString()) as {
      readonly type: string;
      readonly token: string;
      readonly last: boolean;
    };
    if (frame.type === "text") listener?.({ token: frame.token, last: frame.last, at });
  });
  opened.on("close", (code) => closed?.(new Error(`the server closed the socket with ${code}`)));
  return opened;
}

function say(index: number): number {
  const text = `Hello, can you tell me where my order is, please? That is question number ${index}.`;
  const promptAt = monotonicMs();
  socket?.send(JSON.stringify({ type: "prompt", voicePrompt: text, lang: "en-US", last: true }));
  return promptAt;
}

function exchange(index: number): Promise<Exchange> {
  return new Promise((resolve, reject) => {
    closed = reject;
    let firstTextAt = 0;
    let lastTextAt = 0;
    listener = ({ token, last, at }) => {
      if (token !== "") {
        firstTextAt ||= at;
        lastTextAt = at;
      }
      if (last) resolve({ promptAt, firstTextAt, lastTextAt });
    };
    const promptAt = say(index);
  });
}

function interrupted(index: number, afterFrames: number): Promise<number> {
  return new Promise((resolve, reject) => {
    closed = reject;
    let heard = "";
    let frames = 0;
    listener = ({ token }) => {
      heard += token;
      frames += 1;
      if (frames !== afterFrames) return;
      listener = undefined;
      const at = monotonicMs();
      socket?.send(
        JSON.stringify({ type: "interrupt", utteranceUntilInterrupt: heard.trim(), durationUntilInterruptMs: 800 }),
      );
      resolve(at);
    };
    say(index);
  });
}
