import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { answered, begins, recordOf, said } from "../../test/support/record.ts";
import { newFactId, newSessionId, type SessionId } from "./ids.ts";
import { interleave, type Origin } from "./interleave.ts";
import type { Entry } from "./item.ts";
import { mergeMemories } from "./memory-merge.ts";
import { splitMemory, type Parting } from "./memory-split.ts";
import { emptyMemory, type Entity, type Episode, type Fact, type Memory } from "./memory.ts";

const johns = newSessionId(0);
const strangers = newSessionId(1);
const later = newSessionId(2);
/** When two became one. */
const mergedAt = 100;

interface Side {
  readonly entries: readonly Entry[];
  readonly memory: Memory;
  readonly session: SessionId;
}

/** One conversation of two, as the store would bring them together. */
function together(into: Side, from: Side): { readonly memory: Memory; readonly parting: Parting } {
  const both = { into, from };
  const next = { into: 0, from: 0 };
  const places = { into: new Map<number, number>(), from: new Map<number, number>() };
  const entries: Entry[] = [];
  for (const origin of interleave(into.entries, from.entries)) {
    const entry = both[origin].entries[next[origin]];
    next[origin] += 1;
    if (entry === undefined) continue;
    entries.push({ ...entry, seq: entries.length + 1 });
    places[origin].set(entry.seq, entries.length);
  }
  const memory = mergeMemories(into.memory, from.memory, {
    entries: { into: into.entries, from: from.entries },
    placeOf: (origin: Origin, seq) => places[origin].get(seq) ?? 0,
    session: into.session,
    joins: from.session,
    now: mergedAt,
  });
  return { memory, parting: { entries, seq: entries.length, mergedAt, gone: { ...from, seq: from.entries.length } } };
}

function talk(times: readonly number[], seq = 1): readonly Entry[] {
  return times.flatMap((at, index) =>
    recordOf([[said(`Where is ${at}?`), answered(`At ${at}.`)]], { at, seq: seq + index * 2 }),
  );
}

function fact(about: string, content: string, { at, turnId, seq }: Entry): Fact {
  const source = { kind: "item", turnId, seq } as const;
  return { id: newFactId(at), type: "fact", about, content, confidence: 0.8, source, at };
}

function entity(name: string, value: string, of: { readonly session: SessionId; readonly at: number }): Entity {
  return { name, value, confidence: 1, source: { kind: "person", by: "ann" }, ...of };
}

function episode(session: SessionId, startedAt: number, endedAt: number): Episode {
  return { session, startedAt, endedAt, summary: `From ${startedAt} to ${endedAt}.` };
}

function first(entries: readonly Entry[]): Entry {
  const [entry] = entries;
  if (entry === undefined) throw new Error("there is no entry");
  return entry;
}

const johnsTalk = talk([10, 30]);
const strangersTalk = talk([20, 40]);
const john: Side = { entries: johnsTalk, session: johns, memory: emptyMemory };
const stranger: Side = { entries: strangersTalk, session: strangers, memory: emptyMemory };

