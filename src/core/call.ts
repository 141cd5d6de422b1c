import { advance, endOfQuote, heardText, isPlayed, type Playback } from "./heard.ts";
import type { CallSid, TurnId } from "./ids.ts";

/** A frame from the phone line, decoded; what it means is the same for every relay. */
export type LineFrame =
  | { readonly type: "setup"; readonly callSid: CallSid; readonly sessionId: string }
  | { readonly type: "prompt"; readonly text: string; readonly lang?: string; readonly last: boolean }
  | { readonly type: "dtmf"; readonly digit: string }
  | { readonly type: "interrupt"; readonly heard: string; readonly afterMs?: number }
  | { readonly type: "played"; readonly text: string }
  | { readonly type: "speaking"; readonly who: "agent" | "caller"; readonly on: boolean }
  /** A complaint of the relay about one of our frames. */
  | { readonly type: "error"; readonly description: string }
  | { readonly type: "unknown" };

/** What a call's state machine is told. */
export type CallInput =
  | { readonly kind: "frame"; readonly frame: LineFrame }
  | { readonly kind: "bad_frame" }
  /** A turn begins to be answered on this call. `cause` tells what it answers. */
  | { readonly kind: "reply_started"; readonly turnId: TurnId; readonly cause: "speech" | "keys" | "other" }
  | { readonly kind: "reply_text"; readonly turnId: TurnId; readonly text: string }
  | { readonly kind: "reply_ended"; readonly turnId: TurnId }
  | { readonly kind: "keypad_pause" };

/** What a call's state machine wants done. */
export type CallEffect =
  | { readonly kind: "connect"; readonly sessionId: string }
  | { readonly kind: "close"; readonly code: 1007 | 1008; readonly reason: string }
  | {
      readonly kind: "answer";
      readonly cause: "speech" | "keys";
      readonly text: string;
      readonly lang?: string;
      readonly serial: number;
    }
  /** Stop making this reply; nothing of it may be sent any more. */
  | { readonly kind: "abort"; readonly turnId: TurnId }
  /** The caller heard only this much of a reply. `making` says whether its turn is still under way. */
  | { readonly kind: "heard"; readonly turnId: TurnId; readonly text: string; readonly making: boolean }
  | { readonly kind: "digits"; readonly digits: string }
  | { readonly kind: "keypad_timer" }
  | { readonly kind: "complaint"; readonly description: string };

/** A reply on this call, being made or being played. */
interface Speech extends Playback {
  /** Undefined for the greeting, which is no turn's. */
  readonly turnId: TurnId | undefined;
  readonly making: boolean;
  /** Answers a key that was pressed a moment ago, and is not being played yet. */
  readonly freshKey: boolean;
}

/** The state of one socket of one call. A value: `step` makes the next one. */
export interface Call {
  readonly callSid: CallSid;
  readonly phase: "awaiting_setup" | "live" | "closed";
  readonly sessionId: string | undefined;
  /** The replies that may still be heard, the oldest first, at most a few. */
  readonly speeches: readonly Speech[];
  readonly digits: string;
  readonly badFrames: number;
  /** Counts what was said and pressed, so that each has a name of its own. */
  readonly serial: number;
  readonly callerSpeaks: boolean;
  readonly agentSpeaks: boolean;
  /** Whether this socket tells who speaks and what was played; only then is it known what was not. */
  readonly reports: boolean;
}

const KEPT_SPEECHES = 4;
const MAX_BAD_FRAMES = 10;
const MAX_DIGITS = 64;

/** A socket that was admitted for a call and has said nothing yet. `greeting` is what Twilio says by itself. */
export function newCall(callSid: CallSid, options: { readonly greeting: string; readonly digits: string }): Call {
  const greeting: Speech = { turnId: undefined, text: options.greeting, played: 0, making: false, freshKey: false };
  return {
    callSid,
    phase: "awaiting_setup",
    sessionId: undefined,
    speeches: options.greeting === "" ? [] : [greeting],
    digits: options.digits,
    badFrames: 0,
    serial: 0,
    callerSpeaks: false,
    agentSpeaks: false,
    reports: false,
  };
}

type Step = readonly [Call, readonly CallEffect[]];

