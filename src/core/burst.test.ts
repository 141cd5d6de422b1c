import fc from "fast-check";
import { expect, test } from "vitest";
import { BURST_CAP_WINDOWS, burstDueAt } from "./burst.ts";

test("a burst is answered when it was quiet for a window", () => {
  expect(burstDueAt({ oldestAt: 1_000, newestAt: 1_500 }, 1_200)).toBe(2_700);
});

test("steady typing is answered all the same", () => {
  expect(burstDueAt({ oldestAt: 1_000, newestAt: 90_000 }, 1_200)).toBe(1_000 + 1_200 * BURST_CAP_WINDOWS);
});

test("without a window a text is answered at once", () => {
  expect(burstDueAt({ oldestAt: 1_000, newestAt: 1_500 }, 0)).toBeLessThanOrEqual(1_500);
});

test("a later text never brings the answer forward", () => {
  fc.assert(
    fc.property(fc.tuple(fc.nat(), fc.nat(100_000), fc.nat(100_000), fc.nat(5_000)), (times) => {
      const [oldestAt, first, more, windowMs] = times;
      const before = burstDueAt({ oldestAt, newestAt: oldestAt + first }, windowMs);
      expect(burstDueAt({ oldestAt, newestAt: oldestAt + first + more }, windowMs)).toBeGreaterThanOrEqual(before);
    }),
  );
});
