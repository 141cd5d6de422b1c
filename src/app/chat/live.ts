import type { RecordedEvent } from "../../core/events.ts";
import type { SubjectId, TurnId } from "../../core/ids.ts";
import type { OutboxRow } from "../../core/outbox.ts";
import type { Sink } from "../../core/turn.ts";
import type { ChatEvent } from "../../http/chat-parts.ts";
import { lineOfRow } from "./lines.ts";
import { chatStream, type ChatStream } from "./stream.ts";

/** The browsers that are open now, and the words that are being written to them. */
export interface LiveChats {
  /** Opens a stream until the signal aborts; it begins with the words that are being written, or the sign that there will be some. Undefined when the visitor has too many. */
  open(visitorId: string, signal: AbortSignal): ChatStream | undefined;
  /** Whose conversation a visitor with open streams is in, by now. */
  belongs(visitorId: string, subjectId: SubjectId): void;
  /** The visitors with open streams; of one subject, or all. */
  visitors(subjectId?: SubjectId): readonly string[];
  /** Tells all of a visitor's streams. */
  tell(visitorId: string, event: ChatEvent): void;
  /** Shows a whole reply; it takes the place of its turn's words. */
  deliver(row: OutboxRow): void;
  /** Where the words of a turn go while they are made. What another attempt has written before is taken back. */
  sinkFor(visitorId: string, turnId: TurnId): Sink;
  /** Takes back the words of a turn whose reply will not come, and knows when a turn is over. */
  heard(event: RecordedEvent): void;
}

interface OpenVisitor {
  readonly streams: Set<ChatStream>;
  subjectId: SubjectId | undefined;
}

interface Words {
  readonly visitorId: string;
  readonly turnId: TurnId;
  text: string;
}

const MOST_STREAMS = 5;

/** Nobody is here yet. */
export function liveChats(): LiveChats {
  const open = new Map<string, OpenVisitor>();
  const bySubject = new Map<SubjectId, Set<string>>();
  // One conversation has one turn at a time, so a visitor is written one reply at a time.
  const words = new Map<string, Words>();
  const writing = new Map<TurnId, Words>();
  /** Who waits for the words of a turn. */
  const awaited = new Map<TurnId, string>();
  return {
    open(visitorId, signal) {
      const visitor = open.get(visitorId) ?? { streams: new Set(), subjectId: undefined };
      if (visitor.streams.size >= MOST_STREAMS) return undefined;
      const stream = chatStream();
      const now = words.get(visitorId);
      if (now !== undefined) stream.push({ kind: "delta", turn: now.turnId, text: now.text });
      else if ([...awaited.values()].includes(visitorId)) stream.push({ kind: "typing" });
      visitor.streams.add(stream);
      open.set(visitorId, visitor);
      if (signal.aborted) close();
      else signal.addEventListener("abort", close, { once: true });
      return stream;

      function close(): void {
        stream.end();
        visitor.streams.delete(stream);
        if (visitor.streams.size > 0 || open.get(visitorId) !== visitor) return;
        open.delete(visitorId);
        leave(visitorId, visitor);
      }
    },
    belongs(visitorId, subjectId) {
      const visitor = open.get(visitorId);
      if (visitor === undefined || visitor.subjectId === subjectId) return;
      leave(visitorId, visitor);
      visitor.subjectId = subjectId;
      const visitors = bySubject.get(subjectId) ?? new Set();
      bySubject.set(subjectId, visitors.add(visitorId));
    },
    visitors: (subjectId) => [...(subjectId === undefined ? open.keys() : (bySubject.get(subjectId) ?? []))],
    tell,
    deliver(row) {
      if (row.turnId !== undefined) awaited.delete(row.turnId);
      const written = row.turnId === undefined ? undefined : writing.get(row.turnId);
      if (written !== undefined) forget(written);
      tell(row.to, { kind: "message", eventId: row.id, line: lineOfRow(row) });
    },
    sinkFor(visitorId, turnId) {
      const before = words.get(visitorId);
      if (before !== undefined) takeBack(before);
      awaited.set(turnId, visitorId);
      const written: Words = { visitorId, turnId, text: "" };
      return {
        write(text) {
          if (words.get(visitorId) !== written) {
            // What was begun and taken back meanwhile is not taken up again.
            if (written.text !== "") return;
            words.set(visitorId, written);
            writing.set(turnId, written);
          }
          written.text += text;
          tell(visitorId, { kind: "delta", turn: turnId, text });
        },
      };
    },
    heard(event) {
      const over = event.name === "turn_superseded" || event.name === "turn_settled";
      if (over && event.turnId !== undefined) awaited.delete(event.turnId);
      const gone = event.name === "turn_superseded" || event.name === "message_suppressed";
      const written = gone && event.turnId !== undefined ? writing.get(event.turnId) : undefined;
      if (written !== undefined) takeBack(written);
    },
  };

  function tell(visitorId: string, event: ChatEvent): void {
    for (const stream of open.get(visitorId)?.streams ?? []) stream.push(event);
  }

  function takeBack(written: Words): void {
    forget(written);
    tell(written.visitorId, { kind: "reset", turn: written.turnId });
  }

  function forget(written: Words): void {
    words.delete(written.visitorId);
    writing.delete(written.turnId);
  }

  function leave(visitorId: string, visitor: OpenVisitor): void {
    if (visitor.subjectId === undefined) return;
    const visitors = bySubject.get(visitor.subjectId);
    visitors?.delete(visitorId);
    if (visitors?.size === 0) bySubject.delete(visitor.subjectId);
  }
}
