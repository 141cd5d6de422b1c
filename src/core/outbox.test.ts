import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { retryDelayMs } from "./outbox.ts";

const random = fc.double({ min: 0, max: 0.999_999, noNaN: true });

describe("the wait before the next attempt", () => {
  test("doubles from one second, half of it at random", () => {
    expect([1, 2, 3, 4].map((attempts) => retryDelayMs(attempts, 0))).toEqual([500, 1_000, 2_000, 4_000]);
    expect(retryDelayMs(1, 0.5)).toBe(750);
  });

  test("is what the provider asked for, and a little more so that not all come back at once", () => {
    expect(retryDelayMs(1, 0, 7_000)).toBe(7_000);
    expect(retryDelayMs(1, 0.5, 7_000)).toBe(7_125);
  });

  test("is our own when the provider asks for nonsense", () => {
    for (const asked of [Number.NaN, Number.POSITIVE_INFINITY]) expect(retryDelayMs(1, 0, asked)).toBe(500);
    expect(retryDelayMs(1, 0, -5)).toBe(0);
  });

  test("is a whole number between nothing and five minutes, after any number of attempts", () => {
    fc.assert(
      fc.property(fc.nat(), random, (attempts, chance) => {
        const delay = retryDelayMs(attempts, chance);
        expect(Number.isInteger(delay)).toBe(true);
        expect(delay).toBeGreaterThanOrEqual(500);
        expect(delay).toBeLessThanOrEqual(300_000);
      }),
    );
  });
});
