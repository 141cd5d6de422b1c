import type { SubjectId } from "./ids.ts";

/** The key of the timer that stands for sealing the conversation of somebody who is forgotten. */
export function sealKey(subjectId: SubjectId): string {
  return `seal/${subjectId}`;
}

/** Milliseconds after which sealing a conversation is tried again. */
export const SEAL_AGAIN_MS: number = 10 * 60_000;
