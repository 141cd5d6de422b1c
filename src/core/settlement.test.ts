import { describe, expect, test } from "vitest";
import {
  branded,
  callSid,
  newInboxId,
  newOutboxId,
  newSessionId,
  newSubjectId,
  newTurnId,
  tenantId,
  type ClaimId,
} from "./ids.ts";
import type { InboxBody, InboxRow, Treatment } from "./message.ts";
import { sentences } from "./sentences.ts";
import { inputItems, routeOf, settlementOf } from "./settlement.ts";
import type { ToolCallRecord } from "./tool-call.ts";
import type { BoundTurn } from "./turn-record.ts";
import type { TurnRun } from "./turn.ts";

const subjectId = newSubjectId(0);
const tenant = tenantId("default");
const sid = callSid(`CA${"0".repeat(32)}`);
const earlier = newTurnId(0);
const textRoute = { channel: "whatsapp", to: "+14155550100", from: "+14155550199" } as const;

const text: InboxBody = {
  kind: "text",
  channel: "sms",
  from: "+14155550100",
  to: "+14155550188",
  text: "Where is it?",
  media: [{ contentType: "image/jpeg", url: "https://example.com/1" }],
  providerId: "SM1",
};
const speech: InboxBody = { kind: "speech", callSid: sid, text: "Hello" };
const keys: InboxBody = { kind: "keys", callSid: sid, digits: "12#" };
const heard: InboxBody = { kind: "heard", callSid: sid, turnId: earlier, text: "It has" };
const delivery: InboxBody = {
  kind: "delivery",
  turnId: earlier,
  outboxId: newOutboxId(0),
  status: "failed",
  code: "30003",
};
const late: InboxBody = { kind: "tool_result", callId: "a", tool: "escalate", output: "done" };

function row(body: InboxBody, treatment: Treatment = "answer"): InboxRow {
  return { id: newInboxId(0), subjectId, tenant, receivedAt: 0, treatment, failures: 0, superseded: false, body };
}

function turnOf(rows: readonly InboxRow[], given: Partial<BoundTurn> = {}): BoundTurn {
  return {
    id: newTurnId(0),
    subjectId,
    tenant,
    attempt: 1,
    rows,
    calls: [],
    spoken: "",
    owner: "agent",
    session: newSessionId(0),
    sessionSince: 0,
    addresses: [],
    ...given,
  };
}

const replied: TurnRun = {
  outcome: "replied",
  items: [],
  text: "Soon.",
  interrupted: false,
  openCalls: [],
  usage: { modelCalls: 1, inputTokens: 2, outputTokens: 3 },
};

describe("the route of a reply", () => {
  test("is back to where the text came from", () => {
    expect(routeOf(turnOf([row(text)], { textRoute }), sid)).toEqual({
      kind: "text",
      channel: "sms",
      to: "+14155550100",
      from: "+14155550188",
    });
  });

  test("is the call on which it was said or pressed", () => {
    expect(routeOf(turnOf([row(speech)], { textRoute }), undefined)).toEqual({ kind: "voice", callSid: sid });
    expect(routeOf(turnOf([row(keys)]), undefined)).toEqual({ kind: "voice", callSid: sid });
  });

  test("of the last that wants an answer counts", () => {
    expect(routeOf(turnOf([row(text), row(speech), row(heard, "record")]), undefined)).toMatchObject({ kind: "voice" });
  });

  test("of late news is the call on the line, else a text, else there is none", () => {
    expect(routeOf(turnOf([row(late)], { textRoute }), sid)).toEqual({ kind: "voice", callSid: sid });
    expect(routeOf(turnOf([row(late)], { textRoute }), undefined)).toEqual({ kind: "text", ...textRoute });
    expect(routeOf(turnOf([row(late)]), undefined)).toEqual({ kind: "none" });
  });

  test("is none when nothing wants an answer", () => {
    expect(routeOf(turnOf([row(heard, "record"), row(text, "join")], { textRoute }), sid)).toEqual({ kind: "none" });
  });
});

