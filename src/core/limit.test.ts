import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { countText, noCount, type RateCount, type RateLimits } from "./limit.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;

function texts(times: readonly number[], limits: RateLimits) {
  let count: RateCount = noCount;
  return times.map((at) => {
    const verdict = countText(count, at, limits);
    count = verdict.count;
    return { at, ...verdict };
  });
}

/** Times that never go back, in bursts and with pauses. */
const times = fc.array(fc.oneof(fc.nat(2_000), fc.nat(2 * MINUTE), fc.nat(DAY)), { maxLength: 200 }).map((gaps) => {
  let at = 1_795_000_000_000;
  return gaps.map((gap) => {
    at += gap;
    return at;
  });
});
const limits = fc.record({ perMinute: fc.nat(6), perDay: fc.nat(20) });

describe("the limit", () => {
  test("lets twenty a minute through, tells once, and lets more through in the next", () => {
    const start = 100 * MINUTE;
    const verdicts = texts([...Array.from({ length: 25 }, () => start), start + MINUTE], {
      perMinute: 20,
      perDay: 200,
    });
    expect(verdicts.map((verdict) => verdict.allowed)).toEqual([
      ...Array(20).fill(true),
      ...Array(5).fill(false),
      true,
    ]);
    expect(verdicts.filter((verdict) => verdict.notify)).toHaveLength(1);
  });

  test("never allows more than it says in a minute or a day", () => {
    fc.assert(
      fc.property(times, limits, (at, given) => {
        const allowed = texts(at, given).filter((verdict) => verdict.allowed);
        for (const [most, windowMs] of [
          [given.perMinute, MINUTE],
          [given.perDay, DAY],
        ] as const) {
          const windows = Map.groupBy(allowed, (verdict) => Math.floor(verdict.at / windowMs));
          expect([...windows.values()].every((inWindow) => most === 0 || inWindow.length <= most)).toBe(true);
        }
      }),
    );
  });

  test("refuses nothing while it is kept, and nothing at all when there is none", () => {
    fc.assert(
      fc.property(times, (at) => {
        expect(texts(at, { perMinute: 0, perDay: 0 }).every((verdict) => verdict.allowed && !verdict.notify)).toBe(
          true,
        );
        const slow = at.map((_, index) => index * MINUTE);
        expect(texts(slow, { perMinute: 1, perDay: 2_000 }).every((verdict) => verdict.allowed)).toBe(true);
      }),
    );
  });

  test("gives at most one notice for a minute and one for a day, and only with a refusal", () => {
    fc.assert(
      fc.property(times, limits, (at, given) => {
        const told = texts(at, given).filter((verdict) => verdict.notify);
        expect(told.every((verdict) => !verdict.allowed)).toBe(true);
        const windows = told.map((verdict) => verdict.count.noticed);
        expect(new Set(windows).size).toBe(windows.length);
      }),
    );
  });
});

test("one wild minute does not lock a number out for the day", () => {
  const usual = { perMinute: 20, perDay: 200 };
  let count = noCount;
  for (let text = 0; text < 1_000; text += 1) count = countText(count, 0, usual).count;
  expect(countText(count, 60_000, usual).allowed).toBe(true);
});
