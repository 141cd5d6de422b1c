import { expect, test } from "vitest";
import { withSpokenDigits } from "./spoken-digits.ts";

test.each([
  ["order one two three four five", "order 12345"],
  ["order 1 2 3 4 5, please", "order 12345, please"],
  ["twelve three forty-five", "12345"],
  ["one twenty three forty five", "12345"],
  ["six seven eight nine oh", "67890"],
  ["double five six", "556"],
  ["one of two", "one of two"],
  ["nothing here", "nothing here"],
  ["I paid 40 dollars", "I paid 40 dollars"],
  ["number 12345.", "number 12345."],
])("%s is %s", (spoken, written) => {
  expect(withSpokenDigits(spoken)).toBe(written);
});