describe("what a turn brings", () => {
  test("is what came in, in order, with media by kind only", () => {
    const items = inputItems(
      turnOf([row(heard, "record"), row(text), row(keys), row(speech), row(delivery, "record"), row(late)]),
    );
    expect(items).toEqual([
      { kind: "heard", turnId: earlier, text: "It has" },
      { kind: "customer", channel: "sms", text: "Where is it?", media: ["image/jpeg"] },
      { kind: "customer", channel: "voice", text: "12#", keys: true },
      { kind: "customer", channel: "voice", text: "Hello" },
      { kind: "delivery", turnId: earlier, outboxId: delivery.outboxId, status: "failed", code: "30003" },
      { kind: "tool_result", callId: "a", tool: "escalate", output: "done" },
    ]);
    expect(JSON.stringify(items)).not.toContain("example.com");
  });

  test("is what a program says was said, by whoever said it", () => {
    const told = (["agent", "operator", "platform"] as const).map((who) =>
      row({ kind: "told", who, channel: "web", text: `by the ${who}` }, "record"),
    );
    const turn = turnOf(told);
    expect(routeOf(turn, sid)).toEqual({ kind: "none" });
    expect(inputItems(turn)).toEqual([
      { kind: "agent", channel: "web", text: "by the agent", status: "complete" },
      { kind: "operator", channel: "web", text: "by the operator" },
      { kind: "note", text: "by the platform" },
    ]);
  });

  test("in a second attempt is also what the first did and said", () => {
    const done: ToolCallRecord = {
      id: branded<ClaimId>("act_1"),
      callId: "a",
      tool: "escalate",
      arguments: "{}",
      effect: "writes",
      state: "done",
      output: "escalated",
      startedAt: 0,
    };
    const { output: _, ...running } = { ...done, callId: "b", state: "running" as const };
    const turn = turnOf([row(speech)], {
      attempt: 2,
      calls: [done, running, { ...running, callId: "c", state: "unknown" }],
      spoken: "Your order",
    });
    expect(inputItems(turn)).toEqual([
      { kind: "customer", channel: "voice", text: "Hello" },
      { kind: "tool_call", callId: "a", tool: "escalate", arguments: "{}" },
      { kind: "tool_result", callId: "a", tool: "escalate", output: "escalated" },
      { kind: "tool_call", callId: "b", tool: "escalate", arguments: "{}" },
      { kind: "tool_result", callId: "b", tool: "escalate", output: sentences.unknownAct },
      { kind: "tool_call", callId: "c", tool: "escalate", arguments: "{}" },
      { kind: "tool_result", callId: "c", tool: "escalate", output: sentences.unknownAct },
      { kind: "agent", channel: "voice", text: "Your order", status: "incomplete" },
    ]);
  });
});

describe("a settlement", () => {
  test("holds what was decided and nothing of what was said by the customer", () => {
    const turn = turnOf([row(text), row(heard, "record")]);
    const replies = [{ reply: { kind: "text", ...textRoute, parts: ["Soon."] }, ids: [newOutboxId(0)] }] as const;
    const settlement = settlementOf(turn, { ...replied, openCalls: ["a"] }, { replies, ms: 12, tools: [] });
    expect(settlement).toMatchObject({
      turnId: turn.id,
      outcome: "replied",
      consumed: turn.rows.map((each) => each.id),
      dead: [],
      replies,
      openCalls: ["a"],
    });
    expect(settlement.events).toEqual([
      {
        name: "turn_settled",
        tenant,
        subjectId,
        turnId: turn.id,
        detail: { outcome: "replied", ms: 12, rows: 2, modelCalls: 1, inputTokens: 2, outputTokens: 3 },
      },
    ]);
    expect(JSON.stringify(settlement)).not.toContain("Where is it?");
  });

  test("tells what happened, one event for each", () => {
    const run: TurnRun = {
      ...replied,
      outcome: "failed",
      interrupted: true,
      escalation: { priority: "high", reason: "asked for a person", summary: "Mr Doe" },
    };
    const { events, escalation } = settlementOf(turnOf([row(text)], { attempt: 3 }), run, {
      replies: [],
      ms: 1,
      tools: ["lookup_order", "escalate"],
    });
    expect(events.map((event) => event.name)).toEqual([
      "tools_executed",
      "escalation",
      "reply_interrupted",
      "turn_failed",
      "turn_settled",
    ]);
    expect(events[0]?.detail).toEqual({ tools: "lookup_order,escalate", count: 2 });
    expect(escalation).toEqual(run.escalation);
    // Events go to listeners outside: why somebody wants a person is not theirs to know.
    expect(JSON.stringify(events)).not.toContain("Doe");
  });

  test("of rows that were given up consumes none and buries all", () => {
    const turn = turnOf([row(text), row(text)]);
    const settlement = settlementOf(
      turn,
      { ...replied, outcome: "failed" },
      { replies: [], ms: 0, tools: [], dead: true },
    );
    expect(settlement).toMatchObject({ consumed: [], dead: turn.rows.map((each) => each.id) });
  });
});
