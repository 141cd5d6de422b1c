import type { Entry } from "./item.ts";
import type { ChannelName } from "./message.ts";
import { openCallPlaceholder, projectWindow } from "./window.ts";

/** The customer goes on by another channel. */
export interface Bridge {
  readonly from: ChannelName;
  readonly to: ChannelName;
  /** Whether the session in which they used the other one is over: then nothing of it is left open. */
  readonly over: boolean;
  /** What was left open on the other one, in sentences for the agent. */
  readonly open: readonly string[];
}

type Placed = Pick<Entry, "turnId" | "item">;

const names: Readonly<Record<ChannelName, string>> = {
  sms: "text message",
  whatsapp: "WhatsApp",
  voice: "phone",
  web: "web chat",
};

/** Longer quotations are cut: they only remind. */
const LONGEST_QUOTE = 160;

/**
 * What changes when somebody goes on by a channel; undefined when it is the one they used last, or their first. `past` is
 * what was said in sessions that are over, `session` what was said in the one that runs.
 */
export function bridgeOf(
  { past, session }: { readonly past: readonly Placed[]; readonly session: readonly Placed[] },
  to: ChannelName,
): Bridge | undefined {
  const own = lastChannel(session);
  const from = own ?? lastChannel(past);
  if (from === undefined || from === to) return undefined;
  const over = own === undefined;
  return { from, to, over, open: over ? [] : openEnds(session) };
}

/** The bridge in words, for the window. */
export function bridgeNote({ from, to, over, open }: Bridge): string {
  const style = to === "voice" ? "Speak to them from now on" : "Write to them from now on";
  if (over) return `The customer comes back by ${names[to]}; the last time it was by ${names[from]}. ${style}.`;
  const change = `The customer goes on by ${names[to]}; until now it was by ${names[from]}. ${style}, and go on where you were.`;
  return [change, ...open].join(" ");
}

function lastChannel(entries: readonly Placed[]): ChannelName | undefined {
  const last = entries.findLast(({ item }) => item.kind === "customer")?.item;
  return last?.kind === "customer" ? last.channel : undefined;
}

function openEnds(past: readonly Placed[]): readonly string[] {
  const window = projectWindow(past);
  const ends: string[] = [];
  const reply = window.findLast((entry) => entry.kind === "agent");
  if (reply?.kind === "agent") {
    const text = reply.text.trim();
    const asked = /[^.!?]*\?$/u.exec(text)?.[0].trim();
    if (reply.fate === "cut") ends.push(`Your last reply was cut off after: ${quoted(text.slice(-LONGEST_QUOTE))}.`);
    else if (reply.fate === "unsent") ends.push(`Your last reply did not reach them: ${quoted(text)}.`);
    else if (asked !== undefined) ends.push(`You had asked: ${quoted(asked)}`);
  }
  for (const [index, entry] of window.entries()) {
    if (entry.kind !== "tool_call") continue;
    const result = window[index + 1];
    if (result?.kind === "tool_result" && result.output === openCallPlaceholder) {
      ends.push(`The result of ${entry.tool} is still to come.`);
    }
  }
  return ends;
}

function quoted(text: string): string {
  return `"${text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE - 1)}…` : text}"`;
}
