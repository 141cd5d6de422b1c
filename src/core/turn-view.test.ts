import { expect, test } from "vitest";
import { newInboxId, newSessionId, newSubjectId, newTurnId, callSid, tenantId, type SessionId } from "./ids.ts";
import type { Entry, Item } from "./item.ts";
import type { InboxBody, InboxRow } from "./message.ts";
import { inputItems } from "./settlement.ts";
import { sessionItems, viewOf } from "./turn-view.ts";

const earlier = newTurnId(0);
const turnId = newTurnId(1);
const sid = callSid("CA00000000000000000000000000000001");
const first = newSessionId(0);
const second = newSessionId(1);

const text: InboxBody = {
  kind: "text",
  channel: "sms",
  from: "+14155550100",
  to: "+14155550188",
  text: "And now?",
  media: [],
  providerId: "SM1",
};
const speech: InboxBody = { kind: "speech", callSid: sid, text: "Hello" };
const heard: InboxBody = { kind: "heard", callSid: sid, turnId: earlier, text: "It has" };

function row(body: InboxBody): InboxRow {
  return {
    id: newInboxId(0),
    subjectId: newSubjectId(0),
    tenant: tenantId("acme"),
    receivedAt: 0,
    treatment: body.kind === "heard" ? "record" : "answer",
    failures: 0,
    superseded: false,
    body,
  };
}

function past(...items: readonly Item[]): readonly Entry[] {
  return items.map((item, index) => ({ seq: index + 1, turnId: earlier, at: 0, item }));
}

function viewed(
  entries: readonly Entry[],
  rows: readonly InboxRow[],
  given: { readonly opening?: readonly Item[]; readonly session?: SessionId; readonly since?: number } = {},
) {
  const { opening = [], session = first, since: sessionSince = 0 } = given;
  const items = [...opening, ...inputItems({ rows, calls: [], spoken: "" })];
  return viewOf({ entries, foldedThrough: 0 }, { id: turnId, rows, session, sessionSince }, items);
}

function texted(words: string): Item {
  return { kind: "customer", channel: "sms", text: words };
}

const spokenReply: Item = { kind: "agent", channel: "voice", text: "It has shipped.", status: "complete" };

test("a turn corrects the past that the model sees", () => {
  const { window, bridge } = viewed(past(spokenReply), [row(heard), row(speech)]);
  expect(window).toEqual([
    { kind: "agent", channel: "voice", text: "It has", fate: "cut" },
    { kind: "customer", channel: "voice", text: "Hello" },
  ]);
  expect(bridge).toBeUndefined();
});

test("after a change of channel the agent is told before the customer's words, with what was left open", () => {
  const asked: Item = {
    kind: "agent",
    channel: "voice",
    text: "It has shipped. Shall I text you?",
    status: "complete",
  };
  const before = past({ kind: "customer", channel: "voice", text: "Where is it?" }, asked);
  const { window, bridge } = viewed(before, [row(text), row(text)]);
  expect(bridge).toEqual({ from: "voice", to: "sms", over: false, open: ['You had asked: "Shall I text you?"'] });
  expect(window.map((item) => item.kind)).toEqual(["customer", "agent", "note", "customer", "customer"]);
  expect(window[2]).toMatchObject({ text: expect.stringContaining("by text message") });
});

test("a reply that was cut off, one that did not arrive and a call under way are left open", () => {
  const call: Item = { kind: "tool_call", callId: "c1", tool: "escalate_to_human", arguments: "{}" };
  const said: Item = { kind: "customer", channel: "voice", text: "Where is it?" };
  const cut = viewed(past(said, call, spokenReply), [row(heard), row(text)]);
  expect(cut.bridge?.open).toEqual([
    'Your last reply was cut off after: "It has".',
    "The result of escalate_to_human is still to come.",
  ]);
  const incomplete: Item = { ...spokenReply, status: "incomplete" };
  expect(viewed(past(said, incomplete), [row(text)]).bridge?.open).toEqual([
    'Your last reply was cut off after: "It has shipped.".',
  ]);
});

test("a new session shows nothing of the one before, which is handed on to be summarised", () => {
  const opening = sessionItems({ session: second }, first);
  expect(opening).toEqual([{ kind: "session", sessionId: second }]);
  const before = past({ kind: "customer", channel: "sms", text: "My card is lost" }, spokenReply);
  const { window, unsummarised } = viewed(before, [row(text)], { opening, session: second, since: 5 });
  expect(window).toEqual([{ kind: "customer", channel: "sms", text: "And now?" }]);
  expect(unsummarised).toEqual(before);
  const inIt = [...before, ...past(...opening).map((entry) => ({ ...entry, seq: 3 }))];
  expect(viewed(inIt, [row(text)], { session: second, since: 5 }).window).toEqual([
    { kind: "customer", channel: "sms", text: "And now?" },
  ]);
});

test("who comes back by another channel in a new session begins anew: what was left open is over", () => {
  const asked: Item = { kind: "agent", channel: "voice", text: "Which card is it?", status: "complete" };
  const before = past({ kind: "customer", channel: "voice", text: "My card is lost" }, asked);
  const { window, bridge } = viewed(before, [row(text)], {
    opening: sessionItems({ session: second }, first),
    session: second,
    since: 5,
  });
  expect(bridge).toEqual({ from: "voice", to: "sms", over: true, open: [] });
  expect(window).toEqual([
    {
      kind: "note",
      text: "The customer comes back by text message; the last time it was by phone. Write to them from now on.",
    },
    { kind: "customer", channel: "sms", text: "And now?" },
  ]);
});

test("of two conversations that became one, the talk that goes on is seen, and another's mark cuts nothing off", () => {
  const entries: readonly Entry[] = [
    { seq: 1, turnId: earlier, at: 10, item: texted("An old case") },
    { seq: 2, turnId: earlier, at: 100, item: texted("A minute ago") },
    { seq: 3, turnId: earlier, at: 110, item: { kind: "session", sessionId: newSessionId(7) } },
    { seq: 4, turnId: earlier, at: 110, item: texted("By the other number") },
  ];
  const { window, unsummarised } = viewed(entries, [row(text)], { session: second, since: 90 });
  expect(window.map((item) => ("text" in item ? item.text : ""))).toEqual([
    "A minute ago",
    "By the other number",
    "And now?",
  ]);
  expect(unsummarised.map(({ seq }) => seq)).toEqual([1]);
});

test("a conversation's first session, and a turn in the same one, begin without a mark", () => {
  expect(sessionItems({ session: first }, undefined)).toEqual([]);
  expect(sessionItems({ session: first }, first)).toEqual([]);
});
