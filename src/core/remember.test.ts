import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { answered, recordOf, said } from "../../test/support/record.ts";
import { newSessionId } from "./ids.ts";
import { emptyMemory, type Memory } from "./memory.ts";
import type { Extraction } from "./ports/memory-model.ts";
import { addExtraction } from "./remember.ts";

const session = newSessionId(0);
const other = newSessionId(1);
const entries = recordOf(
  Array.from({ length: 40 }, (_, index) => [said(`message ${index}`), answered("Yes.")]),
  { at: 1_000, everyMs: 1_000 },
);
const NOW = 1_000_000;

const nothing: Extraction = { entities: [], facts: [], dropped: 0 };
type FoundFact = Extraction["facts"][number];

function fact(content: string, seq: number, changes: Partial<FoundFact> = {}): FoundFact {
  return { type: "preference", about: "preferred channel", content, confidence: 0.8, seq, ...changes };
}

function taught(memory: Memory, found: Partial<Extraction>, in_ = session): Memory {
  return addExtraction(
    memory,
    { ...nothing, ...found },
    { now: NOW, session: in_, entryAt: (seq) => entries.find((entry) => entry.seq === seq), through: 40 },
  );
}

function current<Value extends { readonly replacedAt?: number }>(values: readonly Value[]): readonly Value[] {
  return values.filter((value) => value.replacedAt === undefined);
}

function past<Value extends { readonly replacedAt?: number }>(values: readonly Value[]): readonly Value[] {
  return values.filter((value) => value.replacedAt !== undefined);
}

describe("what is found in a conversation", () => {
  test("is kept with its confidence and the entry it came from", () => {
    const memory = taught(emptyMemory, {
      entities: [{ name: "order_number", value: "ORD_12345", confidence: 0.9, seq: 3 }],
      facts: [fact("Prefers text messages.", 5)],
    });
    expect(memory.entities).toEqual([
      {
        name: "order_number",
        value: "ORD_12345",
        confidence: 0.9,
        source: { kind: "item", turnId: entries[2]?.turnId, seq: 3 },
        at: 2_000,
        session,
      },
    ]);
    expect(memory.facts).toMatchObject([
      { about: "preferred_channel", content: "Prefers text messages.", at: 3_000, source: { seq: 5 } },
    ]);
    expect(memory.extractedThrough).toBe(40);
  });

  test("that contradicts what was known takes its place, and the older is kept as history", () => {
    const before = taught(emptyMemory, { facts: [fact("Prefers text messages.", 1)] });
    const memory = taught(before, { facts: [fact("Prefers calls.", 7, { confidence: 0.5 })] });
    expect(memory.facts).toMatchObject([
      { content: "Prefers text messages.", replacedAt: 4_000 },
      { content: "Prefers calls.", at: 4_000 },
    ]);
    expect(current(memory.facts)).toHaveLength(1);
  });

  test("is history at once when something newer is known already", () => {
    const before = taught(emptyMemory, { facts: [fact("Prefers calls.", 9)] });
    const memory = taught(before, { facts: [fact("Prefers text messages.", 1)] });
    expect(current(memory.facts)).toMatchObject([{ content: "Prefers calls." }]);
    expect(memory.facts).toHaveLength(2);
  });

  test("only makes surer what was known, which keeps its source", () => {
    const before = taught(emptyMemory, {
      entities: [{ name: "budget", value: 3_000_000, confidence: 0.5, seq: 1 }],
      facts: [fact("Prefers calls.", 1, { confidence: 0.5 })],
    });
    const memory = taught(before, {
      entities: [{ name: "budget", value: 3_000_000, confidence: 0.9, seq: 9 }],
      facts: [fact("prefers  CALLS.", 9, { confidence: 0.9 })],
    });
    expect(memory.entities).toMatchObject([{ confidence: 0.9, source: { seq: 1 } }]);
    expect(memory.facts).toMatchObject([{ content: "Prefers calls.", confidence: 0.9, source: { seq: 1 } }]);
  });

  test("expires no sooner for being said again", () => {
    const before = taught(emptyMemory, { facts: [fact("Is on holiday.", 1, { expires: 5_000 })] });
    expect(taught(before, { facts: [fact("Is on holiday.", 3, { expires: 9_000 })] }).facts).toMatchObject([
      { expires: 9_000 },
    ]);
    expect(taught(before, { facts: [fact("Is on holiday.", 3)] }).facts[0]).not.toHaveProperty("expires");
  });

  test("about another thing, of another kind or in another session stands beside it", () => {
    const entity = { name: "order_number", value: "ORD_1", confidence: 1, seq: 1 };
    const first = taught(emptyMemory, {
      entities: [entity],
      facts: [fact("Prefers calls.", 1), fact("Has a preferred channel.", 1, { type: "fact" })],
    });
    const memory = taught(first, { entities: [{ ...entity, value: "ORD_2" }] }, other);
    expect(current(memory.entities)).toHaveLength(2);
    expect(current(memory.facts)).toHaveLength(2);
  });

  test("is dropped and counted when it names no entry, or says nothing", () => {
    const memory = taught(emptyMemory, {
      entities: [{ name: "order_number", value: "ORD_1", confidence: 1, seq: 4_711 }],
      facts: [fact("Prefers calls.", 4_711), fact("  ", 1), fact("Prefers calls.", 1, { about: "…" })],
      dropped: 2,
    });
    expect(memory).toMatchObject({ entities: [], facts: [], dropped: 6 });
  });

  test("is cut when it is long, and its confidence is a share", () => {
    const memory = taught(emptyMemory, { facts: [fact("x".repeat(5_000), 1, { confidence: 7 })] });
    expect(memory.facts[0]?.content).toHaveLength(300);
    expect(memory.facts[0]?.confidence).toBe(1);
  });
});

