import { ContinuoError } from "../../core/errors.ts";
import type { LifeCycle } from "../../core/ports/life-cycle.ts";

/** Sees to it that what was removed cannot be read in the files any more. */
export interface Scrubbing {
  /** Cleans the files of everything that was removed before; false when that has to wait, and is tried again. */
  scrub(): Promise<boolean>;
  /** Tries again what had to wait. */
  goOn(now: number): Promise<void>;
}

const AGAIN_MS = 60_000;

/** The scrubbing of one process: the files are written anew, so that of many who ask at once all wait for the same. */
export function openScrubbing(lifeCycle: Pick<LifeCycle, "scrub">): Scrubbing {
  let running: Promise<boolean> | undefined;
  let next: Promise<boolean> | undefined;
  let owed = false;
  let nextAt = 0;
  return {
    scrub,
    async goOn(now) {
      if (!owed || now < nextAt) return;
      nextAt = now + AGAIN_MS;
      await scrub();
    },
  };

  function scrub(): Promise<boolean> {
    // One that has begun may have passed what was removed since.
    next ??= afterRunning();
    return next;
  }

  async function afterRunning(): Promise<boolean> {
    await running?.catch(() => undefined);
    next = undefined;
    running = scrubNow();
    try {
      return await running;
    } finally {
      running = undefined;
    }
  }

  async function scrubNow(): Promise<boolean> {
    owed = true;
    try {
      await lifeCycle.scrub();
      owed = false;
      return true;
    } catch (error) {
      if (error instanceof ContinuoError && later.has(error.code)) return false;
      throw error;
    }
  }
}

/** Another program reads the database, or there is no room for the copy: that passes. */
const later: ReadonlySet<string> = new Set(["ledger_unavailable", "ledger_full"]);