/** What a call becomes and what is to be done when something happens to it. Total: no input is wrong in any state. */
export function step(call: Call, input: CallInput): Step {
  if (call.phase === "closed") return [call, []];
  switch (input.kind) {
    case "frame":
      return onFrame(call.badFrames === 0 ? call : { ...call, badFrames: 0 }, input.frame);
    case "bad_frame":
      return onBadFrame(call);
    case "reply_started":
      return [
        withSpeech(call, { turnId: input.turnId, text: "", played: 0, making: true, freshKey: input.cause === "keys" }),
        [],
      ];
    case "reply_text":
      return [changeSpeech(call, input.turnId, (speech) => ({ ...speech, text: speech.text + input.text })), []];
    case "reply_ended":
      return [changeSpeech(call, input.turnId, (speech) => ({ ...speech, making: false })), []];
    case "keypad_pause":
      return useDigits(call);
  }
}

/** Whether nobody speaks and nothing is being answered, so that something else may be looked at. */
export function lineIsQuiet(call: Call): boolean {
  return (
    call.phase === "live" && !call.callerSpeaks && !call.agentSpeaks && !call.speeches.some((speech) => speech.making)
  );
}

/**
 * The turns whose replies were sent whole and not heard to their end, the oldest first: what a lost socket takes with
 * it. Without word of what was played only the newest counts, since the older ones have had their time; and on a
 * socket that never tells, none: an answer that was heard is not to be said twice.
 */
export function unheardReplies(call: Call): readonly TurnId[] {
  if (!call.reports) return [];
  const begun = call.speeches.findIndex((speech) => speech.played > 0 && !isOver(speech));
  const newest = call.speeches.at(-1);
  const left = begun >= 0 ? (call.agentSpeaks ? call.speeches.slice(begun) : []) : newest === undefined ? [] : [newest];
  return left.flatMap((speech) =>
    speech.turnId === undefined || speech.making || isOver(speech) ? [] : [speech.turnId],
  );
}

function onFrame(call: Call, frame: LineFrame): Step {
  if (frame.type === "unknown") return [call, []];
  if (frame.type === "error") return [call, [{ kind: "complaint", description: frame.description }]];
  if (frame.type === "setup") return onSetup(call, frame);
  if (call.phase === "awaiting_setup") return close(call, 1008, "the first frame must be setup");
  switch (frame.type) {
    case "prompt":
      return onPrompt(call, frame);
    case "dtmf":
      return onKey(call, frame.digit);
    case "interrupt":
      return onInterrupt(call, frame.heard);
    case "played":
      return [onPlayed({ ...call, reports: true }, frame.text), []];
    case "speaking":
      return [onSpeaking({ ...call, reports: true }, frame), []];
  }
}

function onSetup(call: Call, setup: Extract<LineFrame, { type: "setup" }>): Step {
  if (setup.callSid !== call.callSid) return close(call, 1008, "this socket was opened for another call");
  // A second setup of the same session is the relay coming back by itself: nothing to do.
  if (setup.sessionId === call.sessionId) return [call, []];
  const effects: CallEffect[] = [{ kind: "connect", sessionId: setup.sessionId }];
  if (call.digits !== "") effects.push({ kind: "keypad_timer" });
  return [{ ...call, phase: "live", sessionId: setup.sessionId }, effects];
}

function onPrompt(call: Call, prompt: Extract<LineFrame, { type: "prompt" }>): Step {
  const speaking = { ...call, callerSpeaks: !prompt.last };
  const text = prompt.text.trim();
  // Partial words are only shown, never answered; a final without words is a cough.
  if (!prompt.last || text === "") return [speaking, []];
  const serial = call.serial + 1;
  return [
    { ...speaking, serial },
    [{ kind: "answer", cause: "speech", text, serial, ...(prompt.lang === undefined ? {} : { lang: prompt.lang }) }],
  ];
}

function onKey(call: Call, digit: string): Step {
  const digits = call.digits + digit;
  const next = { ...call, digits };
  if (digit === "#" || digits.length >= MAX_DIGITS) return useDigits(next);
  return [next, [{ kind: "digits", digits }, { kind: "keypad_timer" }]];
}

