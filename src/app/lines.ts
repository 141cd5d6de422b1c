import type { CallRecord } from "../core/call-record.ts";
import type { SubjectId } from "../core/ids.ts";
import { LiveLine, type Line, type LineParts, type LineSocket } from "./line.ts";

/** The live calls of one process. */
export interface Lines {
  /** A subject's live calls, the newest last. */
  of(subjectId: SubjectId): readonly Line[];
  /** Starts to listen to a socket that was admitted for a call. */
  open(socket: LineSocket, record: CallRecord): Line;
  count(): number;
  /** Ends every live call of a subject on this side. */
  hangUp(subjectId: SubjectId): void;
  /** Closes every socket, so that the calls go on elsewhere; resolves when each is written down as lost. */
  closeAll(): Promise<void>;
}

/** The live calls of one process, none at first. */
export function openLines(parts: LineParts): Lines {
  const bySubject = new Map<SubjectId, Set<LiveLine>>();
  const closing = new Set<Promise<unknown>>();
  return {
    of: (subjectId) => [...(bySubject.get(subjectId) ?? none)],
    open(socket, record) {
      return new LiveLine({ parts, socket, record, registry: { add, remove, closing } });
    },
    count: () => {
      let count = 0;
      for (const lines of bySubject.values()) count += lines.size;
      return count;
    },
    hangUp(subjectId) {
      for (const line of bySubject.get(subjectId) ?? none) line.close();
    },
    async closeAll() {
      for (const lines of bySubject.values()) for (const line of lines) line.close();
      await Promise.allSettled(closing);
    },
  };

  /** Of two sockets of one call the newer wins. */
  function add(line: LiveLine): void {
    const lines = bySubject.get(line.subjectId) ?? new Set();
    for (const other of lines) {
      if (other.callSid !== line.callSid || other === line) continue;
      other.close();
      // What the older one took with it is this one's to say.
      line.leave();
    }
    lines.add(line);
    bySubject.set(line.subjectId, lines);
  }

  function remove(line: LiveLine): void {
    const lines = bySubject.get(line.subjectId);
    lines?.delete(line);
    if (lines?.size === 0) bySubject.delete(line.subjectId);
  }
}

const none: readonly LiveLine[] = [];
