import { expect, test } from "vitest";
import { answered, recordOf, said } from "../../test/support/record.ts";
import { newFactId, newSessionId } from "./ids.ts";
import { viewOfMemory } from "./memory-view.ts";
import { emptyMemory, type Memory } from "./memory.ts";

const session = newSessionId(0);
const before = newSessionId(1);
const source = { kind: "person", by: "ann" } as const;
const fact = { id: newFactId(0), type: "fact", about: "language", confidence: 1, source, at: 0 } as const;
const entity = { confidence: 1, source, at: 0 };

test("nobody's memory shows nothing", () => {
  expect(viewOfMemory(emptyMemory, { now: 0, session })).toEqual({ earlier: [], facts: [], entities: {} });
});

test("only what counts now and in this session is shown", () => {
  const memory: Memory = {
    ...emptyMemory,
    facts: [
      { ...fact, content: "Speaks Spanish.", replacedAt: 1 },
      { ...fact, content: "Speaks French." },
      { ...fact, about: "holiday", content: "Is on holiday.", expires: 1_000 },
    ],
    entities: [
      { ...entity, name: "order_number", value: "ORD_1", session, replacedAt: 1 },
      { ...entity, name: "order_number", value: "ORD_2", session },
      { ...entity, name: "issue_type", value: "billing", session: before },
    ],
    intent: { name: "order", topic: "a late order", confidence: 1, at: 0, session },
    profile: { id: "c1", name: "Ann Lee", details: { plan: "gold" }, resolver: "crm", at: 0 },
  };
  expect(viewOfMemory(memory, { now: 1_000, session })).toEqual({
    profile: { name: "Ann Lee", details: { plan: "gold" } },
    earlier: [],
    facts: [{ type: "fact", content: "Speaks French." }],
    entities: { order_number: "ORD_2" },
    intent: "a late order",
  });
  expect(viewOfMemory(memory, { now: 999, session }).facts).toHaveLength(2);
  const next = viewOfMemory(memory, { now: 1_000, session: newSessionId(2) });
  expect(next.entities).toEqual({});
  expect(next).not.toHaveProperty("intent");
});

test("the last three sessions are told, the oldest first", () => {
  const episodes = [1, 2, 3, 4].map((day) => ({
    session: newSessionId(day),
    startedAt: day,
    endedAt: day,
    summary: `Day ${day}.`,
  }));
  const shown = viewOfMemory({ ...emptyMemory, episodes }, { now: 9, session });
  expect(shown.earlier.map(({ summary }) => summary)).toEqual(["Day 2.", "Day 3.", "Day 4."]);
});

test("a session that is over and no episode yet is told as one, with what no summary covers", () => {
  const memory: Memory = { ...emptyMemory, summary: { session: before, text: "They asked for a lamp.", at: 5 } };
  const unsummarised = recordOf([[said("Where is my order 12345?"), answered("It has shipped.")]], { at: 70 });
  const { earlier, summary } = viewOfMemory(memory, { now: 100, session, unsummarised });
  expect(summary).toBeUndefined();
  expect(earlier).toHaveLength(1);
  expect(earlier[0]?.endedAt).toBe(70);
  expect(earlier[0]?.summary).toContain("They asked for a lamp. ");
  expect(earlier[0]?.summary).toContain("Where is my order 12345?");
  expect(viewOfMemory(memory, { now: 100, session }).earlier).toEqual([
    { endedAt: 5, summary: "They asked for a lamp." },
  ]);
});

test("the running session is told by its summary, and a reopened one by its episode", () => {
  const running: Memory = { ...emptyMemory, summary: { session, text: "They asked for a lamp.", at: 5 } };
  expect(viewOfMemory(running, { now: 9, session })).toMatchObject({ summary: "They asked for a lamp.", earlier: [] });
  const episodes = [{ session, startedAt: 1, endedAt: 2, summary: "A lamp was bought." }];
  expect(viewOfMemory({ ...emptyMemory, episodes }, { now: 9, session })).toMatchObject({
    summary: "A lamp was bought.",
    earlier: [],
  });
});
