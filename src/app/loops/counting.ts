import { countEvents } from "../../core/counting.ts";
import type { EventRecord } from "../../core/ports/ledger.ts";
import type { Totals } from "../../core/ports/totals.ts";

/** Counts what happens, behind everything else. */
export interface Counting {
  /** Counts what was recorded since; resolves when nothing is left to count. Whoever wants figures of this moment waits for it. */
  catchUp(): Promise<void>;
}

const AT_ONCE = 1_000;

/**
 * Keeps the totals in step with the record of events: each event counts once, also after a crash and beside others
 * who count, because the counts and the place of the last counted event are one commit.
 */
export function openCounting(ledger: {
  readonly events: Pick<EventRecord, "after">;
  readonly totals: Pick<Totals, "counted" | "add">;
}): Counting {
  let running: Promise<void> | undefined;
  let again = false;
  return {
    async catchUp() {
      // What was recorded after a look began is not in it, so that whoever comes later looks once more.
      again = true;
      running ??= countAll().finally(() => {
        running = undefined;
      });
      await running;
    },
  };

  async function countAll(): Promise<void> {
    while (again) {
      again = false;
      while (await countSome());
    }
  }

  /** False when nothing is left. */
  async function countSome(): Promise<boolean> {
    const after = await ledger.totals.counted();
    const events = await ledger.events.after(after, AT_ONCE);
    const last = events.at(-1);
    if (last === undefined) return false;
    await ledger.totals.add({ after, through: last.seq, ...countEvents(events) });
    return events.length === AT_ONCE;
  }
}
