import { expect, test } from "vitest";
import { intentsOf } from "./intent.ts";

test.each([
  ["where is my parcel", "tracking"],
  ["I was charged twice on my card", "billing"],
  ["my headphones won't turn on", "technical"],
  ["the charger does not charge", "technical"],
  ["what is your return policy", "policy"],
  ["I forgot my password", "account"],
  ["let me talk to a human", "person"],
  ["status of my order please", "order"],
])("%s is about %s", (text, intent) => {
  expect(intentsOf(text)[0]?.intent).toBe(intent);
});

test("nothing in the words is nothing", () => {
  expect(intentsOf("florble the wug")).toEqual([]);
});
