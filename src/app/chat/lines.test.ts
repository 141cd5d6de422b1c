import { expect, test } from "vitest";
import { branded, outboxId, type TurnId } from "../../core/ids.ts";
import type { Entry, Item } from "../../core/item.ts";
import { linesOf } from "./lines.ts";

const turn = branded<TurnId>("turn_1");
const next = branded<TurnId>("turn_2");

function entries(...items: readonly (Item | readonly [TurnId, Item])[]): readonly Entry[] {
  return items.map((given, index) => {
    const [turnId, item] = "kind" in given ? [turn, given] : given;
    return { seq: index + 1, turnId, at: 1_000 + index, item };
  });
}

function shown(list: readonly Entry[], later: readonly Entry[] = []): readonly string[] {
  return linesOf(list, later).map(({ line }) => `${line.who}, ${line.channel}: ${line.text}`);
}

const spoken: Item = {
  kind: "agent",
  channel: "voice",
  text: "It ships today and arrives on Monday.",
  status: "complete",
};

test("of what was spoken, as much is shown as was heard, wherever that was recorded", () => {
  const heard: Item = { kind: "heard", turnId: turn, text: "It ships today" };
  expect(shown(entries(spoken, [next, heard]))).toEqual(["agent, voice: It ships today"]);
  expect(shown(entries(spoken), entries([next, heard]))).toEqual(["agent, voice: It ships today"]);
  expect(shown(entries(spoken, { ...heard, text: "" }))).toEqual([]);
});

test("what an operator's takeover suppressed is not shown, what did not arrive by text is", () => {
  const reply: Item = { kind: "agent", channel: "sms", text: "Yes.", status: "complete" };
  const fate = { kind: "delivery", turnId: turn, outboxId: outboxId("out_1") } as const;
  expect(shown(entries(reply, [next, { ...fate, status: "suppressed" }]))).toEqual([]);
  expect(shown(entries(reply, [next, { ...fate, status: "undelivered" }]))).toEqual(["agent, sms: Yes."]);
});

test("keys, tools and what only the record needs are not shown", () => {
  expect(
    shown(
      entries(
        { kind: "session", sessionId: branded("ses_1") },
        { kind: "customer", channel: "voice", text: "4711", keys: true },
        { kind: "customer", channel: "whatsapp", text: "", media: ["image/jpeg", "image/png"] },
        { kind: "tool_call", callId: "c1", tool: "lookup", arguments: "{}" },
        { kind: "tool_result", callId: "c1", tool: "lookup", output: "secret" },
        { kind: "operator", channel: "sms", text: "This is Ann." },
      ),
    ),
  ).toEqual(["customer, whatsapp: ", "operator, sms: This is Ann."]);
  expect(linesOf(entries({ kind: "customer", channel: "sms", text: "", media: ["a"] }), [])[0]?.line.attachments).toBe(
    1,
  );
});

test("an apology after words that broke off is one reply with them, as it was sent", () => {
  expect(
    shown(
      entries(
        { kind: "agent", channel: "web", text: "Let me", status: "incomplete" },
        { kind: "agent", channel: "web", text: " I am sorry.", status: "complete" },
      ),
    ),
  ).toEqual(["agent, web: Let me I am sorry."]);
});