describe("after a split", () => {
  test("nothing is known that only the other told, and what it had replaced counts again", () => {
    const own = fact("language", "Speaks Spanish.", first(johnsTalk));
    const alien = fact("language", "Speaks French.", first(strangersTalk));
    const { memory, parting } = together(
      { ...john, memory: { ...emptyMemory, facts: [own] } },
      { ...stranger, memory: { ...emptyMemory, facts: [alien, fact("pet", "Has a dog.", first(strangersTalk))] } },
    );
    expect(memory.facts).toHaveLength(3);
    expect(splitMemory(memory, parting).facts).toEqual([own]);
  });

  test("what was replaced by something of one's own stays replaced", () => {
    const own = fact("language", "Speaks Spanish.", first(johnsTalk));
    const alien = fact("language", "Speaks French.", first(strangersTalk));
    const { memory, parting } = together(
      { ...john, memory: { ...emptyMemory, facts: [own] } },
      { ...stranger, memory: { ...emptyMemory, facts: [alien] } },
    );
    const newest: Fact = { ...fact("language", "Speaks Arabic.", first(johnsTalk)), at: 120 };
    const since = memory.facts.map((known) => (known.id === alien.id ? { ...known, replacedAt: 120 } : known));
    expect(splitMemory({ ...memory, facts: [...since, newest] }, parting).facts).toEqual([
      { ...own, replacedAt: 120 },
      newest,
    ]);
  });

  test("what was found in the other's words only afterwards goes as well", () => {
    const { memory, parting } = together(john, stranger);
    const found = fact("pet", "Has a dog.", first(strangersTalk));
    expect(splitMemory({ ...memory, facts: [found] }, parting).facts).toEqual([]);
  });

  test("values that were found in a session of the other go, although it became one's own", () => {
    const own = entity("order_number", "ORD_1", { session: johns, at: 10 });
    const { memory, parting } = together(
      { ...john, memory: { ...emptyMemory, entities: [own] } },
      {
        ...stranger,
        memory: { ...emptyMemory, entities: [entity("order_number", "ORD_2", { session: strangers, at: 20 })] },
      },
    );
    expect(memory.entities.map(({ session }) => session)).toEqual([johns, johns]);
    expect(splitMemory(memory, parting).entities).toEqual([own]);
  });

  test("prose that knows of the other goes, and what it told is folded anew", () => {
    const summary = { session: johns, text: "John asked for a lamp.", at: 30 };
    const { memory, parting } = together(
      { ...john, memory: { ...emptyMemory, summary, foldedThrough: 2 } },
      { ...stranger, memory: { ...emptyMemory, foldedThrough: 4, episodes: [episode(newSessionId(3), 1, 2)] } },
    );
    expect(memory.summary?.text).toContain("lamp");
    const left = splitMemory(memory, parting);
    expect(left).not.toHaveProperty("summary");
    expect(left).toMatchObject({ foldedThrough: 0, extractedThrough: 0 });
  });

  test("only the session in which the two became one is folded anew", () => {
    const entries = recordOf(
      [[said("Hello?"), answered("Yes?")], [begins(later), said("Me again."), answered("Yes?")], [said("Bye.")]],
      { at: 10, everyMs: 30 },
    );
    const own = [episode(johns, 10, 20), episode(later, 40, 130), episode(newSessionId(4), 140, 150)];
    const { memory, parting } = together(
      { entries, session: later, memory: { ...emptyMemory, foldedThrough: 6, episodes: own.slice(0, 1) } },
      { ...stranger, memory: { ...emptyMemory, episodes: [episode(strangers, 20, 45)] } },
    );
    const since = { ...memory, episodes: [...memory.episodes, ...own.slice(1)] };
    const left = splitMemory(since, parting);
    expect(left.foldedThrough).toBe(2);
    expect(left.episodes).toEqual([own[0], own[2]]);
  });

  test("topics and dropped values are counted without the other's", () => {
    const { memory, parting } = together(
      { ...john, memory: { ...emptyMemory, topics: { orders: 2 }, dropped: 1 } },
      { ...stranger, memory: { ...emptyMemory, topics: { orders: 1, billing: 4 }, dropped: 2 } },
    );
    expect(splitMemory(memory, parting)).toMatchObject({ topics: { orders: 2 }, dropped: 1 });
    expect(splitMemory(memory, parting).topics).not.toHaveProperty("billing");
  });

  test("a profile stays that was one's own before, and no other", () => {
    const profile = { id: "42", details: {}, resolver: "crm", at: 50 };
    const alien = { ...profile, id: "43", at: 60 };
    const kept = together({ ...john, memory: { ...emptyMemory, profile } }, stranger);
    expect(splitMemory(kept.memory, kept.parting).profile).toEqual(profile);
    const lost = together(john, { ...stranger, memory: { ...emptyMemory, profile: alien } });
    expect(lost.memory.profile).toEqual(alien);
    expect(splitMemory(lost.memory, lost.parting)).not.toHaveProperty("profile");
    const since = { ...kept.memory, profile: { ...profile, at: mergedAt + 1 } };
    expect(splitMemory(since, kept.parting)).not.toHaveProperty("profile");
  });

  test("the other's intent goes, and one's own stays", () => {
    const intent = { name: "refund", topic: "lamp", confidence: 1, at: 35, session: johns };
    const own = together({ ...john, memory: { ...emptyMemory, intent } }, stranger);
    expect(splitMemory(own.memory, own.parting).intent).toEqual(intent);
    const alien = together(john, {
      ...stranger,
      memory: { ...emptyMemory, intent: { ...intent, session: strangers } },
    });
    expect(splitMemory(alien.memory, alien.parting)).not.toHaveProperty("intent");
  });

  test("the conversation at OpenAI stays with whose it was", () => {
    const remote = { sessionId: "a", conversationId: "conv_a", createdAt: 1, lastUsed: 2, throughSeq: 4 };
    const own = together({ ...john, memory: { ...emptyMemory, remote } }, stranger);
    expect(own.memory.remote?.throughSeq).toBe(6);
    expect(splitMemory(own.memory, own.parting).remote).toEqual(remote);
    const alien = together(john, { ...stranger, memory: { ...emptyMemory, remote } });
    expect(splitMemory(alien.memory, alien.parting)).not.toHaveProperty("remote");
  });

  test("places are counted from the end where the beginning was trimmed", () => {
    const { memory, parting } = together(
      { ...john, memory: { ...emptyMemory, foldedThrough: 4, extractedThrough: 4 } },
      { ...stranger, memory: { ...emptyMemory, foldedThrough: 4, extractedThrough: 4 } },
    );
    const trimmed = { ...parting, entries: parting.entries.filter(({ seq }) => seq > 4) };
    expect(splitMemory(memory, trimmed)).toMatchObject({ foldedThrough: 2, extractedThrough: 4 });
  });
});

