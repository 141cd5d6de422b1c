import { expect, test } from "vitest";
import { nextDeletionMs } from "./remote-deletion.ts";

test("a deletion is tried again later and later, for about a month", () => {
  const waits: number[] = [];
  for (let attempt = 1; ; attempt += 1) {
    const wait = nextDeletionMs(attempt);
    if (wait === undefined) break;
    waits.push(wait);
  }
  expect(waits).toEqual(waits.toSorted((a, b) => a - b));
  const days = waits.reduce((sum, wait) => sum + wait, 0) / 86_400_000;
  expect(days).toBeGreaterThan(29);
  expect(days).toBeLessThan(32);
});
