import type { SimulatedTime } from "./time.ts";

/** Something the caller heard, or the part of it that was heard. */
export interface Utterance {
  readonly text: string;
  /** `whole` to its end, `cut` by the caller, `lost` with the socket. */
  readonly fate: "whole" | "cut" | "lost";
  /** When its first token came, and when the caller stopped hearing it; milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt: number;
}

/** What the voice tells while it speaks. */
export interface SpeechListener {
  /** The caller began or ceased to hear something. */
  speaking(on: boolean): void;
  /** A stretch was spoken. */
  played(text: string): void;
  /** One more word was heard. */
  word(text: string): void;
  /** An utterance is over. */
  heard(utterance: Utterance): void;
}

/** How fast the voice is, in simulated milliseconds. */
export interface SpeechPace {
  /** From the first token to the first sound. */
  readonly latencyMs: number;
  readonly msPerWord: number;
}

/** A place in the queue of what is to be spoken. */
export type SpeechMark = number;

/** Twilio's voice: speaks tokens as they come, and can be stopped. */
export interface Speech {
  /** Takes a token; `last` ends the utterance. */
  speak(token: string, last: boolean): void;
  /** Whether the caller hears something, or is about to. */
  readonly active: boolean;
  /** Where the queue ends now. */
  mark(): SpeechMark;
  /** Stops what is being spoken and drops all that was queued before the mark. Undefined when there was nothing. */
  stop(
    fate: "cut" | "lost",
    mark?: SpeechMark,
  ): { readonly text: string; readonly unreported: string; readonly ms: number } | undefined;
  /** Stands still as soon as this text, or this many words, were heard of one utterance; resolves when it does. */
  holdAt(place: string | number): Promise<void>;
  /** Goes on after standing still. */
  release(): void;
  /** Speaks nothing ever again. */
  close(): Promise<void>;
}

interface Queued {
  readonly place: SpeechMark;
  readonly startedAt: number;
  pending: string;
  complete: boolean;
  heard: string;
  /** What was heard and not yet told by `played`. */
  unreported: string;
  soundedAt: number | undefined;
}

/** A voice that lives by the given time. */
export function openSpeech(options: {
  readonly time: SimulatedTime;
  readonly pace: SpeechPace;
  readonly listener: SpeechListener;
}): Speech {
  const { time, pace, listener } = options;
  const closed = new AbortController();
  let queue: Queued[] = [];
  let places = 0;
  let speaking = false;
  let running = false;
  let woken = false;
  let work = Promise.resolve();
  let hold: { readonly place: string | number; readonly reached: () => void } | undefined;
  let held = false;

  function speak(token: string, last: boolean): void {
    if (closed.signal.aborted) return;
    const tail = queue.at(-1);
    const open = tail === undefined || tail.complete ? begin() : tail;
    open.pending += token;
    open.complete = last;
    // An empty utterance is not heard and ends nothing.
    if (last && open.heard === "" && open.pending.trim() === "") queue = queue.filter((one) => one !== open);
    else wake();
  }

  function begin(): Queued {
    places += 1;
    const next: Queued = {
      place: places,
      startedAt: time.now(),
      pending: "",
      complete: false,
      heard: "",
      unreported: "",
      soundedAt: undefined,
    };
    queue.push(next);
    return next;
  }

  function wake(): void {
    woken = true;
    if (!running) work = keepSpeaking();
  }

  async function keepSpeaking(): Promise<void> {
    running = true;
    try {
      for (let next = queue[0]; next !== undefined && !held && !closed.signal.aborted; next = queue[0]) {
        woken = false;
        const spoke = await speakSome(next);
        // A token may have come while it was found that there are too few.
        if (!spoke && !woken) break;
      }
    } finally {
      running = false;
    }
  }

  /** Speaks one more word; false when it has to wait for more tokens. */
  async function speakSome(current: Queued): Promise<boolean> {
    const word = (/^\s*\S+(?=\s)/u.exec(current.pending) ??
      (current.complete ? /^\s*\S+\s*$|^\s+$/u.exec(current.pending) : null))?.[0];
    if (word === undefined && !current.complete) return false;
    if (word === undefined) {
      finish(current, "whole");
      return true;
    }
    if (current.soundedAt === undefined) {
      await time.sleep(pace.latencyMs, closed.signal);
      if (queue[0] !== current) return true;
      current.soundedAt = time.now();
      setSpeaking(true);
    }
    await time.sleep(pace.msPerWord, closed.signal);
    if (queue[0] !== current || closed.signal.aborted) return true;
    current.pending = current.pending.slice(word.length);
    current.heard += word;
    current.unreported += word;
    listener.word(word);
    if (/[.!?:;]\s*$/u.test(current.unreported)) report(current);
    standStill(current);
    return true;
  }

  function standStill(current: Queued): void {
    if (hold === undefined) return;
    const { place } = hold;
    const there =
      typeof place === "string" ? current.heard.includes(place) : current.heard.trim().split(/\s+/u).length >= place;
    if (!there || current.heard === "") return;
    const { reached } = hold;
    hold = undefined;
    held = true;
    reached();
  }

  function report(current: Queued): void {
    if (current.unreported === "") return;
    listener.played(current.unreported);
    current.unreported = "";
  }

  function finish(current: Queued, fate: Utterance["fate"]): void {
    queue = queue.filter((one) => one !== current);
    if (fate === "whole") report(current);
    if (queue.length === 0) setSpeaking(false);
    listener.heard({ text: current.heard.trim(), fate, startedAt: current.startedAt, endedAt: time.now() });
  }

  function setSpeaking(on: boolean): void {
    if (speaking === on) return;
    speaking = on;
    listener.speaking(on);
  }

  return {
    speak,
    get active() {
      return queue.length > 0;
    },
    mark: () => places,
    stop(fate, mark = places) {
      const [current] = queue;
      if (current === undefined || current.place > mark) return undefined;
      queue = queue.filter((one) => one.place > mark);
      held = false;
      const told = {
        text: current.heard,
        unreported: current.unreported,
        ms: current.soundedAt === undefined ? 0 : time.now() - current.soundedAt,
      };
      speaking = false;
      listener.heard({ text: current.heard.trim(), fate, startedAt: current.startedAt, endedAt: time.now() });
      wake();
      return told;
    },
    holdAt(place) {
      return new Promise((resolve) => {
        hold = { place, reached: resolve };
        const [current] = queue;
        if (current !== undefined) standStill(current);
      });
    },
    release() {
      held = false;
      wake();
    },
    async close() {
      closed.abort();
      queue = [];
      await work;
    },
  };
}
