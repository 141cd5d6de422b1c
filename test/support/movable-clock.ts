import { systemClock } from "../../src/app/system-clock.ts";
import type { Clock } from "../../src/core/ports/clock.ts";

/** A clock that goes on by itself and can be put forward; whoever sleeps past the new time wakes at once. */
export interface MovableClock extends Clock {
  /** Puts the clock forward. */
  advance(ms: number): void;
}

/** A clock that starts at the present moment. */
export function movableClock(): MovableClock {
  let offsetMs = 0;
  const sleepers = new Set<() => void>();
  const clock: MovableClock = {
    now: () => systemClock.now() + offsetMs,
    async sleep(ms, signal) {
      const wakeAt = clock.now() + ms;
      while (clock.now() < wakeAt && signal?.aborted !== true) {
        const moved = new AbortController();
        sleepers.add(wake);
        signal?.addEventListener("abort", wake, { once: true });
        await systemClock.sleep(wakeAt - clock.now(), moved.signal);
        sleepers.delete(wake);
        signal?.removeEventListener("abort", wake);

        function wake(): void {
          moved.abort();
        }
      }
    },
    advance(ms) {
      offsetMs += ms;
      for (const wake of sleepers) wake();
    },
  };
  return clock;
}
