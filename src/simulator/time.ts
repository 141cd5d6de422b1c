import { setImmediate as nextTick, setTimeout as wait } from "node:timers/promises";

/** The time the simulator lives by. */
export interface SimulatedTime {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after the given milliseconds of simulated time, or as soon as the signal aborts; it never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Real time, `speed` times as fast: 4 speaks four times as quickly as a person, `Infinity` never waits. */
export function realTime(speed = 1): SimulatedTime {
  return {
    now: () => Date.now(),
    async sleep(ms, signal) {
      if (signal?.aborted === true) return;
      const real = ms / speed;
      if (real < 1) {
        await nextTick();
        return;
      }
      try {
        await wait(real, undefined, signal === undefined ? {} : { signal });
      } catch (error) {
        // The signal may have aborted while this slept; anything else is a fault.
        if (!(error instanceof Error && error.name === "AbortError")) throw error;
      }
    },
  };
}
