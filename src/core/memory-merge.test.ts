import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { answered, recordOf, said } from "../../test/support/record.ts";
import { newFactId, newSessionId, newTurnId, type SessionId } from "./ids.ts";
import { interleave, type Origin } from "./interleave.ts";
import type { Entry } from "./item.ts";
import { foldedTogether, mergeMemories, type MergedPlaces } from "./memory-merge.ts";
import { emptyMemory, type Entity, type Fact, type Memory } from "./memory.ts";

const session = newSessionId(0);
const other = newSessionId(1);

function talk(name: string, times: readonly number[], seq = 1): readonly Entry[] {
  return times.flatMap((at, index) =>
    recordOf([[said(`${name} asks ${at}, where is it?`), answered(`${name} is told ${at}.`)]], {
      at,
      seq: seq + index * 2,
    }),
  );
}

/** Where entries stand after two records became one, the first at place 1. */
function merged(into: readonly Entry[], from: readonly Entry[]): MergedPlaces {
  const next = { into: 0, from: 0 };
  const places = { into: new Map<number, number>(), from: new Map<number, number>() };
  for (const [index, origin] of interleave(into, from).entries()) {
    places[origin].set({ into, from }[origin][next[origin]]?.seq ?? 0, index + 1);
    next[origin] += 1;
  }
  return {
    entries: { into, from },
    placeOf: (origin, seq) => places[origin].get(seq) ?? Number.NaN,
    now: 1_000,
    session,
  };
}

function fact(content: string, at: number, seq = 1): Fact {
  const source = { kind: "item", turnId: newTurnId(0), seq } as const;
  return { id: newFactId(at), type: "fact", about: "language", content, confidence: 0.8, source, at };
}

function entity(value: string, in_: SessionId): Entity {
  return { name: "order_number", value, confidence: 1, source: { kind: "person", by: "ann" }, at: 1, session: in_ };
}

