import type { AgentInputItem } from "@openai/agents";
import type { ChannelName } from "../../core/message.ts";
import { heardNote, replyThatBegins } from "../../core/remote.ts";
import { openCallPlaceholder, type WindowItem } from "../../core/window.ts";
import { noteMark, operatorMark, windowItems, wordsOf } from "../window-items.ts";
import type { RemoteItem } from "./conversations.ts";

/** What a conversation is to be told. */
interface ToTell {
  readonly untold: readonly WindowItem[];
  /** The channel on which it knows the customer. */
  readonly channel: ChannelName | undefined;
  /** Results of calls that it made in this very turn. */
  readonly outputs: readonly AgentInputItem[];
}

/** What a call is closed with that nobody carried out. */
export const notDone = JSON.stringify({ status: "not_done", note: "This was not carried out." });

/** What is asked when the conversation has everything already and only the answer is missing. */
export const goOn = "Answer what the customer said last.";

/**
 * The items that are still to be told, given what stands there behind the last turn that ended well: nothing that is
 * there is told twice, calls that are open there are closed first, and a reply that is there although the customer got
 * less of it, or nothing, is corrected.
 */
export function stillToTell(tell: ToTell, there: readonly RemoteItem[]): readonly AgentInputItem[] {
  const { rest, channel, closing, lost } = compare(tell, there);
  const outputs = tell.outputs.filter((item) => !isAnswered(item, there));
  const answeredNow = new Set([...closing, ...outputs].flatMap(callIdOf));
  const notes = lost.map((text): WindowItem => ({
    kind: "note",
    text: `${replyThatBegins(text)} never reached the customer.`,
  }));
  const said = [...notes, ...rest];
  return [
    ...openCalls(there).flatMap((callId) => (answeredNow.has(callId) ? [] : [result(callId, notDone)])),
    ...closing,
    ...outputs,
    ...(said.length === 0 ? [] : windowItems(said, channel)),
  ];
}

/** The calls among items that have no result. */
export function openCalls(there: readonly RemoteItem[]): readonly string[] {
  const answered = new Set(there.flatMap((item) => (item.kind === "output" ? [item.callId] : [])));
  return there.flatMap((item) => (item.kind === "call" && !answered.has(item.callId) ? [item.callId] : []));
}

/** The result of a call, as it is told. */
export function result(callId: string, text: string): AgentInputItem {
  // The name is not sent; the conversation knows the call by its id.
  return { type: "function_call_result", callId, name: "", status: "completed", output: { type: "text", text } };
}

/** Goes through both in order and takes out what they share. */
function compare(
  { untold, channel }: ToTell,
  there: readonly RemoteItem[],
): {
  readonly rest: readonly WindowItem[];
  readonly channel: ChannelName | undefined;
  readonly closing: readonly AgentInputItem[];
  /** Replies that are there and of which the record knows nothing. */
  readonly lost: readonly string[];
} {
  const open = new Set(openCalls(there));
  const calls = new Set(there.flatMap((item) => (item.kind === "call" ? [item.callId] : [])));
  const rest: WindowItem[] = [];
  const closing: AgentInputItem[] = [];
  const found = new Set<number>();
  let from = 0;
  let known = channel;

  function find(kind: RemoteItem["kind"], matches: (text: string) => boolean): string | undefined {
    const at = there.findIndex(
      (item, index) => index >= from && item.kind === kind && "text" in item && matches(item.text),
    );
    const item = there[at];
    if (item === undefined || !("text" in item)) return undefined;
    found.add(at);
    from = at + 1;
    return item.text;
  }

  for (const [index, item] of untold.entries()) {
    switch (item.kind) {
      case "customer":
        if (find("user", (text) => text === wordsOf(item.text)) === undefined) rest.push(item);
        else known = item.channel;
        break;
      case "agent": {
        const said = item.text.trim();
        const reply = said === "" ? undefined : find("assistant", (text) => text.trim().startsWith(said));
        if (reply === undefined) rest.push(item);
        else rest.push(...correction(item, reply));
        break;
      }
      case "operator":
        if (find("assistant", (text) => text === `${operatorMark}${item.text}`) === undefined) rest.push(item);
        break;
      case "note":
        if (find("system", (text) => text === `${noteMark}${JSON.stringify(item.text)}`) === undefined) rest.push(item);
        break;
      case "tool_call":
        if (!calls.has(item.callId)) rest.push(item);
        else if (open.has(item.callId)) closing.push(result(item.callId, outputOf(untold[index + 1], item.callId)));
        break;
      case "tool_result":
        if (!calls.has(item.callId)) rest.push(item);
        break;
    }
  }
  const lost = there.flatMap((item, at) => (item.kind === "assistant" && !found.has(at) ? [item.text] : []));
  return { rest, channel: known, closing, lost };
}

/** What has to be told of a reply that is there. */
function correction(item: Extract<WindowItem, { kind: "agent" }>, reply: string): readonly WindowItem[] {
  if (item.fate === "unsent") return [{ kind: "note", text: `${replyThatBegins(reply)} never reached the customer.` }];
  if (item.text.trim() === reply.trim() && item.fate === "said") return [];
  return [{ kind: "note", text: heardNote(reply, item.text) }];
}

function outputOf(next: WindowItem | undefined, callId: string): string {
  return next?.kind === "tool_result" && next.callId === callId ? next.output : openCallPlaceholder;
}

function isAnswered(item: AgentInputItem, there: readonly RemoteItem[]): boolean {
  const [callId] = callIdOf(item);
  return there.some((each) => each.kind === "output" && each.callId === callId);
}

function callIdOf(item: AgentInputItem): readonly string[] {
  return item.type === "function_call_result" ? [item.callId] : [];
}
