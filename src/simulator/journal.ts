/** A list that only grows, and on which one can wait. */
export interface Journal<Entry> {
  readonly entries: readonly Entry[];
  /** Adds an entry and wakes whoever waits for one like it. */
  add(entry: Entry): void;
  /** Resolves with the first matching entry from place `from` on, whether it is there already or still to come. */
  wait(matches: (entry: Entry) => boolean, options?: WaitOptions): Promise<Entry>;
  /** Calls the listener with every new entry, until the returned function is called. */
  listen(listener: (entry: Entry) => void): () => void;
}

/** How to wait for an entry. */
export interface WaitOptions {
  /** Index of the first entry that counts; 0 by default. */
  readonly from?: number;
  /** After this long (in real milliseconds, 10 s by default) waiting fails. */
  readonly timeoutMs?: number;
  /** What is waited for, as the end of "waited in vain for …". */
  readonly what?: string;
  /** Stops waiting, which then fails. */
  readonly signal?: AbortSignal;
}

/** An empty journal. */
export function journal<Entry>(): Journal<Entry> {
  const entries: Entry[] = [];
  const listeners = new Set<(entry: Entry) => void>();

  function listen(listener: (entry: Entry) => void): () => void {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  return {
    entries,
    listen,
    add(entry) {
      entries.push(entry);
      for (const listener of Array.from(listeners)) listener(entry);
    },
    wait(matches, { from = 0, timeoutMs = 10_000, what = "something to happen", signal } = {}) {
      const there = entries.slice(from).find(matches);
      if (there !== undefined) return Promise.resolve(there);
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => giveUp(`waited ${timeoutMs} ms in vain for ${what}`), timeoutMs);
        const stop = listen((entry) => {
          if (!matches(entry)) return;
          clear();
          resolve(entry);
        });
        signal?.addEventListener("abort", aborted, { once: true });

        function aborted(): void {
          giveUp(`stopped waiting for ${what}`);
        }

        function clear(): void {
          clearTimeout(timer);
          stop();
          signal?.removeEventListener("abort", aborted);
        }

        function giveUp(why: string): void {
          clear();
          reject(new Error(why));
        }
      });
    },
  };
}
