import { describe, expect, test } from "vitest";
import { branded, type TurnId } from "./ids.ts";
import type { Entry, Item } from "./item.ts";
import { emptyMemory, type Memory } from "./memory.ts";
import { isConversationId, memoryBesideHistory, remoteAfter, untoldOf } from "./remote.ts";

function turn(number: number): TurnId {
  return branded<TurnId>(`turn_${number}`);
}

/** A record of turns, each with its items; places from 1. */
function record(...turns: readonly (readonly Item[])[]): readonly Entry[] {
  const items = turns.flatMap((each, index) => each.map((item) => ({ turnId: turn(index + 1), item })));
  return items.map((entry, index) => ({ ...entry, seq: index + 1, at: 0 }));
}

function brought(number: number, ...items: readonly Item[]): readonly Pick<Entry, "turnId" | "item">[] {
  return items.map((item) => ({ turnId: turn(number), item }));
}

const asks = { kind: "customer", channel: "sms", text: "Where is my order?" } as const;
const answers = { kind: "agent", channel: "sms", text: "It has shipped on Monday.", status: "complete" } as const;
const again = { kind: "customer", channel: "sms", text: "And now?" } as const;

describe("what a conversation at OpenAI was not told", () => {
  test("after a turn that ended well is only what the next one brings", () => {
    expect(untoldOf(record([asks, answers]), 2, brought(2, again))).toEqual({
      untold: [{ kind: "customer", channel: "sms", text: "And now?" }],
      channel: "sms",
      doubtful: false,
    });
  });

  test("is everything that is known, when there is no conversation there yet", () => {
    const { untold, channel, doubtful } = untoldOf(record([asks, answers]), 0, brought(2, again));
    expect(untold.map((item) => item.kind)).toEqual(["customer", "agent", "customer"]);
    expect(channel).toBeUndefined();
    expect(doubtful).toBe(true);
  });

  test("holds what a person wrote meanwhile, and nothing there is in doubt", () => {
    const past = record([asks, answers], [{ kind: "operator", channel: "sms", text: "I will call you." }]);
    const { untold, doubtful } = untoldOf(past, 2, brought(3, again));
    expect(untold.map((item) => item.kind)).toEqual(["operator", "customer"]);
    expect(doubtful).toBe(false);
  });

  test("holds a note of what was heard of a reply that is there in full", () => {
    const past = record([asks, answers, { kind: "heard", turnId: turn(1), text: "It has" }]);
    const { untold } = untoldOf(past, 2, brought(2, again));
    expect(untold[0]).toEqual({
      kind: "note",
      text: 'Your reply that begins with "It has shipped on Monday." was cut off; all that the customer heard of it is: "It has"',
    });
  });

  test("holds that note also when the turn itself ended with what was heard", () => {
    const past = record([asks, answers, { kind: "heard", turnId: turn(1), text: "It has" }], [again, answers]);
    expect(untoldOf(past.slice(0, 3), 3, []).untold).toMatchObject([{ kind: "note" }]);
    expect(untoldOf(past, 5, []).untold).toEqual([]);
  });

  test("holds a note of a reply of which nothing was heard, and of one that never arrived", () => {
    const past = record([asks, answers, { kind: "heard", turnId: turn(1), text: "" }]);
    expect(untoldOf(past, 2, [])).toMatchObject({
      untold: [{ text: expect.stringContaining("before the customer heard anything") }],
    });
    const failed: Item = { kind: "delivery", turnId: turn(1), outboxId: branded("out_1"), status: "failed" };
    expect(untoldOf(record([asks, answers]), 2, brought(2, failed, again)).untold).toEqual([
      { kind: "note", text: 'Your reply that begins with "It has shipped on Monday." never reached the customer.' },
      { kind: "customer", channel: "sms", text: "And now?" },
    ]);
  });

  test("has no note of a reply that was heard to its end", () => {
    const past = record([asks, answers, { kind: "heard", turnId: turn(1), text: `${answers.text} ` }]);
    expect(untoldOf(past, 2, []).untold).toEqual([]);
  });

  test("cuts a reply that is not there at what was heard of it, without a note", () => {
    const past = record([asks, answers, { kind: "heard", turnId: turn(1), text: "It has" }]);
    expect(untoldOf(past, 0, []).untold).toMatchObject([{ kind: "customer" }, { text: "It has", fate: "cut" }]);
  });

  test("tells the result of a call that is there already as a note", () => {
    const call: Item = { kind: "tool_call", callId: "c1", tool: "book_visit", arguments: "{}" };
    const result: Item = { kind: "tool_result", callId: "c1", tool: "book_visit", output: "at nine" };
    expect(untoldOf(record([asks, call]), 2, brought(2, result)).untold).toEqual([
      { kind: "note", text: "The result of book_visit has come in: at nine" },
    ]);
  });

  test("says that something is missing when the record begins later", () => {
    const past = record([asks, answers], [again]).slice(2);
    expect(untoldOf(past, 1, []).untold[0]).toEqual({
      kind: "note",
      text: "Part of what was said before is not shown here.",
    });
  });
});

describe("the memory of a conversation at OpenAI", () => {
  const now = 5_000;
  const made = remoteAfter(emptyMemory, { conversationId: "conv_1", sessionId: "phone_1", now: 1_000 });

  test("begins with nothing told", () => {
    expect(made.remote).toEqual({
      sessionId: "phone_1",
      conversationId: "conv_1",
      createdAt: 1_000,
      lastUsed: 1_000,
      throughSeq: 0,
      lastItemId: "",
    });
  });

  test("goes on after every turn that ended well, under the name that it has", () => {
    const used = { conversationId: "conv_1", sessionId: "other", now, throughSeq: 7, lastItemId: "msg_7" };
    expect(remoteAfter(made, used).remote).toEqual({
      sessionId: "phone_1",
      conversationId: "conv_1",
      createdAt: 1_000,
      lastUsed: now,
      throughSeq: 7,
      lastItemId: "msg_7",
    });
  });

  test("knows of a new conversation that it has nothing of what the lost one was told", () => {
    const before = remoteAfter(made, { conversationId: "conv_1", sessionId: "", now, throughSeq: 7, lastItemId: "m" });
    expect(remoteAfter(before, { conversationId: "conv_2", sessionId: "", now: 9_000 }).remote).toMatchObject({
      conversationId: "conv_2",
      createdAt: 9_000,
      throughSeq: 7,
      lastItemId: "",
    });
  });

  test("keeps not knowing where an imported conversation stands", () => {
    const imported: Memory = {
      ...emptyMemory,
      remote: { sessionId: "s", conversationId: "conv_1", createdAt: 1, lastUsed: 1, throughSeq: 0 },
    };
    const { remote } = remoteAfter(imported, { conversationId: "conv_1", sessionId: "", now });
    expect(remote).not.toHaveProperty("lastItemId");
  });

  test("shows the agent what is known of the customer and nothing of what was said", () => {
    const fact = { type: "fact", content: "has a dog" } as const;
    const view = { summary: "They asked.", earlier: [{ endedAt: 1, summary: "Before." }], facts: [fact], entities: {} };
    expect(memoryBesideHistory(view)).toEqual({ earlier: [], facts: [fact], entities: {} });
  });
});

test.each([
  ["conv_68f0a1b2c3", true],
  ["conv_abc123xyz", true],
  ["thread_abc", false],
  ["user_alice_session", false],
  ["conv_", false],
  ["conv_a/../items", false],
  ["", false],
])("%j can be a conversation's id: %s", (text, is) => {
  expect(isConversationId(text)).toBe(is);
});