describe("two memories of one person", () => {
  const into = talk("Into", [10, 30]);
  const from = talk("From", [20, 40]);
  const places = merged(into, from);

  test("keep of a contradiction what was said later, and the other as history", () => {
    const memory = mergeMemories(
      { ...emptyMemory, version: 3, facts: [fact("Speaks Spanish.", 10, 1)] },
      { ...emptyMemory, version: 9, facts: [fact("Speaks French.", 20, 1)] },
      places,
    );
    expect(memory.version).toBe(3);
    expect(memory.facts).toMatchObject([
      { content: "Speaks Spanish.", replacedAt: 20, source: { seq: 1 } },
      { content: "Speaks French.", source: { seq: 3 } },
    ]);
    const turned = mergeMemories(
      { ...emptyMemory, facts: [fact("Speaks French.", 20)] },
      { ...emptyMemory, facts: [fact("Speaks Spanish.", 10)] },
      places,
    );
    expect(turned.facts).toMatchObject([{ content: "Speaks French." }, { content: "Speaks Spanish.", replacedAt: 20 }]);
    expect(turned.facts[0]).not.toHaveProperty("replacedAt");
  });

  test("name the new places of what they were learned from, also when the entry is gone", () => {
    const memory = mergeMemories(
      emptyMemory,
      { ...emptyMemory, facts: [fact("A", 1, 3), { ...fact("B", 1, 99), about: "b" }] },
      places,
    );
    expect(memory.facts).toMatchObject([{ source: { seq: 7 } }, { source: { seq: 0 } }]);
  });

  test("count topics together and keep all episodes once", () => {
    const episode = { session: other, startedAt: 1, endedAt: 2, summary: "Other." };
    const memory = mergeMemories(
      { ...emptyMemory, topics: { orders: 2 }, dropped: 1, episodes: [episode] },
      { ...emptyMemory, topics: { orders: 1, billing: 4 }, dropped: 2, episodes: [{ ...episode, endedAt: 3 }] },
      places,
    );
    expect(memory).toMatchObject({ topics: { orders: 3, billing: 4 }, dropped: 3 });
    expect(memory.episodes).toEqual([{ ...episode, endedAt: 3 }]);
  });

  test("show what was found in the session that goes on within the other", () => {
    const web: Memory = { ...emptyMemory, entities: [entity("ORD_1", other)] };
    expect(mergeMemories(emptyMemory, web, { ...places, joins: other }).entities).toMatchObject([{ session }]);
    expect(mergeMemories(emptyMemory, web, places).entities).toMatchObject([{ session: other }]);
  });

  test("keep the one's conversation at OpenAI, or the other's when there is only that", () => {
    const remote = { sessionId: "a", conversationId: "conv_a", createdAt: 1, lastUsed: 2, throughSeq: 4 };
    const far: Memory = { ...emptyMemory, remote: { ...remote, conversationId: "conv_b" } };
    expect(mergeMemories({ ...emptyMemory, remote }, far, places).remote).toMatchObject({
      conversationId: "conv_a",
      throughSeq: 6,
    });
    expect(mergeMemories(emptyMemory, far, places).remote).toMatchObject({ conversationId: "conv_b", throughSeq: 8 });
  });

  test("tell what was folded in neither and stands before what was folded in one", () => {
    const summary = { session: other, text: "They asked for a lamp.", at: 25 };
    const memory = mergeMemories(emptyMemory, { ...emptyMemory, summary, foldedThrough: 2 }, places);
    expect(memory.foldedThrough).toBe(4);
    expect(memory.summary?.session).toBe(session);
    expect(memory.summary?.text).toMatch(/^They asked for a lamp\. /u);
    expect(memory.summary?.text).toContain("Into asks 10");
    expect(memory.summary?.text).not.toContain("Into asks 30");
  });

  test("of whom nothing was folded have nothing to tell", () => {
    expect(mergeMemories(emptyMemory, emptyMemory, places)).toEqual(emptyMemory);
  });

  test("are looked through again from the first entry that one of them had not looked at", () => {
    expect(mergeMemories({ ...emptyMemory, extractedThrough: 4 }, emptyMemory, places).extractedThrough).toBe(2);
    const both = { ...emptyMemory, extractedThrough: 4 };
    expect(mergeMemories(both, both, places).extractedThrough).toBe(8);
    expect(mergeMemories(emptyMemory, emptyMemory, places).extractedThrough).toBe(0);
  });
});

test("nothing is folded twice and nothing is lost, whatever was folded before", () => {
  const times = fc
    .array(fc.integer({ min: 1, max: 30 }), { maxLength: 10 })
    .map((all) => all.toSorted((a, b) => a - b));
  const side = fc.record({ times, turns: fc.nat({ max: 10 }) });
  fc.assert(
    fc.property(side, side, (one, two) => {
      // One of them was trimmed, so its places do not begin at 1.
      const into = talk("Into", one.times, 21);
      const from = talk("From", two.times);
      const through = {
        into: into[Math.min(one.turns * 2, into.length) - 1]?.seq ?? 0,
        from: from[Math.min(two.turns * 2, from.length) - 1]?.seq ?? 0,
      };
      const places = merged(into, from);
      const { through: end, between } = foldedTogether(through, places);
      const origins: readonly Origin[] = ["into", "from"];
      const all = origins.flatMap((origin) =>
        places.entries[origin].map(({ seq }) => ({
          place: places.placeOf(origin, seq),
          folded: seq <= through[origin],
        })),
      );
      const told = new Set(between.map(({ seq }) => seq));
      expect(all.filter(({ folded, place }) => folded && (place > end || told.has(place)))).toEqual([]);
      expect(all.filter(({ folded, place }) => !folded && place <= end !== told.has(place))).toEqual([]);
      expect(between.map(({ seq }) => seq)).toEqual([...told].toSorted((a, b) => a - b));
    }),
  );
});
