import type { Clock } from "../core/ports/clock.ts";
import type { ChatEvent } from "./chat-parts.ts";

/** Shorter than any proxy's patience. */
const HEARTBEAT_MS = 15_000;
/** When a browser comes back after a lost connection. */
const RETRY_MS = 2_000;

/** Events as the lines of an event stream, with a comment whenever nothing was told for a while. */
export async function* eventFrames(
  events: AsyncIterable<ChatEvent>,
  options: { readonly clock: Clock; readonly signal: AbortSignal },
): AsyncGenerator<string, void> {
  const over = new AbortController();
  function end(): void {
    over.abort();
  }
  if (options.signal.aborted) end();
  options.signal.addEventListener("abort", end, { once: true });
  const reader = events[Symbol.asyncIterator]();
  try {
    yield `retry: ${RETRY_MS}\n\n`;
    let next = reader.next();
    let beat = heartbeat();
    while (!over.signal.aborted) {
      const told = await Promise.race([next, beat]);
      if (over.signal.aborted) return;
      if (told === "beat") {
        beat = heartbeat();
        yield ": still here\n\n";
        continue;
      }
      if (told.done === true) return;
      yield frameOf(told.value);
      next = reader.next();
    }
  } finally {
    end();
    options.signal.removeEventListener("abort", end);
  }

  async function heartbeat(): Promise<"beat"> {
    await options.clock.sleep(HEARTBEAT_MS, over.signal);
    return "beat";
  }
}

function frameOf(event: ChatEvent): string {
  switch (event.kind) {
    case "message":
      return frame("message", event.line, event.eventId);
    case "delta":
      return frame("delta", { turn: event.turn, text: event.text });
    case "reset":
      return frame("reset", { turn: event.turn });
    case "typing":
      return frame("typing", {});
    case "state":
      return frame("state", event.state);
  }
}

function frame(name: string, told: object, id?: string): string {
  return `${id === undefined ? "" : `id: ${id}\n`}event: ${name}\ndata: ${JSON.stringify(told)}\n\n`;
}
