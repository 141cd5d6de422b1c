import { ContinuoError } from "../../core/errors.ts";
import { newTimerId, type TenantId } from "../../core/ids.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { FiredTimer, Ledger } from "../../core/ports/ledger.ts";
import { nobody } from "../../core/remote-deletion.ts";
import { DAILY_SCRUB_KEY, nextDailyScrub, SCRUB_AGAIN_MS, SCRUB_KEY } from "../../core/scrub-timer.ts";

/** What cleaning the files stands on. */
export interface ScrubbingParts {
  readonly ledger: Pick<Ledger, "lifeCycle" | "timers">;
  readonly clock: Clock;
}

/** Sees to it that what was removed cannot be read in the files any more. */
export interface Scrubbing {
  /** Writes down that the files are to be cleaned, before something is removed, so that a crash changes nothing. Call the result when it is removed. */
  owe(tenant: TenantId): Promise<() => void>;
  /** The same for what may wait: such files are cleaned once a day, without being asked again. */
  oweDaily(tenant: TenantId): Promise<() => void>;
  /** Cleans the files of everything that was removed before; false when that has to wait, and is tried again. */
  scrub(): Promise<boolean>;
  /** Takes in what a timer stands for, if it is this. */
  fired(timer: Pick<FiredTimer, "body">): void;
  /** Does what a timer told. */
  goOn(): Promise<void>;
}

/** The scrubbing of one process: the files are written anew, so that of many who ask at once all wait for the same. */
export function openScrubbing({ ledger, clock }: ScrubbingParts): Scrubbing {
  let running: Promise<boolean> | undefined;
  let next: Promise<boolean> | undefined;
  /** How often something was to be removed, and how often it is being removed now. */
  let owed = 0;
  let removing = 0;
  let told = false;
  return {
    async owe(tenant) {
      await oweScrub({ ledger, clock }, { tenant, inMs: SCRUB_AGAIN_MS });
      return removalBegun();
    },
    async oweDaily(tenant) {
      const now = clock.now();
      await setScrub(ledger, { key: DAILY_SCRUB_KEY, tenant, dueAt: nextDailyScrub(now), now });
      return removalBegun();
    },
    scrub,
    fired({ body }) {
      if (body.kind === "scrub") told = true;
    },
    async goOn() {
      if (!told) return;
      told = false;
      await scrub();
    },
  };

  function removalBegun(): () => void {
    owed += 1;
    removing += 1;
    return () => {
      removing -= 1;
    };
  }

  function scrub(): Promise<boolean> {
    // One that has begun may have passed what was removed since.
    next ??= afterRunning();
    return next;
  }

  async function afterRunning(): Promise<boolean> {
    // Whoever waits for that one hears of its failure.
    await running?.catch(() => false);
    next = undefined;
    running = scrubNow();
    try {
      return await running;
    } finally {
      running = undefined;
    }
  }

  async function scrubNow(): Promise<boolean> {
    const before = owed;
    const allRemoved = removing === 0;
    try {
      await ledger.lifeCycle.scrub();
    } catch (error) {
      if (error instanceof ContinuoError && passing.has(error.code)) return false;
      throw error;
    }
    if (!allRemoved || owed !== before) return true;
    for (const key of [SCRUB_KEY, DAILY_SCRUB_KEY]) await ledger.timers.cancel(key);
    return true;
  }
}

/** Writes down that the files are to be cleaned after so many milliseconds, by whichever server works on them then. */
export async function oweScrub(
  { ledger, clock }: ScrubbingParts,
  wish: { readonly tenant: TenantId; readonly inMs: number },
): Promise<void> {
  const now = clock.now();
  await setScrub(ledger, { key: SCRUB_KEY, tenant: wish.tenant, dueAt: now + wish.inMs, now });
}

async function setScrub(
  ledger: ScrubbingParts["ledger"],
  timer: { readonly key: string; readonly tenant: TenantId; readonly dueAt: number; readonly now: number },
): Promise<void> {
  const { key, tenant, dueAt, now } = timer;
  await ledger.timers.set({ id: newTimerId(now), key, subjectId: nobody, dueAt, body: { kind: "scrub", tenant } });
}

/** Another program reads the database, or there is no room for the copy. */
const passing: ReadonlySet<string> = new Set(["ledger_unavailable", "ledger_full"]);
