import { readAddress } from "../core/address.ts";
import type { CallRecord } from "../core/call-record.ts";
import {
  lineIsQuiet,
  newCall,
  step,
  unheardReplies,
  type Call,
  type CallEffect,
  type LineFrame,
} from "../core/call.ts";
import {
  newInboxId,
  newTimerId,
  newTurnId,
  type CallSid,
  type SubjectId,
  type SubjectRef,
  type TenantId,
  type TurnId,
} from "../core/ids.ts";
import type { Item } from "../core/item.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Ledger, SpokenArrival } from "../core/ports/ledger.ts";
import type { BoundTurn } from "../core/turn-record.ts";
import { LineSpeaker, type Speaker } from "./speaker.ts";

/** A socket that was admitted for a call. */
export interface LineSocket {
  /** Sends a piece of speech; false when the socket cannot take it any more. */
  speak(token: string, last: boolean): boolean;
  close(code: number, reason: string): void;
}

/** What somebody on the phone said or pressed and nobody has looked at yet. */
export interface Said {
  readonly cause: "speech" | "keys";
  readonly text: string;
  readonly lang?: string;
  /** Counts within the socket. */
  readonly serial: number;
  readonly at: number;
  /** Whether the caller was told that it could not be kept. */
  readonly retried?: boolean;
}

/** One live call on one socket. */
export interface Line {
  readonly callSid: CallSid;
  readonly subjectId: SubjectId;
  readonly tenant: TenantId;
  /** The caller's proven address. */
  readonly addresses: readonly string[];
  /** Our number on this call. */
  readonly ours: string;
  /** The session the call belongs to; known once it is connected. */
  readonly session: LineSession;
  /** Something of the caller's was bound in a session, which is another one when the last was closed during the call. */
  goesOnIn(session: LineSession): void;
  epoch(): number;
  fence(): number;
  /** How many things that were said wait for an answer. */
  waiting(): number;
  next(): Said | undefined;
  /** Something that was said could not be kept: the caller is told so once, and it is tried again. */
  again(said: Said): void;
  /** The row in which the ledger keeps something that was said. */
  arrival(said: Said): Pick<SpokenArrival, "callSid" | "subjectId" | "epoch" | "fence" | "holder" | "key" | "body">;
  quiet(): boolean;
  /** A reply was decided that no socket took: it is to be said on this one. */
  leave(): void;
  /** Whether something may wait to be said that an earlier socket did not take. */
  hasLeft(): boolean;
  /** Says what was left. */
  sayLeft(): Promise<void>;
  speaker(turnId: TurnId, cause: "speech" | "keys" | "other"): Speaker;
  /** What was heard of earlier replies, which the record may not hold yet. */
  corrections(): readonly Item[];
  /** Closes the socket; the call may go on with another. */
  close(): void;
  /** A frame came in; undefined is one that cannot be read. */
  frame(frame: LineFrame | undefined): void;
  /** The socket is gone, with its close code where there is one. */
  gone(code?: number): void;
}

/** A session, and since when it goes on. */
export type LineSession = Pick<BoundTurn, "session" | "sessionSince">;

/** What lines stand on. */
export interface LineParts {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly holder: string;
  readonly leaseMs: number;
  readonly graceMs: number;
  /** How long after a key the next one is waited for. */
  readonly keypadPauseMs: number;
  readonly raiseFence: (who: SubjectRef, fence: number) => Promise<void>;
  /** What is said when nothing can be answered. */
  readonly apology: string;
  /** A call got a socket. */
  readonly onConnected: (call: CallRecord) => void;
  /** The subject has something to look at. */
  readonly onWork: (subjectId: SubjectId) => void;
  /** The caller says something: texts make way. `waits` when it was said while a reply on this line is being made. */
  readonly onSpeech: (subjectId: SubjectId, waits: boolean) => void;
  readonly onComplaint: (callSid: CallSid, description: string) => void;
  /** Something that was not awaited went wrong. */
  readonly onError: (error: unknown, subjectId: SubjectId) => void;
}

