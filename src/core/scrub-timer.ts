/** The key of the timer that stands for cleaning the files of what was removed: there is one at most. */
export const SCRUB_KEY = "scrub";

/** Milliseconds after which cleaning the files is tried again. */
export const SCRUB_AGAIN_MS: number = 10 * 60_000;
