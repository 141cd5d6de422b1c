import type { Memory } from "../core/memory.ts";

/** Place of the last entry that a memory covers. */
export function coveredThrough({ foldedThrough, extractedThrough }: Memory): number {
  return Math.max(foldedThrough, extractedThrough);
}

/** A memory that covers nothing beyond a conversation's last entry: what it covered beyond would never be looked at. */
export function coveringAtMost(memory: Memory, seq: number): Memory {
  return {
    ...memory,
    foldedThrough: Math.min(memory.foldedThrough, seq),
    extractedThrough: Math.min(memory.extractedThrough, seq),
  };
}
