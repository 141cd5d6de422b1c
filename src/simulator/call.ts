import { type RawData, WebSocket } from "ws";
import { type AppFrame, readAppFrame } from "./app-frame.ts";
import { type Journal, type WaitOptions, journal } from "./journal.ts";
import { type Line, callWebhook, newSid, timeOf } from "./line.ts";
import { openRelay, textOf } from "./relay.ts";
import { type Speech, type SpeechPace, type Utterance, openSpeech } from "./speech.ts";
import { type Instruction, type RelayInstruction, readTwiml } from "./twiml.ts";

/** One frame as it went over the relay's socket, seen from the application: `in` comes from Twilio. */
export interface SeenFrame {
  readonly direction: "in" | "out";
  /** From 1; a new one after every lost or ended socket. */
  readonly session: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly frame: Readonly<Record<string, unknown>>;
}

/** How a call ended. */
export interface CallEnd {
  /** `refused`: it was never connected. `left`: the server let it go. */
  readonly kind: "hung_up" | "left" | "refused";
  /** What the server did, in words. */
  readonly detail: string;
}

/** Who calls whom, and how. */
export interface CallOptions {
  readonly from: string;
  readonly to: string;
  /** Where the number's voice webhook is; `/voice` by default. */
  readonly voicePath?: string;
  /** Where the number's status callback is; `/status` by default. */
  readonly statusPath?: string;
  readonly callSid?: string;
  readonly pace?: Partial<CallPace>;
}

/** How fast things go, in simulated milliseconds. The defaults are as recorded. */
export interface CallPace extends SpeechPace {
  readonly greetingMs: number;
  /** Between two partial transcripts. */
  readonly partialMs: number;
  /** Between the last partial and the final one. */
  readonly finalMs: number;
  /** Between two keys. */
  readonly keyMs: number;
  /** From a lost socket to the `action` webhook. */
  readonly dropMs: number;
  /** From any other end of a session to the `action` webhook. */
  readonly endMs: number;
}

/** A phone call, from the caller's end. */
export interface PhoneCall extends AsyncDisposable {
  readonly callSid: string;
  /** Everything that went over the sockets. */
  readonly frames: Journal<SeenFrame>;
  /** Everything the caller heard, greeting and TwiML's `<Say>` among it. */
  readonly heard: Journal<Utterance>;
  /** Every word at the moment at which the caller hears it. */
  readonly words: Journal<string>;
  /** Whether a socket is open. */
  readonly connected: boolean;
  /** How many sockets there have been. */
  readonly sessions: number;
  /** Whether the caller hears something right now. */
  readonly speaking: boolean;
  /** Resolves with how the call ended. */
  readonly ended: Promise<CallEnd>;
  /** The next thing the caller hears to its end, in order; the first one is the greeting. */
  hear(options?: WaitOptions): Promise<Utterance>;
  /** Says something: partial transcripts, then the final one. Over speech it is a barge-in. */
  say(words: string): Promise<void>;
  /**
   * Waits until this text, or this many words, were heard of one utterance, then barges in with these words; resolves
   * with what was cut. Call it before the reply comes.
   */
  interruptAt(place: string | number, words: string): Promise<Utterance>;
  /** Makes the voice stand still once this text, or this many words, were heard of one utterance; resolves when it does. */
  holdAt(place: string | number): Promise<void>;
  /** Lets the voice go on. */
  release(): void;
  /** Presses keys. */
  press(keys: string): Promise<void>;
  /** Sends a frame, or something that is none, as it is. */
  send(frame: Readonly<Record<string, unknown>> | string): void;
  /** Loses the socket as a network would. Resolves when the call has another, or is over. */
  drop(): Promise<void>;
  /** Hangs up. Resolves when every webhook about it was answered. */
  hangUp(): Promise<void>;
}

const recordedPace: CallPace = {
  latencyMs: 330,
  msPerWord: 320,
  greetingMs: 700,
  partialMs: 230,
  finalMs: 350,
  keyMs: 150,
  dropMs: 1200,
  endMs: 400,
};
const malformedLimit = 10;
const backChannels = /^(?:mhm|mm-?hmm|uh-?huh|yeah|yep|ok|okay|right|sure|i see)[.,!]?$/iu;

interface Session {
  readonly number: number;
  readonly id: string;
  readonly relay: RelayInstruction;
  readonly socket: WebSocket;
  readonly startedAt: number;
  /** Consecutive frames that Twilio would not take. */
  malformed: number;
  /** How Twilio or the caller ended it, when it was not the server. */
  ending: { readonly status: "completed" | "ended" | "failed"; readonly handoffData?: string } | undefined;
}

