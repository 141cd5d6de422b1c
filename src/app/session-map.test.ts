import { describe, expect, test } from "vitest";
import { readSessionMap } from "./session-map.ts";

const alice = {
  session_id: "user_alice_session",
  conversation_id: "conv_abc123xyz",
  created_at: "2025-10-26T10:00:00.000Z",
  last_used: "2025-10-26T10:05:00.000Z",
};

describe("a map of sessions", () => {
  test("names conversations at OpenAI, with when they were made and used", () => {
    expect(readSessionMap({ user_alice_session: alice })).toEqual({
      sessions: [
        {
          sessionId: "user_alice_session",
          conversationId: "conv_abc123xyz",
          createdAt: Date.UTC(2025, 9, 26, 10, 0),
          lastUsed: Date.UTC(2025, 9, 26, 10, 5),
        },
      ],
      refused: [],
      empty: [],
    });
  });

  test("may leave out the name that it is kept under, and the moments", () => {
    expect(readSessionMap({ bob: { conversation_id: "conv_1" } })?.sessions).toEqual([
      { sessionId: "bob", conversationId: "conv_1", createdAt: 0, lastUsed: 0 },
    ]);
  });

  test("may name sessions in which nothing was said yet", () => {
    const { conversation_id: _none, ...unused } = alice;
    const { sessions, empty } = readSessionMap({ user_alice_session: unused }) ?? {};
    expect([sessions, empty]).toEqual([[], ["user_alice_session"]]);
  });

  test.each([
    [{ ...alice, conversation_id: "user_alice_session" }, /begin with conv_/u],
    [{ ...alice, conversation_id: "thread_1" }, /begin with conv_/u],
    [{ ...alice, conversation_id: 7 }, /conversation_id cannot be read/u],
    [{ ...alice, created_at: "yesterday" }, /created_at cannot be read/u],
    [{ ...alice, session_id: "user_bob" }, /another one than the name/u],
    ["conv_1", /entry cannot be read/u],
    [null, /entry cannot be read/u],
  ])("refuses %j alone, and says why", (entry, why) => {
    const map = readSessionMap({ user_alice_session: entry, bob: { conversation_id: "conv_2" } });
    expect(map?.refused).toEqual([{ sessionId: "user_alice_session", why: expect.stringMatching(why) }]);
    expect(map?.sessions).toHaveLength(1);
  });

  test.each([[[]], ["text"], [7], [null]])("is not %j", (json) => {
    expect(readSessionMap(json)).toBeUndefined();
  });
});
