import { expect, test } from "vitest";
import { summaryOf } from "./import-sessions.ts";

test("what was done is said in one sentence", () => {
  const counts = new Map([
    ["refused", 1],
    ["imported", 12],
    ["kept", 2],
  ] as const);
  expect(summaryOf(counts, false)).toBe(
    "15 sessions: 12 taken over, 2 not taken over, because the customer has another conversation (--overwrite takes its place), 1 refused.",
  );
});

test("a look says that nothing was changed", () => {
  expect(summaryOf(new Map([["imported", 1]]), true)).toBe("1 session: 1 taken over. Nothing was changed (--dry-run).");
  expect(summaryOf(new Map(), false)).toBe("0 sessions.");
});
