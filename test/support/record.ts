import { newTurnId, type SessionId } from "../../src/core/ids.ts";
import type { Entry, Item } from "../../src/core/item.ts";
import type { ChannelName } from "../../src/core/message.ts";

/** What the customer says. */
export function said(text: string, channel: ChannelName = "sms"): Item {
  return { kind: "customer", channel, text };
}

/** What the agent says, whole. */
export function answered(text: string, channel: ChannelName = "sms"): Item {
  return { kind: "agent", channel, text, status: "complete" };
}

/** A tool's call and its result. */
export function looked(tool: string, output: object, callId = `call_${tool}`): readonly [Item, Item] {
  return [
    { kind: "tool_call", callId, tool, arguments: "{}" },
    { kind: "tool_result", callId, tool, output: JSON.stringify(output) },
  ];
}

/** Another session begins. */
export function begins(sessionId: SessionId): Item {
  return { kind: "session", sessionId };
}

/** Turns as the store keeps them, one a minute. */
export function recordOf(
  turns: readonly (readonly Item[])[],
  options: { readonly seq?: number; readonly at?: number; readonly everyMs?: number } = {},
): readonly Entry[] {
  const { seq: first = 1, at = 1_000_000, everyMs = 60_000 } = options;
  const entries: Entry[] = [];
  for (const [index, items] of turns.entries()) {
    const turnId = newTurnId(at + index * everyMs);
    for (const item of items) entries.push({ seq: first + entries.length, turnId, at: at + index * everyMs, item });
  }
  return entries;
}
