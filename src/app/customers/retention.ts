import type { SubjectRef, TenantId } from "../../core/ids.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Ledger } from "../../core/ports/ledger.ts";
import type { Scrubbing } from "./scrubbing.ts";

/** What retention stands on. */
export interface RetentionParts {
  readonly ledger: Pick<Ledger, "lifeCycle">;
  readonly clock: Clock;
  /** Every tenant with how many days without activity its customers are kept; 0 keeps them for ever. */
  readonly tenants: readonly { readonly id: TenantId; readonly retentionDays: number }[];
  readonly forget: (who: SubjectRef) => Promise<unknown>;
  /** The files are cleaned once a day for all who were forgotten: everybody who writes waits for it. */
  readonly scrubbing: Pick<Scrubbing, "oweDaily">;
}

const DAY_MS = 86_400_000;
const EVERY_MS = 3_600_000;
const AT_ONCE = 50;

/**
 * Forgets customers who have not been seen for as long as their tenant keeps them. Asked in every sweep, it looks once
 * an hour, takes a few at a time, and goes on in the next sweep when there were more. One who cannot be forgotten holds
 * up nobody else; the first failure is thrown at the end.
 */
export function openRetention(parts: RetentionParts): (now: number, signal: AbortSignal) => Promise<void> {
  let nextAt = 0;
  return async (now, signal) => {
    if (now < nextAt) return;
    const failures: unknown[] = [];
    let forgotten = 0;
    let more = false;
    for (const { id: tenant, retentionDays } of parts.tenants) {
      if (retentionDays === 0) continue;
      const before = now - retentionDays * DAY_MS;
      const subjects = await parts.ledger.lifeCycle.inactive({ tenant, before, limit: AT_ONCE });
      const removed = subjects.length > 0 ? await parts.scrubbing.oweDaily(tenant) : undefined;
      for (const subjectId of subjects) {
        if (signal.aborted) break;
        try {
          await parts.forget({ tenant, subjectId });
          forgotten += 1;
        } catch (error) {
          failures.push(error);
        }
      }
      removed?.();
      more ||= subjects.length === AT_ONCE;
    }
    nextAt = more && forgotten > 0 ? now : parts.clock.now() + EVERY_MS;
    if (failures.length > 0) throw failures[0];
  };
}
