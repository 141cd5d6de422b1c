import { expect, test } from "vitest";
import { gestureIn, plainWords } from "./plain.ts";

test.each([
  ["wher is my oder", "where is my order"],
  ["shiping cost?", "shipping cost?"],
  ["retrun polcy", "return policy"],
  ["my headfones are brokn", "my headphones are broken"],
  ["refnud please", "refund please"],
  ["it doesnt work", "it doesn't work"],
  ["it doesn’t work", "it doesn't work"],
  ["r u a bot?", "are you a bot?"],
  ["whats the trackin numbr plz", "what's the tracking number please"],
  ["thanks 🙂", "thanks"],
  ["WHERE IS MY ODER", "WHERE IS MY order"],
])("%s is read as %s", (typed, read) => {
  expect(plainWords(typed)).toBe(read);
});

test.each([
  "I think the police should change the table near the house",
  "My name is Trackman and I brought the older truck",
  "ORD_12345 and TRK_ABC123",
  "There were three of them; they went shopping while it rained",
])("%s is left as it is", (text) => {
  expect(plainWords(text)).toBe(text);
});

test.each([
  ["👍", "agreed"],
  ["🙂🙂", "pleased"],
  [":-)", "pleased"],
  ["😡😡", "displeased"],
  ["?", "puzzled"],
  ["???", "puzzled"],
  ["...", "nothing"],
  ["(an empty message)", "nothing"],
  ["  \n", "nothing"],
  ["🦖", "nothing"],
  ["ok 👍", undefined],
  ["1", undefined],
])("the gesture in %j is %s", (text, gesture) => {
  expect(gestureIn(text)).toBe(gesture);
});