test("whatever two knew, a merge and a split leave the one with what was theirs", () => {
  const times = fc
    .array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 8 })
    .map((all) => all.toSorted((a, b) => a - b));
  const known = fc.array(
    fc.record({ about: fc.constantFrom("a", "b", "c"), words: fc.nat({ max: 3 }), turn: fc.nat({ max: 7 }) }),
    { maxLength: 6 },
  );
  const side = fc.record({ times, known, folded: fc.nat({ max: 8 }) });
  fc.assert(
    fc.property(side, side, (one, two) => {
      const into = sideOf(one, { session: johns, whose: "John" });
      const from = sideOf(two, { session: strangers, whose: "Stranger" });
      const { memory, parting } = together(into, from);
      const left = splitMemory(memory, parting);
      const own = into.memory.facts.toSorted(byId);
      expect(left.facts.toSorted(byId)).toEqual(own);
      const borders = new Set([
        0,
        ...into.entries.flatMap((entry, index, all) => (entry.turnId === all[index + 1]?.turnId ? [] : [index + 1])),
      ]);
      expect(borders).toContain(left.foldedThrough);
      expect(borders).toContain(left.extractedThrough);
      expect(left.extractedThrough).toBeLessThanOrEqual(into.memory.extractedThrough);
    }),
  );
});

interface Drawn {
  readonly times: readonly number[];
  readonly known: readonly { readonly about: string; readonly words: number; readonly turn: number }[];
  readonly folded: number;
}

function sideOf(drawn: Drawn, of: { readonly session: SessionId; readonly whose: string }): Side {
  const entries = talk(drawn.times);
  const seen = new Set<string>();
  const facts = drawn.known.flatMap(({ about, words, turn }) => {
    if (seen.has(about)) return [];
    seen.add(about);
    return [fact(about, `${of.whose} says ${words}.`, entries[(turn * 2) % entries.length] ?? first(entries))];
  });
  const through = Math.min(drawn.folded * 2, entries.length);
  return {
    entries,
    session: of.session,
    memory: { ...emptyMemory, facts, foldedThrough: through, extractedThrough: through },
  };
}

function byId(one: Fact, other: Fact): number {
  return one.id < other.id ? -1 : 1;
}
