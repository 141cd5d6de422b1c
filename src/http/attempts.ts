import type { Clock } from "../core/ports/clock.ts";

/** Counts what somebody does, in windows of time, in a bounded amount of memory. */
export interface Attempts {
  /** Counts one attempt; when it is one too many, tells after how many milliseconds the next one counts again. */
  take(who: string): { readonly kind: "allowed" } | { readonly kind: "limited"; readonly retryAfterMs: number };
}

/** At most so many are remembered; whoever came first is forgotten first. */
const MOST_REMEMBERED = 10_000;

/** At most `most` attempts of each within `windowMs`. */
export function countAttempts(options: {
  readonly clock: Clock;
  readonly most: number;
  readonly windowMs: number;
}): Attempts {
  const { clock, most, windowMs } = options;
  const counts = new Map<string, { n: number; readonly until: number }>();
  return {
    take(who) {
      const now = clock.now();
      const known = counts.get(who);
      if (known !== undefined && known.until > now) {
        known.n += 1;
        return known.n <= most ? { kind: "allowed" } : { kind: "limited", retryAfterMs: known.until - now };
      }
      // In again at the end, so that the map stays in the order of the windows.
      counts.delete(who);
      forget(now);
      counts.set(who, { n: 1, until: now + windowMs });
      return { kind: "allowed" };
    },
  };

  function forget(now: number): void {
    for (const [who, { until }] of counts) {
      if (until > now && counts.size < MOST_REMEMBERED) return;
      counts.delete(who);
    }
  }
}