/** Calls a number: `POST /voice`, then whatever its TwiML says. */
export async function placeCall(line: Line, options: CallOptions): Promise<PhoneCall> {
  const time = timeOf(line);
  const pace: CallPace = { ...recordedPace, ...options.pace };
  const callSid = options.callSid ?? newSid("CA");
  const frames = journal<SeenFrame>();
  const heard = journal<Utterance>();
  const words = journal<string>();
  const changes = journal<"connected" | "over">();
  const ended = Promise.withResolvers<CallEnd>();
  const statusPath = options.statusPath ?? "/status";
  let session: Session | undefined;
  let sessions = 0;
  let over = false;
  let cursor = 0;

  const speech: Speech = openSpeech({
    time,
    pace,
    listener: {
      speaking: (on) => tell("speaker-events", { type: "info", name: "agentSpeaking", value: on ? "on" : "off" }),
      played: (text) => tell("tokens-played", { type: "info", name: "tokensPlayed", value: text }),
      word: (text) => words.add(text),
      heard: (utterance) => heard.add(utterance),
    },
  });

  function form(callStatus: string, extra: Readonly<Record<string, string>> = {}): Record<string, string> {
    const { from, to } = options;
    return {
      AccountSid: line.accountSid,
      ApiVersion: "2010-04-01",
      CallSid: callSid,
      CallStatus: callStatus,
      Direction: "inbound",
      From: from,
      Caller: from,
      To: to,
      Called: to,
      FromCountry: "US",
      FromState: "",
      FromCity: "",
      FromZip: "",
      CallerCountry: "US",
      CallerState: "",
      CallerCity: "",
      CallerZip: "",
      ToCountry: "US",
      ToState: "",
      ToCity: "",
      ToZip: "",
      CalledCountry: "US",
      CalledState: "",
      CalledCity: "",
      CalledZip: "",
      ...extra,
    };
  }

  async function follow(instructions: readonly Instruction[], depth = 0): Promise<void> {
    for (const instruction of instructions) {
      switch (instruction.kind) {
        case "say":
          heard.add({ text: instruction.text, fate: "whole", startedAt: time.now(), endedAt: time.now() });
          break;
        case "pause":
          await time.sleep(instruction.seconds * 1000);
          break;
        case "relay":
          return connect(instruction);
        case "redirect": {
          if (depth >= 5) return finish({ kind: "left", detail: "too many redirects" });
          const answer = await callWebhook(line, instruction.address, { form: form("in-progress") });
          return follow(readTwiml(answer.body), depth + 1);
        }
        case "dial":
          return finish({ kind: "left", detail: "the call was passed on to another number" });
        case "hangup":
          return finish({ kind: "left", detail: "the server hung up" });
        case "other":
          return finish({ kind: "left", detail: `the simulator does not know <${instruction.name}>` });
      }
    }
    return finish({ kind: "left", detail: "the server had nothing more to say" });
  }

  async function connect(relay: RelayInstruction): Promise<void> {
    const opened = await openRelay(line, relay.url);
    if (opened.kind === "refused") {
      if (sessions === 0)
        return finish({ kind: "refused", detail: `64102: the socket was refused with ${opened.status}` });
      return act(
        relay,
        { id: newSid("VX"), startedAt: time.now() },
        { SessionStatus: "failed", ErrorCode: "64102", ErrorMessage: "Unable to connect to websocket" },
      );
    }
    sessions += 1;
    const current: Session = {
      number: sessions,
      id: newSid("VX"),
      relay,
      socket: opened.socket,
      startedAt: time.now(),
      malformed: 0,
      ending: undefined,
    };
    session = current;
    opened.socket.on("message", (data: RawData) => take(current, textOf(data)));
    opened.socket.on("close", () => closing.push(afterClose(current)));
    send({
      type: "setup",
      sessionId: current.id,
      callSid,
      parentCallSid: "",
      from: options.from,
      to: options.to,
      forwardedFrom: options.to,
      callerName: "",
      direction: "inbound",
      callType: "PSTN",
      callStatus: sessions === 1 ? "RINGING" : "IN_PROGRESS",
      accountSid: line.accountSid,
      customParameters: relay.parameters,
    });
    changes.add("connected");
    const greeting = relay.attributes["welcomeGreeting"];
    if (greeting === undefined || greeting === "") return;
    speech.speak(greeting, true);
  }

  // What goes on behind a closed socket: webhooks, and perhaps the next session.
  const closing: Promise<void>[] = [];

  async function afterClose(gone: Session): Promise<void> {
    if (session === gone) session = undefined;
    speech.stop("lost");
    const ending = gone.ending ?? { status: "failed" as const };
    const failed = ending.status === "failed";
    await time.sleep(failed ? pace.dropMs : pace.endMs);
    await act(gone.relay, gone, {
      SessionStatus: ending.status,
      ...(ending.handoffData === undefined ? {} : { HandoffData: ending.handoffData }),
      ...(failed ? { ErrorCode: "64105", ErrorMessage: "Websocket ended" } : {}),
    });
  }

  /** Tells the server that a session is over, and does what it answers. */
  async function act(
    relay: RelayInstruction,
    gone: { readonly id: string; readonly startedAt: number },
    how: Readonly<Record<string, string>>,
  ): Promise<void> {
    const hungUp = how["SessionStatus"] === "completed";
    const seconds = String(Math.round((time.now() - gone.startedAt) / 1000));
    if (relay.action === undefined)
      return finish(hungUp ? { kind: "hung_up", detail: "" } : { kind: "left", detail: "<Connect> had no action" });
    try {
      const answer = await callWebhook(line, relay.action, {
        form: form(hungUp ? "completed" : "in-progress", { SessionId: gone.id, SessionDuration: seconds, ...how }),
      });
      if (hungUp) return await finish({ kind: "hung_up", detail: "" });
      if (answer.status !== 200)
        return await finish({ kind: "left", detail: `the action webhook answered ${answer.status}` });
      await follow(readTwiml(answer.body));
    } catch (error) {
      await finish({ kind: hungUp ? "hung_up" : "left", detail: messageOf(error) });
    }
  }

  async function finish(end: CallEnd): Promise<void> {
    if (over) return;
    over = true;
    try {
      if (end.kind !== "refused")
        await callWebhook(line, statusPath, {
          form: form("completed", { SequenceNumber: "0", CallbackSource: "call-progress-events", CallDuration: "1" }),
        });
    } catch {
      // Nobody hears of a status callback that does not arrive; the call is over all the same.
    }
    await speech.close();
    changes.add("over");
    ended.resolve(end);
  }

  function take(from: Session, raw: string): void {
    if (from !== session) return;
    const frame = readAppFrame(raw);
    frames.add({ direction: "out", session: from.number, at: time.now(), frame: frame ?? { raw } });
    if (frame === undefined) return tooMany(from, raw);
    from.malformed = 0;
    apply(from, frame);
  }

  function tooMany(from: Session, raw: string): void {
    send({ type: "error", description: `Invalid message received, code: 64107, ${raw}` });
    from.malformed += 1;
    if (from.malformed < malformedLimit) return;
    from.ending = { status: "failed" };
    from.socket.close(1007, "Too many consecutive malformed messages.");
  }

  function apply(from: Session, frame: AppFrame): void {
    switch (frame.type) {
      case "text":
        speech.speak(frame.token, frame.last);
        return;
      case "end":
        from.ending = {
          status: "ended",
          ...(frame.handoffData === undefined ? {} : { handoffData: frame.handoffData }),
        };
        from.socket.close(1000, "Closing websocket session");
        return;
      case "play":
      case "sendDigits":
      case "language":
        return;
    }
  }

  function send(frame: Readonly<Record<string, unknown>> | string): void {
    if (session === undefined || session.socket.readyState !== WebSocket.OPEN) return;
    frames.add({
      direction: "in",
      session: session.number,
      at: time.now(),
      frame: typeof frame === "string" ? { raw: frame } : frame,
    });
    session.socket.send(typeof frame === "string" ? frame : JSON.stringify(frame));
  }

  function tell(kind: "speaker-events" | "tokens-played", frame: Readonly<Record<string, unknown>>): void {
    if (session?.relay.attributes["events"]?.includes(kind) === true) send(frame);
  }

  /** Stops the voice as Twilio does when the caller interrupts; false when there was nothing to interrupt. */
  function bargeIn(by: "speech" | "dtmf", mark?: number): boolean {
    if (!speech.active || !allows(session?.relay.attributes["interruptible"], by)) return false;
    const cut = speech.stop("cut", mark);
    if (cut === undefined) return false;
    if (cut.unreported !== "") tell("tokens-played", { type: "info", name: "tokensPlayed", value: cut.unreported });
    send({ type: "interrupt", utteranceUntilInterrupt: cut.text.trim(), durationUntilInterruptMs: Math.round(cut.ms) });
    tell("speaker-events", { type: "info", name: "agentSpeaking", value: "off" });
    return true;
  }

  async function say(text: string): Promise<void> {
    if (session === undefined) throw new Error("there is no connection to speak on");
    const { attributes } = session.relay;
    const overSpeech = speech.active;
    if (overSpeech && attributes["ignoreBackchannel"] === "true" && backChannels.test(text.trim())) return;
    tell("speaker-events", { type: "info", name: "clientSpeaking", value: "on" });
    const stopped = bargeIn("speech");
    if (overSpeech && !stopped && !/^(?:speech|any)$/u.test(attributes["reportInputDuringAgentSpeech"] ?? "none"))
      return;
    const lang = (attributes["transcriptionLanguage"] ?? attributes["language"] ?? "en-US").split("-")[0] ?? "en";
    if (attributes["partialPrompts"] === "true") {
      const spoken = text.split(/(?<=\s)/u);
      for (let count = 2; count < spoken.length + 2; count += 2) {
        send({ type: "prompt", voicePrompt: spoken.slice(0, count).join("").trim(), lang, last: false });
        await time.sleep(pace.partialMs);
      }
    }
    await time.sleep(pace.finalMs);
    tell("speaker-events", { type: "info", name: "clientSpeaking", value: "off" });
    send({ type: "prompt", voicePrompt: text, lang, last: true });
  }

  async function press(keys: string): Promise<void> {
    for (const [index, digit] of [...keys].entries()) {
      if (index > 0) await time.sleep(pace.keyMs);
      if (session?.relay.attributes["dtmfDetection"] !== "true") continue;
      // What is queued now is older than the key; what the server says to the key may come first and still plays.
      const mark = speech.mark();
      send({ type: "dtmf", digit });
      await time.sleep(1);
      bargeIn("dtmf", mark);
    }
  }

  async function drop(): Promise<void> {
    const place = changes.entries.length;
    if (session === undefined) throw new Error("there is no connection to lose");
    session.socket.terminate();
    await changes.wait(() => true, {
      from: place,
      timeoutMs: 30_000,
      what: "the call to go on or end after its socket was lost",
    });
  }

  async function hangUp(): Promise<void> {
    if (session !== undefined) {
      session.ending = { status: "completed" };
      session.socket.close(1000, "Closing websocket session");
    } else if (!over) {
      await finish({ kind: "hung_up", detail: "" });
    }
    await ended.promise;
  }

  const call: PhoneCall = {
    callSid,
    frames,
    heard,
    words,
    ended: ended.promise,
    get connected() {
      return session !== undefined;
    },
    get sessions() {
      return sessions;
    },
    get speaking() {
      return speech.active;
    },
    async hear(waiting = {}) {
      const from = cursor;
      const gone = new AbortController();
      const first = await Promise.race([
        heard
          .wait(() => true, { what: "something to be heard", ...waiting, from, signal: gone.signal })
          .catch((error: unknown) => error),
        ended.promise,
      ]);
      gone.abort();
      // What was heard may have come together with the end.
      const next = heard.entries[from];
      if (next !== undefined) {
        cursor = from + 1;
        return next;
      }
      if (first instanceof Error) throw first;
      throw new Error(`the call was over (${JSON.stringify(first)}) before anything more was heard`);
    },
    say,
    async interruptAt(place, sentence) {
      await speech.holdAt(place);
      const from = heard.entries.length;
      await say(sentence);
      return heard.wait((one) => one.fate === "cut", { from, what: "the interrupted words" });
    },
    holdAt: (place) => speech.holdAt(place),
    release: () => speech.release(),
    press,
    send,
    drop,
    hangUp,
    async [Symbol.asyncDispose]() {
      if (!over) await hangUp();
      await Promise.all(closing);
    },
  };

  const answer = await callWebhook(line, options.voicePath ?? "/voice", { form: form("ringing") });
  if (answer.status === 200) await follow(readTwiml(answer.body));
  else await finish({ kind: "refused", detail: `the voice webhook answered ${answer.status}` });
  return call;
}

function allows(interruptible: string | undefined, by: "speech" | "dtmf"): boolean {
  const setting = interruptible ?? "any";
  return setting === "any" || setting === "true" || setting === by;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
