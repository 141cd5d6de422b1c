import type { Problem } from "./problem.ts";

/** Where events are written; a pino logger is one. Entries hold no numbers, texts, signatures or tokens. */
export interface HttpLog {
  /** Something that is as it should be. */
  info(entry: LogEntry): void;
  /** Something that somebody else did wrong. */
  warn(entry: LogEntry): void;
  /** Something that went wrong here. */
  error(entry: LogEntry): void;
}

/** One event. */
export interface LogEntry {
  readonly event: string;
  readonly route?: string;
  readonly reason?: string;
  readonly err?: unknown;
}

/** A request that was not believed or not understood. */
export function requestRefused(log: HttpLog, route: string, problem: Problem): void {
  log.warn({ event: "request_refused", route, reason: problem.detail ?? problem.code });
}

/** A request that could not be served. */
export function requestFailed(log: HttpLog, route: string, err: unknown): void {
  log.error({ event: "request_failed", route, err });
}

/** A text or a call to a number that nobody serves. */
export function numberUnserved(log: HttpLog, route: string): void {
  log.warn({ event: "number_unserved", route });
}

/** A socket that was turned away. */
export function socketRefused(log: HttpLog, reason: string): void {
  log.warn({ event: "socket_refused", route: "/conversation-relay", reason });
}

/** A socket that nobody could take over. */
export function socketFailed(log: HttpLog, err: unknown): void {
  log.error({ event: "socket_failed", route: "/conversation-relay", err });
}
