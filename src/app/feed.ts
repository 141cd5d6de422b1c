import { setTimeout } from "node:timers/promises";
import type { RecordedEvent } from "../core/events.ts";
import type { EventRecord } from "../core/ports/ledger.ts";

/** Tells listeners what happened, from the record, in order, after it was committed. */
export interface Feed extends AsyncDisposable {
  /** Something may have been committed. */
  poke(): void;
  /** Tells a listener of every event from now on; call the result to stop. A listener's failure is told and goes no further. */
  listen(listener: (event: RecordedEvent) => void): () => void;
  /** Resolves when everything committed so far was told. */
  settled(): Promise<void>;
}

const AT_ONCE = 200;
const GATHER_MS = 5;

/** A feed over an event record. Without listeners it reads nothing. */
export async function openFeed(record: EventRecord, onError: (error: unknown) => void): Promise<Feed> {
  const listeners = new Set<(event: RecordedEvent) => void>();
  let seq = await record.latest();
  let wanted = false;
  let reading: Promise<void> | undefined;
  let closed = false;
  return {
    poke,
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async settled() {
      poke();
      await reading;
    },
    async [Symbol.asyncDispose]() {
      poke();
      await reading;
      closed = true;
    },
  };

  function poke(): void {
    if (closed) return;
    wanted = true;
    reading ??= read().finally(() => {
      reading = undefined;
    });
  }

  async function read(): Promise<void> {
    // Whatever else is committed within a moment is told together.
    await setTimeout(GATHER_MS);
    while (wanted) {
      wanted = false;
      try {
        await tell();
      } catch (error) {
        onError(error);
      }
    }
  }

  function tellAll(event: RecordedEvent): void {
    for (const listener of listeners) {
      try {
        listener(event);
      } catch (error) {
        onError(error);
      }
    }
  }

  async function tell(): Promise<void> {
    for (;;) {
      const events = await record.after(seq, AT_ONCE);
      for (const event of events) {
        seq = event.seq;
        tellAll(event);
      }
      if (events.length < AT_ONCE) return;
    }
  }
}
