import type { AgentInputItem } from "@openai/agents";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openCallPlaceholder, type WindowItem } from "../../core/window.ts";
import { cutNote } from "../window-items.ts";
import type { RemoteItem } from "./conversations.ts";
import { notDone, openCalls, stillToTell } from "./still-to-tell.ts";

let ids = 0;

function said(kind: "user" | "assistant" | "system", text: string): RemoteItem {
  return { kind, id: `msg_${++ids}`, text };
}

function call(callId: string): RemoteItem {
  return { kind: "call", id: `fc_${++ids}`, callId };
}

function output(callId: string): RemoteItem {
  return { kind: "output", id: `fco_${++ids}`, callId };
}

const asks: WindowItem = { kind: "customer", channel: "sms", text: "Where is my order?" };
const again: WindowItem = { kind: "customer", channel: "sms", text: "And now?" };

function agent(text: string, fate: "said" | "cut" | "unsent" = "said"): WindowItem {
  return { kind: "agent", channel: "sms", text, fate };
}

function called(callId: string, result = "done"): readonly WindowItem[] {
  return [
    { kind: "tool_call", callId, tool: "look", arguments: "{}" },
    { kind: "tool_result", callId, tool: "look", output: result },
  ];
}

function tell(untold: readonly WindowItem[], there: readonly RemoteItem[], outputs: readonly AgentInputItem[] = []) {
  return stillToTell({ untold, channel: "sms", outputs }, there).map(line);
}

function line(item: AgentInputItem): string {
  if (item.type === "function_call") return `call ${item.callId}`;
  if (item.type === "function_call_result") return `output ${item.callId} ${textOf(item.output)}`;
  if (item.type === "message") return `${item.role} ${textOf(item.content)}`;
  return item.type ?? "";
}

function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  const parts: readonly unknown[] = Array.isArray(content) ? content : [content];
  return parts
    .map((part) => (typeof part === "object" && part !== null && "text" in part ? String(part.text) : ""))
    .join("");
}

describe("what is still to be told", () => {
  test("is everything where nothing of it is there", () => {
    expect(tell([asks, ...called("c1"), agent("It has shipped."), again], [])).toEqual([
      "user Where is my order?",
      "call c1",
      "output c1 done",
      "assistant It has shipped.",
      "user And now?",
    ]);
  });

  test("leaves out what arrived although the turn broke off", () => {
    const there = [said("user", "Where is my order?"), call("c1"), output("c1"), said("assistant", "It has shipped.")];
    expect(tell([asks, ...called("c1"), agent("It has shipped."), again], there)).toEqual(["user And now?"]);
  });

  test("says of a reply that is there in full how much of it was heard", () => {
    const there = [said("user", "Where is my order?"), said("assistant", "It has shipped on Monday.")];
    const lines = tell([asks, agent("It has", "cut"), again], there);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain("It has shipped on Monday.");
    expect(lines[0]).toContain('heard of it is: \\"It has\\"');
    expect(lines[1]).toBe("user And now?");
  });

  test("brings a cut reply over as it was heard where it is not there", () => {
    expect(tell([asks, agent("It has", "cut"), again], [said("user", "Where is my order?")])).toEqual([
      "assistant It has",
      `system ${cutNote}`,
      "user And now?",
    ]);
  });

  test("says of a reply that nobody was given that nobody was given it", () => {
    const there = [said("user", "Where is my order?"), said("assistant", "It has shipped.")];
    const lines = tell([asks, agent("I am sorry, I cannot answer just now."), again], there);
    expect(lines).toEqual([
      expect.stringContaining('begins with \\"It has shipped.\\" never reached the customer'),
      "assistant I am sorry, I cannot answer just now.",
      "user And now?",
    ]);
  });

  test("closes a call that waits there before anything else, with its result or the placeholder", () => {
    const there = [said("user", "Where is my order?"), call("c1"), call("c2")];
    expect(tell([asks, ...called("c1", openCallPlaceholder), ...called("c2"), again], there)).toEqual([
      `output c1 ${openCallPlaceholder}`,
      "output c2 done",
      "user And now?",
    ]);
  });

  test("closes a call of which the record knows nothing as not done", () => {
    expect(tell([again], [call("c9")])).toEqual([`output c9 ${notDone}`, "user And now?"]);
  });

  test("takes the same words said twice for two messages", () => {
    expect(tell([asks, asks], [said("user", "Where is my order?")])).toEqual(["user Where is my order?"]);
  });

  test("does not give the result of a call a second time", () => {
    const result: AgentInputItem = {
      type: "function_call_result",
      callId: "c1",
      name: "look",
      status: "completed",
      output: "done",
    };
    expect(tell([], [output("c1")], [result])).toEqual([]);
    expect(tell([], [], [result])).toEqual(["output c1 done"]);
  });

  test("tells the channel only when it is another one than the conversation knows", () => {
    const spoken: WindowItem = { kind: "customer", channel: "voice", text: "Hello?" };
    expect(tell([asks], [])).toEqual(["user Where is my order?"]);
    expect(tell([spoken], [])).toEqual(["system The customer now speaks on the phone.", "user Hello?"]);
    const more: WindowItem = { kind: "customer", channel: "voice", text: "Are you there?" };
    expect(tell([spoken, more], [said("system", "…"), said("user", "Hello?")])).toEqual(["user Are you there?"]);
  });
});

const text = fc.constantFrom("Yes", "No", "Where is it?", "Hello");
const untold = fc
  .array(
    fc.oneof(
      fc.record({ what: fc.constant("ask" as const), text }),
      fc.record({ what: fc.constant("reply" as const), text }),
      fc.record({ what: fc.constant("call" as const), text }),
    ),
    { maxLength: 12 },
  )
  .map((steps) =>
    steps.flatMap((step, index): readonly WindowItem[] => {
      if (step.what === "ask") return [{ kind: "customer", channel: "sms", text: step.text }];
      return step.what === "reply" ? [agent(step.text)] : called(`c${index}`);
    }),
  );

test("however much of a turn arrived, in the end every word is there once, in order, and no call is open", () => {
  fc.assert(
    fc.property(untold, fc.nat(20), (items, arrived) => {
      const there = stillToTell({ untold: items, channel: "sms", outputs: [] }, []).slice(0, arrived).map(kept);
      const rest = stillToTell({ untold: items, channel: "sms", outputs: [] }, there).map(kept);
      const all = [...there, ...rest];
      expect(openCalls(all)).toEqual([]);
      expect(words(all)).toEqual(words(stillToTell({ untold: items, channel: "sms", outputs: [] }, []).map(kept)));
    }),
  );
});

function kept(item: AgentInputItem): RemoteItem {
  if (item.type === "function_call") return call(item.callId);
  if (item.type === "function_call_result") return output(item.callId);
  if (item.type !== "message") throw new TypeError("no such item is told");
  return said(item.role, textOf(item.content));
}

function words(items: readonly RemoteItem[]): readonly string[] {
  return items.flatMap((item) => ("text" in item ? [`${item.kind} ${item.text}`] : []));
}
