import { expect, test } from "vitest";
import { branded, newFactId, newOutboxId, newSessionId, newSubjectId, newTurnId } from "../../core/ids.ts";
import type { Entry, Item } from "../../core/item.ts";
import { emptyMemory, type Fact, type Memory } from "../../core/memory.ts";
import type { SubjectRecord } from "../../core/ports/ledger.ts";
import type { SessionRecord } from "../../core/session.ts";
import { noon, tenant } from "../../testing/ledger/stage.ts";
import { historyLine, publicName, sessionView } from "./session-view.ts";

const subject: SubjectRecord = {
  id: newSubjectId(noon),
  tenant,
  alias: "phone_14155550100",
  addressKeys: ["ext:crm:42", "tel:+14155550100"],
  lastActiveAt: noon + 60_000,
  session: "ACTIVE",
};
const session: SessionRecord = {
  id: newSessionId(noon),
  tenant,
  subjectId: subject.id,
  number: 2,
  state: "ACTIVE",
  startedAt: noon,
  lastActiveAt: noon + 60_000,
};

function entry(item: Item, seq = 1): Entry {
  return { seq, turnId: branded(newTurnId(noon)), at: noon, item };
}

function viewOf(memory: Partial<Memory>, entries: readonly Entry[] = []) {
  const counts = { smsTexts: 2, spoken: 1, answered: 3, failed: 1 };
  const known = { ...emptyMemory, ...memory };
  return sessionView({ subject, session, entries, latest: entries, memory: known, counts, now: noon });
}

test("a view says by number and id whose it is, since when, and how much was said", () => {
  expect(viewOf({}, [entry({ kind: "customer", channel: "whatsapp", text: "Hi" })])).toEqual({
    sessionId: "+14155550100",
    userId: subject.id,
    startTime: new Date(noon).toISOString(),
    lastActivity: new Date(noon + 60_000).toISOString(),
    currentModality: "whatsapp",
    totalMessages: 7,
    session: {
      id: session.id,
      number: 2,
      state: "ACTIVE",
      startedAt: new Date(noon).toISOString(),
      lastActiveAt: new Date(noon + 60_000).toISOString(),
      endedAt: null,
    },
    context: {
      conversationHistory: [
        { seq: 1, role: "customer", content: "Hi", channel: "whatsapp", timestamp: new Date(noon).toISOString() },
      ],
      extractedEntities: {},
      summary: "",
      memory: [],
    },
  });
});

test("somebody without a number goes by the alias", () => {
  expect(publicName({ alias: "web_v1", addressKeys: ["web:v1"] })).toBe("web_v1");
});

test("of facts and values only those are shown that count now", () => {
  const fact: Fact = {
    id: newFactId(noon),
    type: "fact",
    about: "channel",
    content: "Prefers texts.",
    confidence: 1,
    source: { kind: "person", by: "ada" },
    at: noon,
  };
  const value = { confidence: 1, source: fact.source, session: session.id } as const;
  const { context } = viewOf({
    facts: [fact, { ...fact, content: "old", replacedAt: noon }, { ...fact, content: "gone", expires: noon }],
    entities: [
      { ...value, name: "order_number", value: "ORD_2", at: noon + 1, session: undefined },
      { ...value, name: "order_number", value: "ORD_1", at: noon },
      { ...value, name: "issue", value: "late", at: noon, replacedAt: noon + 1 },
    ],
    episodes: [{ session: session.id, startedAt: noon, endedAt: noon, summary: "A lost card." }],
    summary: { session: session.id, text: "A late order.", at: noon },
  });
  expect(context.memory.map(({ content }) => content)).toEqual(["Prefers texts."]);
  expect(context.extractedEntities).toEqual({ order_number: "ORD_2" });
  expect(context.summary).toBe("A lost card.\nA late order.");
});

test.each<readonly [Item, string, string]>([
  [{ kind: "customer", channel: "voice", text: "1", keys: true }, "customer", "(keys) 1"],
  [{ kind: "customer", channel: "sms", text: "", media: ["image/png"] }, "customer", "[image/png]"],
  [{ kind: "agent", channel: "sms", text: "Yes.", status: "complete" }, "assistant", "Yes."],
  [{ kind: "operator", channel: "sms", text: "Hello." }, "operator", "Hello."],
  [{ kind: "tool_call", callId: "c", tool: "find", arguments: "{}" }, "tool", "find {}"],
  [{ kind: "tool_result", callId: "c", tool: "find", output: "none" }, "tool", "find: none"],
  [{ kind: "heard", turnId: newTurnId(noon), text: "Ye" }, "system", 'The caller heard: "Ye"'],
  [{ kind: "heard", turnId: newTurnId(noon), text: "" }, "system", "The caller interrupted before anything was heard."],
  [
    { kind: "delivery", turnId: newTurnId(noon), outboxId: newOutboxId(noon), status: "failed" },
    "system",
    "A reply did not arrive (failed).",
  ],
  [{ kind: "session", sessionId: session.id }, "system", "A new session begins."],
])("%j is a line of the history", (item, role, content) => {
  expect(historyLine(entry(item))).toMatchObject({ role, content });
});
