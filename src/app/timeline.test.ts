import { expect, test } from "vitest";
import { branded } from "../core/ids.ts";
import type { Entry, Item } from "../core/item.ts";
import type { ToolCallRecord } from "../core/tool-call.ts";
import { timelineOf } from "./timeline.ts";

function entries(...items: readonly Item[]): readonly Entry[] {
  return items.map((item, index) => ({ seq: index + 1, turnId: branded("turn_1"), at: 1000 + index, item }));
}

function ledgerOf(calls: readonly Partial<ToolCallRecord>[]): Parameters<typeof timelineOf>[1] {
  // Only reading a turn's calls is asked for.
  return { toolCalls: { ofTurn: () => Promise.resolve(calls) } } as unknown as Parameters<typeof timelineOf>[1];
}

test("a tool call is one line with its arguments, its result and how long it took", async () => {
  const lines = await timelineOf(
    entries(
      { kind: "customer", channel: "sms", text: "Where is it?" },
      { kind: "tool_call", callId: "c1", tool: "lookup_order", arguments: '{"orderId":"ORD_12345","deep":{"a":1}}' },
      { kind: "tool_result", callId: "c1", tool: "lookup_order", output: `{"found":true,"x":"${"y".repeat(200)}"}` },
      { kind: "agent", channel: "sms", text: "Nearly there.", status: "complete" },
    ),
    ledgerOf([{ callId: "c1", startedAt: 5, finishedAt: 12 }]),
  );
  expect(lines.map(({ who, channel, text }) => [who, channel, text])).toEqual([
    ["customer", "sms", "Where is it?"],
    ["tool", "sms", 'lookup_order orderId: ORD_12345, deep: {"a":1}'],
    ["agent", "sms", "Nearly there."],
  ]);
  expect(lines[1]).toMatchObject({ tookMs: 7, result: expect.stringMatching(/^\{"found":true.{86}…$/u) });
});

test("what came late, was interrupted, pressed, attached or lost is told", async () => {
  const lines = await timelineOf(
    entries(
      { kind: "customer", channel: "voice", text: "12#", keys: true },
      { kind: "customer", channel: "sms", text: "Look", media: ["image/png"] },
      { kind: "agent", channel: "voice", text: "It has", status: "incomplete" },
      { kind: "heard", turnId: branded("turn_1"), text: "It" },
      { kind: "heard", turnId: branded("turn_1"), text: "" },
      { kind: "tool_result", callId: "c9", tool: "lookup_order", output: "late" },
      { kind: "tool_call", callId: "c2", tool: "lookup_order", arguments: "not json" },
      { kind: "delivery", turnId: branded("turn_1"), outboxId: branded("out_1"), status: "undelivered", code: "30003" },
    ),
    ledgerOf([]),
  );
  expect(lines.map(({ text }) => text)).toEqual([
    "pressed 12#",
    "Look [image/png]",
    "It has (cut off)",
    'interrupted: the caller heard "It"',
    "interrupted before anything was heard",
    "lookup_order",
    "lookup_order not json",
    "the reply did not arrive: undelivered (30003)",
  ]);
  expect(lines[5]?.result).toBe("late");
});
