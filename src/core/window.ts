import type { TurnId } from "./ids.ts";
import type { Entry, Item } from "./item.ts";
import type { ChannelName } from "./message.ts";

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
export const openCallPlaceholder = JSON.stringify({
  status: "in_progress",
  note: "The result is not known yet. It will be told as soon as it is there.",
});

type Placed = Pick<Entry, "turnId" | "item">;

/**
 * Turns the record into what the model sees: speech is cut to what was heard, replies that did not arrive are marked,
 * every call is followed at once by its result or by a placeholder, and a result that came in a later turn than its
 * call is told as a note when it came. The record itself is never changed.
 */
export function projectWindow(entries: readonly Placed[]): readonly WindowItem[] {
  const heard = new Map<TurnId, string>();
  const unsent = new Set<TurnId>();
  for (const { item } of entries) {
    if (item.kind === "heard") heard.set(item.turnId, item.text);
    if (item.kind === "delivery") unsent.add(item.turnId);
  }
  const calls = pairCalls(entries);
  const window: WindowItem[] = [];
  for (const [index, { turnId, item }] of entries.entries()) {
    switch (item.kind) {
      case "customer":
        window.push({ kind: "customer", channel: item.channel, text: customerText(item) });
        break;
      case "agent": {
        const shown = shownReply(item, { turnId, left: heard, unsent: unsent.has(turnId) });
        if (shown !== undefined) window.push(shown);
        break;
      }
      case "operator":
        window.push({ kind: "operator", text: item.text });
        break;
      case "tool_call": {
        const output = calls.outputs.get(index) ?? openCallPlaceholder;
        window.push(
          { kind: "tool_call", callId: item.callId, tool: item.tool, arguments: item.arguments },
          { kind: "tool_result", callId: item.callId, tool: item.tool, output },
        );
        break;
      }
      case "tool_result":
        if (!calls.inPlace.has(index)) window.push({ kind: "note", text: lateResult(item) });
        break;
      case "note":
        window.push({ kind: "note", text: item.text });
        break;
      case "heard":
      case "delivery":
      case "session":
        break;
    }
  }
  return window;
}

/**
 * Finds each call's result: the first one with its id that no earlier call has. Some models give an id again, so a
 * result is taken for a call of its own turn before it is taken for an older one. `outputs` is by the place of the
 * call, `inPlace` holds the places of the results that came in the turn of their call.
 */
function pairCalls(entries: readonly Placed[]): {
  readonly outputs: ReadonlyMap<number, string>;
  readonly inPlace: ReadonlySet<number>;
} {
  const open = new Map<string, { readonly at: number; readonly turnId: TurnId }[]>();
  const outputs = new Map<number, string>();
  const inPlace = new Set<number>();
  for (const [at, { turnId, item }] of entries.entries()) {
    if (item.kind === "tool_call") {
      const same = open.get(item.callId);
      if (same === undefined) open.set(item.callId, [{ at, turnId }]);
      else same.push({ at, turnId });
    }
    if (item.kind !== "tool_result") continue;
    const waiting = open.get(item.callId) ?? [];
    const own = waiting.findIndex((call) => call.turnId === turnId);
    const [call] = waiting.splice(Math.max(0, own), 1);
    if (call === undefined) continue;
    outputs.set(call.at, item.output);
    if (call.turnId === turnId) inPlace.add(at);
  }
  return { outputs, inPlace };
}

/** What the customer said, with an honest word about what came along and cannot be seen. */
function customerText(item: Extract<Item, { kind: "customer" }>): string {
  const media = item.media ?? [];
  const words = item.keys === true ? `(pressed on the keypad) ${item.text}` : item.text;
  if (media.length === 0) return words;
  return `${words}\n(${media.length} attachment${media.length === 1 ? "" : "s"} came along, ${media.join(", ")}, which cannot be opened here)`.trim();
}

/** A reply as it reached the customer. `left` is what was heard of each turn, and is used up from reply to reply. */
function shownReply(
  item: Extract<Item, { kind: "agent" }>,
  fate: { readonly turnId: TurnId; readonly left: Map<TurnId, string>; readonly unsent: boolean },
): WindowItem | undefined {
  const { kind, channel, text, status } = item;
  if (fate.unsent) return { kind, channel, text, fate: "unsent" };
  const left = fate.left.get(fate.turnId);
  const asMade: WindowItem = { kind, channel, text, fate: status === "complete" ? "said" : "cut" };
  if (left === undefined) return asMade;
  const end = endOfHeard(text, left);
  // What an attempt said before it died is not what was heard of the attempt after it.
  if (end === undefined && status === "incomplete") return asMade;
  const shown = text.slice(0, end ?? left.length);
  fate.left.set(fate.turnId, left.slice(end === undefined ? shown.length : heardLength(left, shown)));
  if (shown.trim() === "") return undefined;
  return { kind, channel, text: shown, fate: shown.trimEnd().length < text.trimEnd().length ? "cut" : "said" };
}

/** Where in a reply the hearing of it ended; undefined when what was heard is of something else. */
function endOfHeard(text: string, left: string): number | undefined {
  const lead = text.length - text.trimStart().length;
  const said = text.trimStart();
  const heard = left.trimStart();
  if (heard === "") return 0;
  if (said.startsWith(heard)) return lead + heard.length;
  return heard.startsWith(said.trimEnd()) ? text.length : undefined;
}

/** How much of what was heard a shown reply accounts for; spaces around it are nobody's. */
function heardLength(left: string, shown: string): number {
  const lead = left.length - left.trimStart().length;
  return lead + Math.min(shown.trim().length, left.trimStart().length);
}

function lateResult(item: Extract<Item, { kind: "tool_result" }>): string {
  return `The result of ${item.tool} has come in: ${item.output}`;
}
