import type { ChannelName } from "./message.ts";
import type { TurnId } from "./ids.ts";
import type { Entry, Item } from "./item.ts";

/** One entry of what the model sees, with every later correction applied. */
export type WindowItem =
  | { readonly kind: "customer"; readonly channel: ChannelName; readonly text: string }
  | {
      readonly kind: "agent";
      readonly channel: ChannelName;
      readonly text: string;
      /** `cut`: the caller heard only this much. `unsent`: it did not reach the customer. */
      readonly fate: "said" | "cut" | "unsent";
    }
  | { readonly kind: "operator"; readonly text: string }
  | { readonly kind: "tool_call"; readonly callId: string; readonly tool: string; readonly arguments: string }
  | { readonly kind: "tool_result"; readonly callId: string; readonly tool: string; readonly output: string }
  /** Something the agent should know that nobody said. */
  | { readonly kind: "note"; readonly text: string };

/** What the model is told of a call whose result is still to come. */
export const openCallPlaceholder = JSON.stringify({ status: "in_progress", note: "The result is not known yet. It will be told as soon as it is there." });

type Placed = Pick<Entry, "turnId" | "item">;

/**
 * Turns the record into what the model sees: speech is cut to what was heard, replies that did not arrive are marked,
 * every call is followed at once by its result or by a placeholder, and a result whose call is not in sight is told
 * as a note. The record itself is never changed.
 */
export function projectWindow(entries: readonly Placed[]): readonly WindowItem[] {
  const heard = new Map<TurnId, string>();
  const unsent = new Set<TurnId>();
  const results = new Map<string, Extract<Item, { kind: "tool_result" }>>();
  for (const { item } of entries) {
    if (item.kind === "heard") heard.set(item.turnId, item.text);
    if (item.kind === "delivery") unsent.add(item.turnId);
    if (item.kind === "tool_result" && !results.has(item.callId)) results.set(item.callId, item);
  }
  const window: WindowItem[] = [];
  const left = new Map(heard);
  let previous: Placed | undefined;
  for (const { turnId, item } of entries) {
    switch (item.kind) {
      case "customer":
        window.push({ kind: "customer", channel: item.channel, text: customerText(item) });
        break;
      case "agent": {
        const shown = shownReply(item, { turnId, left, unsent: unsent.has(turnId) });
        if (shown !== undefined) window.push(shown);
        break;
      }
      case "operator":
        window.push({ kind: "operator", text: item.text });
        break;
      case "tool_call": {
        const result = results.get(item.callId);
        window.push(
          { kind: "tool_call", callId: item.callId, tool: item.tool, arguments: item.arguments },
          { kind: "tool_result", callId: item.callId, tool: item.tool, output: result?.output ?? openCallPlaceholder },
        );
        break;
      }
      case "tool_result":
        if (!answersInPlace(previous, { turnId, item })) window.push({ kind: "note", text: lateResult(item) });
        break;
      case "heard":
      case "delivery":
        break;
    }
    previous = { turnId, item };
  }
  return window;
}

/** What the customer said, with an honest word about what came along and cannot be seen. */
function customerText(item: Extract<Item, { kind: "customer" }>): string {
  const media = item.media ?? [];
  const words = item.keys === true ? `(pressed on the keypad) ${item.text}` : item.text;
  if (media.length === 0) return words;
  return `${words}\n(${media.length} attachment${media.length === 1 ? "" : "s"} came along, ${media.join(", ")}, which cannot be opened here)`.trim();
}

function shownReply(
  item: Extract<Item, { kind: "agent" }>,
  fate: { readonly turnId: TurnId; readonly left: Map<TurnId, string>; readonly unsent: boolean },
): WindowItem | undefined {
  if (fate.unsent) return { kind: "agent", channel: item.channel, text: item.text, fate: "unsent" };
  const left = fate.left.get(fate.turnId);
  if (left === undefined) {
    return { kind: "agent", channel: item.channel, text: item.text, fate: item.status === "complete" ? "said" : "cut" };
  }
  const text = item.text.slice(0, left.length);
  fate.left.set(fate.turnId, left.slice(text.length));
  if (text.trim() === "") return undefined;
  return { kind: "agent", channel: item.channel, text, fate: text.length < item.text.length ? "cut" : "said" };
}

/** Whether a result stands right behind its call, or behind the other results of the same breath. */
function answersInPlace(before: Placed | undefined, result: Placed): boolean {
  if (before === undefined || before.turnId !== result.turnId) return false;
  return before.item.kind === "tool_call" || before.item.kind === "tool_result";
}

function lateResult(item: Extract<Item, { kind: "tool_result" }>): string {
  return `The result of ${item.tool} has come in: ${item.output}`;
}
