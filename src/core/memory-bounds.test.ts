import { expect, test } from "vitest";
import { newFactId } from "./ids.ts";
import { bounded, clipped, nameOf } from "./memory-bounds.ts";
import { emptyMemory, type Fact } from "./memory.ts";

const NOW = 1_000_000;

function fact(about: string, changes: Partial<Fact> = {}): Fact {
  return {
    id: newFactId(0),
    type: "fact",
    about,
    content: about,
    confidence: 0.5,
    source: { kind: "resolver", name: "crm" },
    at: 1_000,
    ...changes,
  };
}

function kept(...facts: readonly Fact[]): ReadonlySet<string> {
  const many = Array.from({ length: 60 }, (_, index) => fact(`ordinary ${index}`));
  return new Set(bounded({ ...emptyMemory, facts: [...facts, ...many] }, NOW).facts.map(({ about }) => about));
}

test("of many facts the expired, the unsure and the old go first, and what a person wrote goes last", () => {
  const left = kept(
    fact("expired", { expires: NOW - 1, confidence: 1 }),
    fact("unsure", { confidence: 0.1 }),
    fact("old", { at: 1 }),
    fact("written", { confidence: 0.1, source: { kind: "person", by: "ann" } }),
    fact("sure", { confidence: 0.9 }),
  );
  expect([...left].filter((about) => !about.startsWith("ordinary"))).toEqual(["written", "sure"]);
  expect(left.size).toBe(60);
});

test("history does not drive out what counts now", () => {
  const history = Array.from({ length: 500 }, (_, index) => fact(`past ${index}`, { replacedAt: index }));
  const { facts } = bounded({ ...emptyMemory, facts: [...history, fact("current")] }, NOW);
  expect(facts).toHaveLength(61);
  expect(facts.at(-1)?.about).toBe("current");
  expect(facts[0]?.about).toBe("past 440");
});

test("of many topics the rarest go first", () => {
  const many = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`topic_${index}`, index + 1]));
  const { topics } = bounded({ ...emptyMemory, topics: many }, NOW);
  expect(Object.keys(topics)).toHaveLength(30);
  expect(topics).toHaveProperty("topic_99", 100);
  expect(topics).not.toHaveProperty("topic_1");
});

test("a text that is cut ends in an ellipsis, and never in half a letter", () => {
  expect(clipped("  two   words ", 20)).toBe("two words");
  expect(clipped("abcdef", 4)).toBe("abc…");
  expect(clipped("ab😀cd", 4)).toBe("ab…");
});

test("what a fact is about is known by its words alone", () => {
  expect([nameOf("Preferred channel"), nameOf("preferred_channel "), nameOf("¿Sprache?"), nameOf("!!")]).toEqual([
    "preferred_channel",
    "preferred_channel",
    "sprache",
    "",
  ]);
});
