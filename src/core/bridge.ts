import type { Entry } from "./item.ts";
import type { ChannelName } from "./message.ts";
import { openCallPlaceholder, projectWindow } from "./window.ts";

/** The customer goes on by another channel. */
export interface Bridge {
  readonly from: ChannelName;
  readonly to: ChannelName;
  /** What was left open on the other one, in sentences for the agent. */
  readonly open: readonly string[];
}

const names: Readonly<Record<ChannelName, string>> = {
  sms: "text message",
  whatsapp: "WhatsApp",
  voice: "phone",
  web: "web chat",
};

/** Longer quotations are cut: they only remind. */
const LONGEST_QUOTE = 160;

/** What changes when somebody whose past this is goes on by a channel; undefined when it is the one they used last, or their first. */
export function bridgeOf(past: readonly Pick<Entry, "turnId" | "item">[], to: ChannelName): Bridge | undefined {
  const last = past.findLast((entry) => entry.item.kind === "customer")?.item;
  if (last?.kind !== "customer" || last.channel === to) return undefined;
  return { from: last.channel, to, open: openEnds(past) };
}

/** The bridge in words, for the window. */
export function bridgeNote(bridge: Bridge): string {
  const spoken = bridge.to === "voice" ? "Speak to them from now on" : "Write to them from now on";
  const change = `The customer goes on by ${names[bridge.to]}; until now it was by ${names[bridge.from]}. ${spoken}, and go on where you were.`;
  return [change, ...bridge.open].join(" ");
}

function openEnds(past: readonly Pick<Entry, "turnId" | "item">[]): readonly string[] {
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
