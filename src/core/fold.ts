import type { SessionId } from "./ids.ts";
import { bounded, clipped, MOST_SUMMARY_CHARS } from "./memory-bounds.ts";
import type { Episode, Memory } from "./memory.ts";

/** A summary, and what it covers. */
export interface Folded {
  /** The summary so far and what was folded into it. */
  readonly text: string;
  /** Place of the last entry it covers. */
  readonly throughSeq: number;
  readonly session: SessionId | undefined;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** A session that is over. */
export interface Closed {
  readonly session: SessionId;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** All of the session in prose, when the running summary does not tell it. */
  readonly text?: string;
  /** Place of the last entry that the text covers. */
  readonly throughSeq?: number;
}

/** Puts a new running summary in the place of the one before. */
export function foldInto(memory: Memory, { text, throughSeq, session, at }: Folded): Memory {
  const foldedThrough = Math.max(memory.foldedThrough, throughSeq);
  return { ...memory, foldedThrough, summary: { session, at, text: clipped(text, MOST_SUMMARY_CHARS) } };
}

/**
 * Makes an episode of a session that is over: its summary is told from then on as something earlier, and the running
 * summary, if it was this session's, is empty again; so is the intent. A session that went on after all, and is over
 * again, stays one episode: a text given for it takes the place of the one before, a running summary is added to it.
 */
export function closeEpisode(memory: Memory, closed: Closed): Memory {
  const { summary, intent, ...rest } = memory;
  const own = summary?.session === closed.session || summary?.session === undefined;
  const before = memory.episodes.find((episode) => episode.session === closed.session);
  const running = own ? (summary?.text ?? "") : "";
  const text = closed.text ?? joined(before?.summary ?? "", running);
  const episode: Episode = {
    session: closed.session,
    startedAt: Math.min(closed.startedAt, before?.startedAt ?? closed.startedAt),
    endedAt: Math.max(closed.endedAt, before?.endedAt ?? closed.endedAt),
    summary: clipped(text, MOST_SUMMARY_CHARS),
  };
  const others = memory.episodes.filter((each) => each !== before);
  const episodes = episode.summary === "" ? others : [...others, episode];
  return bounded(
    {
      ...rest,
      episodes,
      foldedThrough: Math.max(memory.foldedThrough, closed.throughSeq ?? 0),
      ...(own || summary === undefined ? {} : { summary }),
      ...(intent?.session === undefined || intent.session === closed.session ? {} : { intent }),
    },
    closed.endedAt,
  );
}

/** One text of two, of which the later one is kept whole when both are too long. */
function joined(earlier: string, later: string): string {
  const room = MOST_SUMMARY_CHARS - later.length - 1;
  return room < 1 ? later : `${clipped(earlier, room)} ${later}`.trim();
}
