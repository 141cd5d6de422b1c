import type { Sink } from "../core/turn.ts";

/** The reply to one turn on its way to the caller's ear. */
export interface Speaker extends Sink {
  /** Aborts when the caller interrupts this reply. */
  readonly control: AbortController;
  /** The turn is durable: what was kept back goes out, and everything after it at once. */
  open(): void;
  /** All was said. */
  end(): void;
  /** The attempt is over; the speaker is forgotten. */
  finished(): void;
  /** How much the caller heard, when the reply was cut while it was made. */
  heard(): string | undefined;
  /** Whether the socket took every word. */
  tookAll(): boolean;
}

/** What a speaker does to its line. */
export interface SpeakerEnds {
  readonly send: (token: string, last: boolean) => boolean;
  readonly started: () => void;
  readonly wrote: (text: string) => void;
  readonly ended: () => void;
  readonly finished: () => void;
}

/** Keeps words back until the turn is durable, and lets none through once it was interrupted. */
export class LineSpeaker implements Speaker {
  readonly control = new AbortController();
  readonly #ends: SpeakerEnds;
  #flowing = false;
  #ended = false;
  #kept = "";
  #all = true;
  #spoke = false;
  #heard: string | undefined;
  #settling = false;

  constructor(ends: SpeakerEnds) {
    this.#ends = ends;
    ends.started();
  }

  write(text: string): void {
    if (this.#flowing) {
      this.#send(text);
      return;
    }
    this.#kept += text;
  }

  open(): void {
    if (this.#flowing) return;
    this.#flowing = true;
    if (this.#kept !== "") this.#send(this.#kept);
    this.#kept = "";
    if (this.#ended) this.#sendLast();
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#flowing) this.#sendLast();
  }

  finished(): void {
    this.#settling = true;
    // A reply that broke off or never flowed is over as well, or the line would never be quiet again.
    this.#ends.ended();
    this.#ends.finished();
  }

  heard(): string | undefined {
    this.#settling = true;
    return this.#heard;
  }

  tookAll(): boolean {
    return this.#all && this.#flowing;
  }

  /** The socket took it, and went before it was heard. */
  lose(): void {
    this.#all = false;
  }

  /** Takes what was heard along into the settlement; false when it is too late for that. */
  noteHeard(text: string): boolean {
    if (this.#settling) return false;
    this.#heard = text;
    return true;
  }

  #send(text: string): void {
    if (this.control.signal.aborted) return;
    this.#spoke = true;
    this.#all = this.#ends.send(text, false) && this.#all;
    this.#ends.wrote(text);
  }

  #sendLast(): void {
    if (this.#spoke && !this.control.signal.aborted) this.#all = this.#ends.send("", true) && this.#all;
    this.#ends.ended();
  }
}