/** What is heard of at most this many replies is kept in mind until the record holds it. */
const KEPT_CORRECTIONS = 4;
/** The close code of a socket whose caller hung up; any other takes words away that the caller would have heard. */
const HUNG_UP = 1000;
/** After so long without a frame nobody is taken to speak, whatever the frames before it said. */
const SILENT_MS = 20_000;
/** While a reply is spoken, its sentences are written down this often at most, for the attempt after a crash. */
const SPOKEN_EVERY_MS = 1_000;

/** Where a line tells that it is there, and that it is gone. */
export interface Registry {
  readonly add: (line: LiveLine) => void;
  readonly remove: (line: LiveLine) => void;
  readonly closing: Set<Promise<unknown>>;
}

/** Drives one call's state machine from its socket and carries out what it decides. */
export class LiveLine implements Line {
  readonly callSid: CallSid;
  readonly subjectId: SubjectId;
  readonly tenant: TenantId;
  readonly #parts: LineParts;
  readonly #socket: LineSocket;
  readonly #registry: Registry;
  #record: CallRecord;
  #call: Call;
  #fence = 0;
  #session: LineSession | undefined;
  #connected = false;
  #open = true;
  readonly #said: Said[] = [];
  #speakers: Map<TurnId, LineSpeaker> | undefined;
  #corrections: readonly Extract<Item, { kind: "heard" }>[] = [];
  #keypad: AbortController | undefined;
  #left = false;
  #lastFrameAt = 0;

