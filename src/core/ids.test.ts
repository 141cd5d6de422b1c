import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { newClaimId, newInboxId, newOutboxId, newSubjectId, newTimerId, newTurnId } from "./ids.ts";

describe("an id", () => {
  test.each([
    [newSubjectId, "sub"],
    [newTurnId, "turn"],
    [newInboxId, "in"],
    [newOutboxId, "out"],
    [newClaimId, "act"],
    [newTimerId, "tmr"],
  ] as const)("says what it names, when it was made and nothing else: %o", (make, prefix) => {
    expect(make(1_795_000_000_000)).toMatch(new RegExp(`^${prefix}_[0-9a-hjkmnp-tv-z]{25}$`, "u"));
  });

  test("that was made later sorts later", () => {
    const time = fc.nat({ max: 2 ** 45 - 1 });
    fc.assert(
      fc.property(time, time, (a, b) => {
        fc.pre(a < b);
        expect(newTurnId(a) < newTurnId(b)).toBe(true);
        expect(newTurnId(a + 0.5).slice(0, 14)).toBe(newTurnId(a).slice(0, 14));
      }),
    );
  });

  test("is made once", () => {
    expect(new Set(Array.from({ length: 10_000 }, () => newInboxId(0))).size).toBe(10_000);
  });
});
