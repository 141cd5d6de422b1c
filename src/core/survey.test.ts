import { expect, test } from "vitest";
import { surveyScore } from "./survey.ts";

test.each([
  ["1", 1],
  [" 5 ", 5],
  ["4.", 4],
  ["3!\n", 3],
  ["2#", 2],
  ["５", 5],
  ["4\uFE0F\u20E3", 4],
])("%j is an answer to the survey", (text, score) => {
  expect(surveyScore(text)).toBe(score);
});

test.each(["", "0", "6", "10", "55", "5 stars", "it is 5", "4/5", "-3", "1.5", "five", "?", "1 2"])(
  "%j is something the customer wants",
  (text) => {
    expect(surveyScore(text)).toBeUndefined();
  },
);