function useDigits(call: Call): Step {
  if (call.digits === "") return [call, []];
  const serial = call.serial + 1;
  return [
    { ...call, digits: "", serial },
    [
      { kind: "digits", digits: "" },
      { kind: "answer", cause: "keys", text: call.digits, serial },
    ],
  ];
}

/**
 * An interruption belongs to the speech it quotes, and what was queued behind that is gone, unheard. The answer to a
 * key that came just before it is not playing yet: the key cut the older speech, and the answer goes on. Of a reply
 * that has no words yet nothing can be cut.
 */
function onInterrupt(call: Call, quote: string): Step {
  const open = call.speeches.filter((speech) => !isOver(speech));
  const sent = open.filter((speech) => speech.text !== "");
  const cut = interrupted(sent, quote.trim());
  if (cut.length === 0) return [{ ...call, speeches: open }, []];
  const target = quotedSpeech(cut, quote.trim());
  const effects: CallEffect[] = [];
  for (const [index, speech] of cut.entries()) {
    if (speech.turnId === undefined || index < target) continue;
    const heard = index === target ? heardText(speech, quote) : "";
    if (speech.making) effects.push({ kind: "abort", turnId: speech.turnId });
    if (speech.making || !isPlayed({ text: speech.text, played: heard.length })) {
      effects.push({ kind: "heard", turnId: speech.turnId, text: heard, making: speech.making });
    }
  }
  // A key interrupts once: what goes on after it is speech like any other.
  const kept = open.filter((speech) => !cut.includes(speech)).map((speech) => ({ ...speech, freshKey: false }));
  return [{ ...call, speeches: kept, agentSpeaks: false }, effects];
}

/** The speeches that an interruption is about: answers to keys only when one of them is quoted and nothing older is. */
function interrupted(speeches: readonly Speech[], wanted: string): readonly Speech[] {
  const older = speeches.filter((speech) => !speech.freshKey);
  if (wanted === "" || older.some(isQuoted)) return older;
  return speeches.some(isQuoted) ? speeches : older;

  function isQuoted(speech: Speech): boolean {
    return endOfQuote(speech.text, wanted) !== undefined;
  }
}

/** The newest speech that holds the quote, else the oldest. */
function quotedSpeech(speeches: readonly Speech[], wanted: string): number {
  if (wanted === "") return 0;
  return Math.max(
    0,
    speeches.findLastIndex((speech) => endOfQuote(speech.text, wanted) !== undefined),
  );
}

/** Whether a reply was made and played to its end, so that nothing of it can be interrupted any more. */
function isOver(speech: Speech): boolean {
  return !speech.making && isPlayed(speech);
}

function onSpeaking(call: Call, frame: Extract<LineFrame, { type: "speaking" }>): Call {
  return frame.who === "agent" ? { ...call, agentSpeaks: frame.on } : { ...call, callerSpeaks: frame.on };
}

/** A fragment was played: it belongs to the first speech that holds it beyond what was played of it. */
function onPlayed(call: Call, fragment: string): Call {
  const at = call.speeches.findIndex((speech) => advance(speech, fragment).played > speech.played);
  if (at < 0) return call;
  const speeches = call.speeches.map((speech, index) => {
    if (index === at) return { ...speech, ...advance(speech, fragment), freshKey: false };
    // What comes before a speech that is being played was played to its end.
    return index < at && !speech.making ? { ...speech, played: speech.text.length } : speech;
  });
  return { ...call, speeches };
}

function onBadFrame(call: Call): Step {
  const badFrames = call.badFrames + 1;
  if (badFrames < MAX_BAD_FRAMES) return [{ ...call, badFrames }, []];
  return close(call, 1007, "too many consecutive malformed frames");
}

function close(call: Call, code: 1007 | 1008, reason: string): Step {
  return [{ ...call, phase: "closed" }, [{ kind: "close", code, reason }]];
}

function withSpeech(call: Call, speech: Speech): Call {
  return { ...call, speeches: [...call.speeches, speech].slice(-KEPT_SPEECHES) };
}

function changeSpeech(call: Call, turnId: TurnId, change: (speech: Speech) => Speech): Call {
  const at = call.speeches.findLastIndex((speech) => speech.turnId === turnId);
  const speech = call.speeches[at];
  if (speech === undefined) return call;
  return { ...call, speeches: call.speeches.with(at, change(speech)) };
}
