import { branded, type SubjectId } from "./ids.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Milliseconds until the next attempt after each of the first; then it is once a day. */
const waits = [MINUTE_MS, 5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 6 * HOUR_MS, 12 * HOUR_MS] as const;
const DAYS_IN_ALL = 30;

/** Milliseconds to wait after an attempt (from 1) to delete a conversation at OpenAI; undefined after the last one, a month after the first. */
export function nextDeletionMs(attempt: number): number | undefined {
  const wait = waits[attempt - 1];
  if (wait !== undefined) return wait;
  return attempt < waits.length + DAYS_IN_ALL ? DAY_MS : undefined;
}

/** The key of the timer that stands for a deletion. */
export function deletionKey(conversationId: string): string {
  return `forget_remote/${conversationId}`;
}

/** In place of the customer's id, which is forgotten by the time that the timer fires. */
export const nobody: SubjectId = branded<SubjectId>("nobody");
