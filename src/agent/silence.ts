import type { Clock } from "../core/ports/clock.ts";

/** Watches that somebody shows signs of life. */
export interface SilenceWatch extends Disposable {
  /** Fires after the silence, or when the outer signal does. */
  readonly signal: AbortSignal;
  /** A sign of life. */
  readonly alive: () => void;
}

const over = "over";

/** Starts to watch; the watch ends when it is disposed of. Times in milliseconds. */
export function watchSilence(watched: {
  readonly clock: Clock;
  readonly silenceMs: number;
  readonly signal: AbortSignal;
}): SilenceWatch {
  const { clock, silenceMs, signal: outer } = watched;
  const controller = new AbortController();
  const stopped = new AbortController();
  let aliveAt = clock.now();

  function abort(): void {
    controller.abort(outer.reason);
  }

  async function watch(): Promise<void> {
    let leftMs = silenceMs;
    while (leftMs > 0 && !stopped.signal.aborted) {
      await clock.sleep(leftMs, stopped.signal);
      leftMs = aliveAt + silenceMs - clock.now();
    }
    if (!stopped.signal.aborted) controller.abort(new Error(`silent for ${silenceMs} ms`));
  }

  if (outer.aborted) abort();
  else outer.addEventListener("abort", abort, { once: true });
  // It never rejects: the clock's sleep does not.
  void watch();
  return {
    signal: controller.signal,
    alive: () => {
      aliveAt = clock.now();
    },
    [Symbol.dispose]: () => {
      // A reason of our own spares the making of an error, stack and all, on every answer.
      stopped.abort(over);
      outer.removeEventListener("abort", abort);
    },
  };
}
