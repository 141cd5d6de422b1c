/** The key of the timer that stands for cleaning the files of what was removed: there is one at most. */
export const SCRUB_KEY = "scrub";

/** The key of the timer that stands for cleaning them of what was removed because of its age. */
export const DAILY_SCRUB_KEY = "scrub/daily";

/** Milliseconds after which cleaning the files is tried again. */
export const SCRUB_AGAIN_MS: number = 10 * 60_000;

const DAY_MS = 86_400_000;
/** 08:00 UTC: night in the Americas, morning in Europe. */
const DAILY_AT_MS = 8 * 3_600_000;

/** The next moment at which files are cleaned once a day: the same for all who ask within a day, also after a restart. */
export function nextDailyScrub(now: number): number {
  return (Math.floor((now - DAILY_AT_MS) / DAY_MS) + 1) * DAY_MS + DAILY_AT_MS;
}
