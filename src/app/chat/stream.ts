import type { ChatEvent } from "../../http/chat-parts.ts";

/** What one browser is told, in order, by one reader. */
export interface ChatStream extends AsyncIterable<ChatEvent> {
  /** Adds an event. A reader who has left too many behind loses the stream; what mattered is told to the next one. */
  push(event: ChatEvent): void;
  /** Ends it after what waits. */
  end(): void;
}

/** A reader this far behind is gone or as good as gone. */
const MOST_WAITING = 200;

/** A stream that nothing was told on yet. */
export function chatStream(): ChatStream {
  let waiting: ChatEvent[] = [];
  let ended = false;
  let wake: (() => void) | undefined;
  return {
    push(event) {
      if (ended) return;
      const last = waiting.at(-1);
      const joined = last === undefined ? undefined : join(last, event);
      if (joined === undefined) waiting.push(event);
      else waiting[waiting.length - 1] = joined;
      if (waiting.length > MOST_WAITING) {
        waiting = [];
        ended = true;
      }
      rouse();
    },
    end() {
      ended = true;
      rouse();
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const event = waiting.shift();
        if (event !== undefined) yield event;
        else if (ended) return;
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    },
  };

  function rouse(): void {
    const reader = wake;
    wake = undefined;
    reader?.();
  }
}

/** Words that nobody has read yet are one piece; undefined when the two are not. */
function join(last: ChatEvent, next: ChatEvent): ChatEvent | undefined {
  if (last.kind === "typing" && next.kind === "typing") return last;
  if (last.kind !== "delta" || next.kind !== "delta" || last.turn !== next.turn) return undefined;
  return { ...last, text: last.text + next.text };
}
