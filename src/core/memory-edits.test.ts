import { describe, expect, test } from "vitest";
import { branded, newSessionId, type FactId } from "./ids.ts";
import { addFact, editEntity, editFact, forgetEntity, forgetFact, isKept } from "./memory-edits.ts";
import { emptyMemory, type Memory } from "./memory.ts";

const editor = { by: "ann", now: 5_000 };
const session = newSessionId(0);
const stranger = branded<FactId>("fact_unknown");

function withFact(content: string, memory: Memory = emptyMemory, now = 1_000): Memory {
  return addFact(memory, { type: "fact", about: "Language", content }, { by: "ann", now }) ?? emptyMemory;
}

function idOf(memory: Memory): FactId {
  return memory.facts.find((fact) => fact.replacedAt === undefined)?.id ?? stranger;
}

describe("a person", () => {
  test("writes a fact down, under their name and for sure", () => {
    expect(withFact("Speaks Spanish.").facts).toMatchObject([
      { about: "language", content: "Speaks Spanish.", confidence: 1, source: { kind: "person", by: "ann" } },
    ]);
    expect(addFact(emptyMemory, { type: "fact", about: "language", content: " " }, editor)).toBeUndefined();
  });

  test("writes what contradicts an older fact, which becomes history", () => {
    const memory = withFact("Speaks French.", withFact("Speaks Spanish."), 2_000);
    expect(memory.facts).toMatchObject([{ replacedAt: 2_000 }, { content: "Speaks French." }]);
  });

  test("changes a fact, which keeps its id and its history", () => {
    const before = withFact("Speaks Spanish.");
    const id = idOf(before);
    const after = editFact(before, { id, content: "Speaks Catalan.", expires: 9_000 }, editor);
    expect(after?.facts).toMatchObject([
      { content: "Speaks Spanish.", replacedAt: 5_000 },
      { id, content: "Speaks Catalan.", expires: 9_000, at: 5_000 },
    ]);
    expect(after?.facts[0]?.id).not.toBe(id);
  });

  test("changes until when a fact counts, without a history of its words", () => {
    const before = withFact("Speaks Spanish.");
    const id = idOf(before);
    const limited = editFact(before, { id, expires: 9_000 }, editor) ?? emptyMemory;
    expect(limited.facts).toMatchObject([{ id, expires: 9_000 }]);
    expect(editFact(limited, { id, confidence: 0.4 }, editor)?.facts).toMatchObject([
      { expires: 9_000, confidence: 0.4 },
    ]);
    expect(editFact(limited, { id, expires: undefined }, editor)?.facts[0]).not.toHaveProperty("expires");
  });

  test("cannot change what is not there, is history, or would say nothing", () => {
    const memory = withFact("Speaks French.", withFact("Speaks Spanish."), 2_000);
    const past = memory.facts.find((fact) => fact.replacedAt !== undefined)?.id ?? stranger;
    expect(editFact(memory, { id: stranger, content: "x" }, editor)).toBeUndefined();
    expect(editFact(memory, { id: past, content: "x" }, editor)).toBeUndefined();
    expect(editFact(memory, { id: idOf(memory), content: "" }, editor)).toBeUndefined();
  });

  test("forgets a fact with all that was known before about the same", () => {
    const memory = withFact("Speaks French.", withFact("Speaks Spanish."), 2_000);
    expect(forgetFact(memory, idOf(memory))?.facts).toEqual([]);
    expect(forgetFact(memory, stranger)).toBeUndefined();
  });

  test("sets a value of a session, and forgets it", () => {
    const first = editEntity(emptyMemory, { name: "budget", value: 1, session }, editor) ?? emptyMemory;
    const second = editEntity(first, { name: "budget", value: 2, session }, { by: "bob", now: 6_000 }) ?? emptyMemory;
    expect(second.entities).toMatchObject([
      { value: 1, replacedAt: 6_000 },
      { value: 2, confidence: 1, source: { kind: "person", by: "bob" } },
    ]);
    expect(forgetEntity(second, { name: "budget", session })?.entities).toEqual([]);
    expect(forgetEntity(second, { name: "budget", session: newSessionId(1) })).toBeUndefined();
    expect(editEntity(emptyMemory, { name: "budget", value: Number.NaN, session }, editor)).toBeUndefined();
  });
});

test("only what can be kept whole is kept", () => {
  expect([true, 0, "x", ["a", "b"], "x".repeat(300)].map((value) => isKept(value))).not.toContain(false);
  const refused = [Number.NaN, "", " ", "x".repeat(301), [], ["a", ""], Array.from({ length: 21 }, () => "a")];
  expect(refused.map((value) => isKept(value))).not.toContain(true);
});
