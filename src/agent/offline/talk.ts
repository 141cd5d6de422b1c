import type { AgentInputItem } from "@openai/agents";
import { channelNotes, noteMark, operatorMark, unsentNote } from "../window-items.ts";

/** One thing that was said, done or noted, as the offline model reads it. */
export type Line =
  | { readonly who: "customer"; readonly text: string }
  | { readonly who: "agent"; readonly text: string; readonly cut: boolean }
  | { readonly who: "operator"; readonly text: string }
  | { readonly who: "note"; readonly text: string }
  | { readonly who: "tool"; readonly tool: string; readonly args: string; readonly output: string };

/** A conversation as far as it is in sight, with what is to be answered now. */
export interface Talk {
  /** Everything before the words to answer. */
  readonly past: readonly Line[];
  /** The customer's words to answer; empty when something else made this turn. */
  readonly words: string;
  /** What a note told since the last reply, when the customer said nothing. */
  readonly note: string;
  /** What tools returned for these words. */
  readonly fresh: readonly Extract<Line, { who: "tool" }>[];
  /** What was already said in answer to these words, by an attempt that did not end. */
  readonly spoken: string;
  /** Whether the customer hears the answer. */
  readonly voice: boolean;
}

// Rules look at every word many times; somebody's novel is not worth that.
const MOST_READ = 4_000;

/** Reads the items of a request. */
export function readTalk(items: string | readonly AgentInputItem[]): Talk {
  if (typeof items === "string") return talkOf([{ who: "customer", text: items }], false);
  const lines: Line[] = [];
  // Where the calls without a result stand. Several of one tool may wait at once, so only the id tells them apart.
  const open = new Map<string, number>();
  let voice = false;
  for (const item of items) {
    if (item.type === "function_call") {
      open.set(item.callId, lines.push({ who: "tool", tool: item.name, args: item.arguments, output: "" }) - 1);
      continue;
    }
    if (item.type === "function_call_result") {
      const at = open.get(item.callId) ?? -1;
      const call = lines[at];
      if (call?.who === "tool") lines[at] = { ...call, output: outputText(item.output) };
      open.delete(item.callId);
      continue;
    }
    if (!("role" in item)) continue;
    const text = messageText(item.content).slice(0, MOST_READ);
    if (item.role === "user") lines.push({ who: "customer", text });
    if (item.role === "assistant") {
      if (text.startsWith(operatorMark)) lines.push({ who: "operator", text: text.slice(operatorMark.length) });
      else lines.push({ who: "agent", text, cut: item.status === "incomplete" });
    }
    if (item.role === "system") {
      if (text === channelNotes.voice) voice = true;
      else if (Object.values(channelNotes).includes(text)) voice = false;
      if (text === unsentNote && lines.at(-1)?.who === "agent") lines.pop();
      if (text.startsWith(noteMark)) lines.push({ who: "note", text: unquoted(text.slice(noteMark.length)) });
    }
  }
  return talkOf(lines, voice);
}

/** Splits lines into the past and what is to be answered now. */
export function talkOf(lines: readonly Line[], voice: boolean): Talk {
  const last = lines.findLastIndex((line) => line.who === "customer");
  const answeredAfter = lines.slice(last + 1).some((line) => line.who === "agent" && !line.cut);
  if (last === -1 || answeredAfter) return afterNote(lines, voice);
  let from = last;
  while (from > 0 && !isReply(lines[from - 1])) from -= 1;
  const burst = lines.slice(from);
  return {
    past: lines.slice(0, from),
    words: burst.flatMap((line) => (line.who === "customer" ? [line.text] : [])).join("\n"),
    note: "",
    fresh: lines.slice(last + 1).filter((line) => line.who === "tool"),
    spoken: lines
      .slice(last + 1)
      .flatMap((line) => (line.who === "agent" ? [line.text] : []))
      .join(" "),
    voice,
  };
}

/** Something else than the customer made this turn: a result that came late, usually. */
function afterNote(lines: readonly Line[], voice: boolean): Talk {
  const replied = lines.findLastIndex((line) => isReply(line));
  const since = lines.slice(replied + 1);
  return {
    past: lines.slice(0, replied + 1),
    words: "",
    note: since.flatMap((line) => (line.who === "note" ? [line.text] : [])).join(" "),
    fresh: since.filter((line) => line.who === "tool"),
    spoken: "",
    voice,
  };
}

function isReply(line: Line | undefined): boolean {
  return line?.who === "agent" || line?.who === "operator";
}

function messageText(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content
    .map((part: unknown) =>
      typeof part === "object" && part !== null && "text" in part && typeof part.text === "string" ? part.text : "",
    )
    .join("");
}

function outputText(output: unknown): string {
  if (typeof output === "string") return output;
  if (Array.isArray(output)) return messageText(output);
  return typeof output === "object" && output !== null && "text" in output && typeof output.text === "string"
    ? output.text
    : "";
}

function unquoted(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "string" ? value : text;
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}
