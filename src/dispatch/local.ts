import type { SubjectId } from "../core/ids.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Dispatch } from "../core/ports/dispatch.ts";

type Work = (subjectId: SubjectId, signal: AbortSignal) => Promise<void>;

/**
 * Dispatch within one process: a subject is worked on once at a time, `concurrency` subjects at once, in the order in
 * which they became due. A subject that is woken while it is worked on is looked at again afterwards.
 */
export function localDispatch(options: {
  readonly clock: Clock;
  readonly concurrency: number;
  /** Told of work that rejected; the subject is not lost, the sweeper finds it again. */
  readonly onError: (error: unknown, subjectId: SubjectId) => void;
}): Dispatch {
  const { clock, concurrency, onError } = options;
  const stop = new AbortController();
  const ready = new Set<SubjectId>();
  const active = new Set<SubjectId>();
  const delayed = new Map<SubjectId, { readonly dueAt: number; readonly cancel: AbortController }>();
  let work: Work | undefined;
  let idle: PromiseWithResolvers<void> | undefined;

  return {
    wake(subjectId, notBefore) {
      if (stop.signal.aborted) return;
      const dueAt = notBefore ?? 0;
      if (dueAt <= clock.now()) makeReady(subjectId);
      else delay(subjectId, dueAt);
    },
    start(given) {
      work = given;
      fill();
    },
    settled() {
      if (isSettled()) return Promise.resolve();
      idle ??= Promise.withResolvers<void>();
      return idle.promise;
    },
    async [Symbol.asyncDispose]() {
      for (const { cancel } of delayed.values()) cancel.abort();
      delayed.clear();
      ready.clear();
      stop.abort();
      if (active.size > 0) {
        idle ??= Promise.withResolvers<void>();
        await idle.promise;
      }
    },
  };

  function makeReady(subjectId: SubjectId): void {
    const waiting = delayed.get(subjectId);
    if (waiting !== undefined) {
      waiting.cancel.abort();
      delayed.delete(subjectId);
    }
    ready.add(subjectId);
    fill();
  }

  /** Of two wake-ups for later the earlier one counts, and one for now beats both. */
  function delay(subjectId: SubjectId, dueAt: number): void {
    if (ready.has(subjectId)) return;
    const known = delayed.get(subjectId);
    if (known !== undefined && known.dueAt <= dueAt) return;
    known?.cancel.abort();
    const cancel = new AbortController();
    delayed.set(subjectId, { dueAt, cancel });
    void clock.sleep(dueAt - clock.now(), cancel.signal).then(() => {
      if (!cancel.signal.aborted) makeReady(subjectId);
    });
  }

  function fill(): void {
    if (work === undefined) return;
    for (const subjectId of ready) {
      if (active.size >= concurrency) return;
      if (active.has(subjectId)) continue;
      ready.delete(subjectId);
      active.add(subjectId);
      void perform(work, subjectId);
    }
  }

  async function perform(given: Work, subjectId: SubjectId): Promise<void> {
    try {
      await given(subjectId, stop.signal);
    } catch (error) {
      onError(error, subjectId);
    } finally {
      active.delete(subjectId);
      fill();
      if (isSettled()) {
        idle?.resolve();
        idle = undefined;
      }
    }
  }

  function isSettled(): boolean {
    return active.size === 0 && (ready.size === 0 || stop.signal.aborted);
  }
}