describe("topics", () => {
  const order = { name: "order", topic: "Orders", confidence: 0.8 };
  const bill = { name: "billing", topic: "Billing", confidence: 0.8 };

  test("are counted when they come up, not for every message about them", () => {
    let memory = taught(emptyMemory, { intent: order });
    memory = taught(memory, { intent: { ...order, confidence: 0.9 } });
    memory = taught(memory, { intent: bill });
    memory = taught(memory, { intent: order });
    expect(memory.topics).toEqual({ orders: 2, billing: 1 });
    expect(memory.intent).toMatchObject({ name: "order", topic: "Orders", session });
  });

  test("are counted again in another session", () => {
    const memory = taught(taught(emptyMemory, { intent: order }), { intent: order }, other);
    expect(memory.topics).toEqual({ orders: 2 });
  });

  test("may be named like anything", () => {
    const memory = taught(emptyMemory, { intent: { ...order, topic: "__proto__ constructor" } });
    expect(memory.topics).toEqual({ proto_constructor: 1 });
  });
});

test("a memory stays within its bounds, whatever is found", () => {
  const name = fc.constantFrom("a", "b", ...Array.from({ length: 90 }, (_, index) => `name ${index}`));
  const seq = fc.integer({ min: 1, max: 80 });
  const confidence = fc.double({ min: 0, max: 1, noNaN: true });
  const extraction = fc.record({
    entities: fc.array(fc.record({ name, value: fc.string(), confidence, seq }), { maxLength: 40 }),
    facts: fc.array(
      fc.record({ type: fc.constantFrom("fact", "preference"), about: name, content: fc.string(), confidence, seq }),
      { maxLength: 60 },
    ),
    intent: fc.record({ name, topic: name, confidence }),
    dropped: fc.constant(0),
  });
  fc.assert(
    fc.property(fc.array(extraction, { maxLength: 12 }), (found) => {
      const memory = found.reduce<Memory>((known, each) => taught(known, each), emptyMemory);
      expect(current(memory.facts).length).toBeLessThanOrEqual(60);
      expect(past(memory.facts).length).toBeLessThanOrEqual(60);
      expect(current(memory.entities).length).toBeLessThanOrEqual(40);
      expect(past(memory.entities).length).toBeLessThanOrEqual(40);
      expect(Object.keys(memory.topics).length).toBeLessThanOrEqual(30);
      const abouts = current(memory.facts).map((each) => `${each.type} ${each.about}`);
      expect(abouts).toHaveLength(new Set(abouts).size);
    }),
    { numRuns: 60 },
  );
});