  constructor(given: {
    readonly parts: LineParts;
    readonly socket: LineSocket;
    readonly record: CallRecord;
    readonly registry: Registry;
  }) {
    const { parts, record } = given;
    this.#parts = parts;
    this.#socket = given.socket;
    this.#registry = given.registry;
    this.#record = record;
    this.callSid = record.callSid;
    this.subjectId = record.subjectId;
    this.tenant = record.tenant;
    this.#call = newCall(record.callSid, {
      greeting: record.epoch === 0 ? record.greeting : "",
      digits: record.digits,
    });
  }

  get addresses(): readonly string[] {
    const { direction, from, to } = this.#record;
    const address = readAddress(direction === "inbound" ? from : to, "US");
    // A hidden caller has proven nothing; numbers are kept with their country, so that the default one plays no part.
    return address.kind === "phone" ? [address.number] : [];
  }

  get ours(): string {
    return this.#record.direction === "inbound" ? this.#record.to : this.#record.from;
  }

  get session(): LineSession {
    if (this.#session === undefined) throw new Error("a call that is not connected has no session yet");
    return this.#session;
  }

  goesOnIn({ session, sessionSince }: LineSession): void {
    this.#session = { session, sessionSince };
  }

  epoch(): number {
    return this.#record.epoch;
  }

  fence(): number {
    return this.#fence;
  }

  waiting(): number {
    return this.#connected ? this.#said.length : 0;
  }

  next(): Said | undefined {
    return this.#connected ? this.#said.shift() : undefined;
  }

  again(said: Said): void {
    if (said.retried !== true && this.#open) this.#socket.speak(this.#parts.apology, true);
    this.#said.unshift({ ...said, retried: true });
  }

  arrival(said: Said): ReturnType<Line["arrival"]> {
    const { callSid, subjectId } = this;
    return {
      callSid,
      subjectId,
      epoch: this.epoch(),
      fence: this.#fence,
      holder: this.#parts.holder,
      key: `${callSid}/${this.epoch()}/${said.serial}`,
      body:
        said.cause === "keys"
          ? { kind: "keys", callSid, digits: said.text }
          : { kind: "speech", callSid, text: said.text, ...(said.lang === undefined ? {} : { lang: said.lang }) },
    };
  }

  quiet(): boolean {
    if (this.#said.length > 0 || this.#busy()) return false;
    return lineIsQuiet(this.#call) || this.#parts.clock.now() - this.#lastFrameAt > SILENT_MS;
  }

  leave(): void {
    this.#left = true;
  }

  hasLeft(): boolean {
    return this.#left && this.#connected;
  }

  async sayLeft(): Promise<void> {
    const { ledger, clock } = this.#parts;
    const rows = await ledger.outbox.takeSpeech({ callSid: this.callSid, epoch: this.epoch(), now: clock.now() });
    this.#left = false;
    const unsaid: TurnId[] = [];
    for (const { turnId, body } of rows) {
      const taken = this.#open && this.#socket.speak(body, true);
      if (turnId === undefined) continue;
      if (!taken) unsaid.push(turnId);
      this.#step({ kind: "reply_started", turnId, cause: "other" });
      this.#step({ kind: "reply_text", turnId, text: body });
      this.#step({ kind: "reply_ended", turnId });
    }
    // The socket went in between: whoever comes next says it.
    if (unsaid.length > 0) this.#drop(unsaid);
  }

  corrections(): readonly Item[] {
    return this.#corrections;
  }

  speaker(turnId: TurnId, cause: "speech" | "keys" | "other"): Speaker {
    let keptAt = this.#parts.clock.now();
    let spoken = "";
    const speaker = new LineSpeaker({
      send: (token, last) => this.#open && this.#socket.speak(token, last),
      started: () => this.#step({ kind: "reply_started", turnId, cause }),
      wrote: (text) => {
        this.#step({ kind: "reply_text", turnId, text });
        spoken += text;
        const now = this.#parts.clock.now();
        if (now - keptAt < SPOKEN_EVERY_MS || !/[.!?]\s*$/u.test(text)) return;
        keptAt = now;
        this.#background(this.#parts.ledger.lanes.spoke({ turnId, fence: this.#fence, text: spoken }));
      },
      ended: () => this.#step({ kind: "reply_ended", turnId }),
      finished: () => {
        this.#speakers?.delete(turnId);
        if (this.quiet()) this.#parts.onWork(this.subjectId);
      },
    });
    this.#speakers ??= new Map();
    this.#speakers.set(turnId, speaker);
    return speaker;
  }

  close(): void {
    if (!this.#open) return;
    this.#socket.close(1001, "the call goes on with another connection");
    this.gone();
  }

  frame(frame: LineFrame | undefined): void {
    // What still comes while the socket closes is another's by now.
    if (!this.#open) return;
    this.#lastFrameAt = this.#parts.clock.now();
    if (frame?.type === "prompt") this.#parts.onSpeech(this.subjectId, false);
    const wasQuiet = this.quiet();
    this.#step(frame === undefined ? { kind: "bad_frame" } : { kind: "frame", frame });
    if (!wasQuiet && this.quiet()) this.#parts.onWork(this.subjectId);
  }

  gone(code?: number): void {
    if (!this.#open) return;
    this.#open = false;
    this.#keypad?.abort();
    this.#registry.remove(this);
    if (!this.#connected) return;
    for (const said of this.#said.splice(0)) this.#keep(said);
    const unheard = code === HUNG_UP ? [] : unheardReplies(this.#call);
    // A reply that is not settled yet takes along that it was not heard.
    for (const turnId of unheard) this.#speakers?.get(turnId)?.lose();
    this.#drop(unheard);
  }

  #drop(unheard: readonly TurnId[]): void {
    const { ledger, clock, graceMs } = this.#parts;
    const { callSid } = this;
    const now = clock.now();
    const epoch = this.epoch();
    const dropping = ledger.calls.drop({ callSid, epoch, graceMs, timerId: newTimerId(now), unheard, now });
    this.#background(dropping.then(() => this.#parts.onWork(this.subjectId)));
  }

  #step(input: Parameters<typeof step>[1]): void {
    const [next, effects] = step(this.#call, input);
    this.#call = next;
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: CallEffect): void {
    switch (effect.kind) {
      case "connect":
        this.#background(this.#connect(effect.sessionId).catch((error: unknown) => this.#unconnected(error)));
        return;
      case "close":
        this.#socket.close(effect.code, effect.reason);
        this.gone();
        return;
      case "answer":
        this.#hear({
          cause: effect.cause,
          text: effect.text,
          serial: effect.serial,
          at: this.#parts.clock.now(),
          ...(effect.lang === undefined ? {} : { lang: effect.lang }),
        });
        return;
      case "abort":
        this.#speakers?.get(effect.turnId)?.control.abort();
        return;
      case "heard":
        this.#heard(effect);
        return;
      case "digits":
        // Until the call is ours its epoch is another one; what was pressed by then is kept with the takeover.
        if (this.#connected) this.#keepDigits(effect.digits);
        return;
      case "keypad_timer":
        this.#waitForKeys();
        return;
      case "complaint":
        this.#parts.onComplaint(this.callSid, effect.description);
        return;
    }
  }

  /** What comes while something else is answered is kept at once: it has to wait, and a process may end meanwhile. */
  #hear(said: Said): void {
    const busy = this.#busy();
    if (this.#connected && (busy || this.#said.length > 0)) this.#keep(said);
    this.#said.push(said);
    if (busy) this.#parts.onSpeech(this.subjectId, true);
    if (this.#connected) this.#parts.onWork(this.subjectId);
  }

  #keepDigits(digits: string): void {
    const { callSid } = this;
    this.#background(this.#parts.ledger.calls.keepDigits({ callSid, epoch: this.epoch(), digits }));
  }

  #keep(said: Said): void {
    const { ledger, clock } = this.#parts;
    const now = clock.now();
    const row = { ...this.arrival(said), turnId: newTurnId(now), inboxId: newInboxId(now), now };
    this.#background(ledger.acceptSpoken({ ...row, bind: false }).then(() => this.#parts.onWork(this.subjectId)));
  }

  /** Whether a reply is being made on this line. */
  #busy(): boolean {
    return this.#speakers !== undefined && this.#speakers.size > 0;
  }

  /** Nobody can be answered on this socket: without it Twilio asks what comes next, and the caller is not left in silence. */
  #unconnected(error: unknown): void {
    this.#socket.close(1011, "the call could not be connected");
    this.gone();
    throw error;
  }

  /** The call is ours from here on: its epoch and the lane's fence rise, and what waited to be said is said. */
  async #connect(sessionId: string): Promise<void> {
    const { ledger, clock, holder, leaseMs } = this.#parts;
    const connected = await ledger.calls.connect({
      callSid: this.callSid,
      sessionId,
      holder,
      leaseMs,
      now: clock.now(),
    });
    if (connected === undefined) {
      this.#socket.close(1008, "this call is over");
      this.gone();
      return;
    }
    this.#record = connected.call;
    this.#fence = connected.fence;
    this.goesOnIn(connected);
    if (connected.seized) await this.#parts.raiseFence(connected.call, connected.fence);
    this.#connected = true;
    if (!this.#open) {
      // The socket went while the call was being connected: the new epoch is lost as well.
      this.#open = true;
      this.gone();
      return;
    }
    this.#registry.add(this);
    if (this.#call.digits !== connected.call.digits) this.#keepDigits(this.#call.digits);
    this.#left ||= connected.resumed;
    this.#parts.onConnected(connected.call);
    this.#parts.onWork(this.subjectId);
  }

  /** A reply that is being made takes the correction along; one that is settled gets it as a row of the inbox. */
  #heard(effect: Extract<CallEffect, { kind: "heard" }>): void {
    this.#corrections = [
      ...this.#corrections,
      { kind: "heard", turnId: effect.turnId, text: effect.text } as const,
    ].slice(-KEPT_CORRECTIONS);
    const speaker = this.#speakers?.get(effect.turnId);
    if (speaker?.noteHeard(effect.text) === true) return;
    const noting = this.#parts.ledger.note({
      tenant: this.tenant,
      subjectId: this.subjectId,
      key: `heard/${effect.turnId}`,
      treatment: "record",
      body: { kind: "heard", callSid: this.callSid, turnId: effect.turnId, text: effect.text },
      now: this.#parts.clock.now(),
    });
    this.#background(noting.then(() => this.#parts.onWork(this.subjectId)));
  }

  #waitForKeys(): void {
    this.#keypad?.abort();
    const pause = new AbortController();
    this.#keypad = pause;
    const waited = this.#parts.clock.sleep(this.#parts.keypadPauseMs, pause.signal).then(() => {
      if (!pause.signal.aborted && this.#open) this.#step({ kind: "keypad_pause" });
    });
    this.#background(waited);
  }

  #background(work: Promise<unknown>): void {
    const watched = work
      .catch((error: unknown) => this.#parts.onError(error, this.subjectId))
      .finally(() => this.#registry.closing.delete(watched));
    this.#registry.closing.add(watched);
  }
}
