/** A stream that is written from one side and read from the other, by one reader, without losing what comes early. */
export interface EventQueue<Value> extends AsyncIterable<Value> {
  /** Adds a value; after the end it is dropped. */
  push(value: Value): void;
  /** Ends the stream after what was already pushed and is kept by `keep`. */
  end(keep?: (value: Value) => boolean): void;
  /** Ends the stream with an error after what was already pushed. */
  fail(error: unknown): void;
}

/** Makes a stream. `onLeft` is called when the reader leaves before the end. */
export function eventQueue<Value>(onLeft: () => void): EventQueue<Value> {
  let waiting: Value[] = [];
  let taken = 0;
  let ended: { readonly error?: unknown } | undefined;
  let wake: (() => void) | undefined;

  function rouse(): void {
    const reader = wake;
    wake = undefined;
    reader?.();
  }

  function settle(end: { readonly error?: unknown }): void {
    if (ended !== undefined) return;
    ended = end;
    rouse();
  }

  async function next(): Promise<IteratorResult<Value, undefined>> {
    while (taken >= waiting.length && ended === undefined) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    const value = waiting[taken];
    if (value !== undefined) {
      taken += 1;
      if (taken === waiting.length) {
        waiting = [];
        taken = 0;
      }
      return { done: false, value };
    }
    if (ended !== undefined && "error" in ended) {
      const { error } = ended;
      ended = {};
      throw error;
    }
    return { done: true, value: undefined };
  }

  return {
    push(value) {
      if (ended !== undefined) return;
      waiting.push(value);
      if (wake !== undefined) rouse();
    },
    end(keep) {
      if (ended === undefined && keep !== undefined) {
        waiting = waiting.slice(taken).filter((value) => keep(value));
        taken = 0;
      }
      settle({});
    },
    fail: (error) => settle({ error }),
    [Symbol.asyncIterator]: () => ({
      next,
      return: () => {
        if (ended === undefined) onLeft();
        settle({});
        waiting = [];
        taken = 0;
        return Promise.resolve({ done: true, value: undefined });
      },
    }),
  };
}
