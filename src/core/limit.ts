/** How many texts a subject may send before the rest waits for the next window; 0 means no limit. */
export interface RateLimits {
  readonly perMinute: number;
  readonly perDay: number;
}

/** What was counted of one subject in the current minute and day, and whether it was already told. */
export interface RateCount {
  readonly minute: number;
  readonly inMinute: number;
  readonly day: number;
  readonly inDay: number;
  /** The window (`m…` or `d…`) in which the polite notice was given last. */
  readonly noticed: string;
}

/** A subject of whom nothing was counted yet. */
export const noCount: RateCount = { minute: 0, inMinute: 0, day: 0, inDay: 0, noticed: "" };

/** What the limit says of one more text. */
export interface RateVerdict {
  readonly count: RateCount;
  readonly allowed: boolean;
  /** Whether this refusal is the first of its window and gets a polite answer. */
  readonly notify: boolean;
}

/** Counts one text and says whether it is within the limits. Windows are whole minutes and days of universal time. */
export function countText(before: RateCount, nowMs: number, limits: RateLimits): RateVerdict {
  const minute = Math.floor(nowMs / 60_000);
  const day = Math.floor(nowMs / 86_400_000);
  const inMinute = (before.minute === minute ? before.inMinute : 0) + 1;
  const overMinute = limits.perMinute > 0 && inMinute > limits.perMinute;
  // What was not taken within its minute does not use up the day: one wild minute must not lock a number out until midnight.
  const inDay = (before.day === day ? before.inDay : 0) + (overMinute ? 0 : 1);
  const overDay = limits.perDay > 0 && inDay > limits.perDay;
  const window = overDay ? `d${day}` : `m${minute}`;
  const allowed = !overDay && !overMinute;
  const notify = !allowed && before.noticed !== window;
  return {
    allowed,
    notify,
    count: { minute, inMinute, day, inDay, noticed: notify ? window : before.noticed },
  };
}
