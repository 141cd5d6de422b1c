import { expect, test } from "vitest";
import { movableClock } from "../../test/support/movable-clock.ts";
import { countAttempts } from "./attempts.ts";

test("so many attempts are allowed in a window, of each by itself", () => {
  const clock = movableClock();
  const attempts = countAttempts({ clock, most: 2, windowMs: 60_000 });
  function kinds(who: string): readonly string[] {
    return [1, 2, 3].map(() => attempts.take(who).kind);
  }
  expect(kinds("a")).toEqual(["allowed", "allowed", "limited"]);
  expect(kinds("b")).toEqual(["allowed", "allowed", "limited"]);
  const limited = attempts.take("a");
  expect(limited.kind === "limited" && limited.retryAfterMs > 55_000 && limited.retryAfterMs <= 60_000).toBe(true);
  clock.advance(60_001);
  expect(kinds("a")).toEqual(["allowed", "allowed", "limited"]);
});

test("a crowd costs bounded memory: whoever came first is forgotten first", () => {
  const attempts = countAttempts({ clock: movableClock(), most: 1, windowMs: 60_000 });
  expect(attempts.take("first").kind).toBe("allowed");
  expect(attempts.take("first").kind).toBe("limited");
  for (let n = 0; n < 10_000; n += 1) attempts.take(`other ${n}`);
  expect(attempts.take("other 9999").kind).toBe("limited");
  expect(attempts.take("first").kind).toBe("allowed");
});
