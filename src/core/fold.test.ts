import { describe, expect, test } from "vitest";
import { closeEpisode, foldInto } from "./fold.ts";
import { newSessionId } from "./ids.ts";
import { emptyMemory, type Memory } from "./memory.ts";

const session = newSessionId(0);
const next = newSessionId(1);

function folded(text: string, memory: Memory = emptyMemory, in_ = session): Memory {
  return foldInto(memory, { text, throughSeq: 8, session: in_, at: 100 });
}

test("a summary takes the place of the one before, names its last entry, and is bounded", () => {
  const memory = folded("x".repeat(5_000), folded("They asked for a lamp."));
  expect(memory.foldedThrough).toBe(8);
  expect(memory.summary).toMatchObject({ session, at: 100 });
  expect(memory.summary?.text).toHaveLength(1_200);
});

describe("a session that is over", () => {
  const over = { session, startedAt: 10, endedAt: 200 };

  test("is an episode, and the running summary and the intent are gone", () => {
    const running: Memory = {
      ...folded("They asked for a lamp."),
      intent: { name: "order", topic: "Orders", confidence: 1, at: 1, session },
    };
    const memory = closeEpisode(running, over);
    expect(memory.episodes).toEqual([{ ...over, summary: "They asked for a lamp." }]);
    expect(memory).not.toHaveProperty("summary");
    expect(memory).not.toHaveProperty("intent");
    expect(memory.foldedThrough).toBe(8);
  });

  test("leaves the summary and the intent of another session alone", () => {
    const running: Memory = {
      ...folded("They ask for a bulb.", emptyMemory, next),
      intent: { name: "order", topic: "Orders", confidence: 1, at: 1, session: next },
    };
    const memory = closeEpisode(running, { ...over, text: "They asked for a lamp.", throughSeq: 12 });
    expect(memory.episodes).toMatchObject([{ session, summary: "They asked for a lamp." }]);
    expect(memory.summary?.text).toBe("They ask for a bulb.");
    expect(memory.intent?.session).toBe(next);
    expect(memory.foldedThrough).toBe(12);
  });

  test("is no episode when there is nothing to tell of it", () => {
    expect(closeEpisode(emptyMemory, over).episodes).toEqual([]);
  });

  test("stays one episode when it went on after all", () => {
    const once = closeEpisode(folded("They asked for a lamp."), over);
    const again = closeEpisode(folded("It came.", once), { session, startedAt: 150, endedAt: 300 });
    expect(again.episodes).toEqual([
      { session, startedAt: 10, endedAt: 300, summary: "They asked for a lamp. It came." },
    ]);
    const told = closeEpisode(again, { session, startedAt: 150, endedAt: 400, text: "A lamp was bought." });
    expect(told.episodes).toEqual([{ session, startedAt: 10, endedAt: 400, summary: "A lamp was bought." }]);
  });

  test("drives out the oldest when there are more than twenty", () => {
    const memory = Array.from({ length: 25 }, (_, index) => index).reduce<Memory>(
      (known, index) =>
        closeEpisode(known, {
          session: newSessionId(index),
          startedAt: index * 10,
          endedAt: index * 10 + 5,
          text: `Session ${index}.`,
        }),
      emptyMemory,
    );
    expect(memory.episodes).toHaveLength(20);
    expect(memory.episodes[0]?.summary).toBe("Session 5.");
  });
});
