import path from "node:path";
import { expect, test } from "vitest";
import { passagesOf } from "./articles.ts";
import { knowledgeOf, openKnowledge } from "./search.ts";

const shipped = await openKnowledge(path.resolve(import.meta.dirname, "../../../knowledge"));

test.each([
  ["what is your return policy?", "returns.md"],
  ["how long does a refund take", "refunds.md"],
  ["do you ship to Canada", "shipping.md"],
  ["I was charged twice", "billing.md"],
  ["my headphones don't turn on", "headphones.md"],
  ["wifi keeps disconnecting", "router.md"],
  ["when are you open", "contact.md"],
  ["forgot my pasword", "account.md"],
  ["how long is the warranty", "warranty.md"],
  ["how long does delivery take", "shipping.md"],
  ["can I pay with PayPal", "billing.md"],
  ["my item arrived damaged", "orders.md"],
  ["what is your phone number", "contact.md"],
])("%s is answered by %s", (question, source) => {
  expect(shipped.search(question, 3)[0]?.source).toBe(source);
});

test.each([
  "",
  "?",
  "zxqv",
  "do you sell bananas",
  "who made you",
  "how long does that take",
  "what is the weather in Nevada",
  "why not",
  "tell me a joke",
])("nothing is found for %j", (question) => {
  expect(shipped.search(question, 3)).toEqual([]);
});

test("a question of any length costs little and does no harm", () => {
  expect(shipped.search("return ".repeat(100_000), 1)).toHaveLength(1);
});

test("an article becomes one plain passage for each section", () => {
  const passages = passagesOf(
    "# Care\nHello.\n\n## Washing\n- **Cold** water, see [here](https://example.com).\n- No soap.\n",
    "care.md",
  );
  expect(passages).toEqual([
    { title: "Care", text: "Hello.", source: "care.md" },
    { title: "Care: Washing", text: "Cold water, see here. No soap.", source: "care.md" },
  ]);
});

test("an empty knowledge base finds nothing", () => {
  expect(knowledgeOf([]).search("anything", 3)).toEqual([]);
});

test("a folder that is not there is a clear error", async () => {
  await expect(openKnowledge("/nonexistent/knowledge")).rejects.toMatchObject({ code: "config_invalid" });
});
