import type { TextChannelName } from "./message.ts";

/** A text that means something to the line itself, before any agent sees it. */
export type Keyword = "stop" | "start" | "help";

const smsStop = new Set(["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"]);
// Carriers do not act on these words on WhatsApp, where "cancel" or "end" is most often an answer to a question.
const plainStop = new Set(["STOP", "STOPALL", "UNSUBSCRIBE", "OPTOUT"]);
const smsStart = new Set(["START", "YES", "UNSTOP"]);
const chatStart = new Set(["START", "UNSTOP"]);
/** Longer texts are not looked into for a keyword among punctuation. */
const LONGEST_KEYWORD = 20;
const help = new Set(["HELP", "INFO"]);

/**
 * The keyword a text is, if it is one: the whole text, whatever its case. `optOutType` is what the provider says it
 * took the text for, and wins. "YES" only counts as a keyword from somebody who is opted out (`optedOut`): from
 * anybody else it is an answer.
 */
export function keywordOf(
  text: string,
  channel: TextChannelName,
  hints: { readonly optOutType?: string; readonly optedOut?: boolean } = {},
): Keyword | undefined {
  const told = hints.optOutType?.trim().toLowerCase();
  if (told === "stop" || told === "start" || told === "help") return told;
  if (channel === "web") return undefined;
  const word = text.trim().toUpperCase();
  // Who writes "Stop." or "STOP" in quotes means the same, whether or not the carrier sees it.
  if (word.length <= LONGEST_KEYWORD && plainStop.has(word.replace(/[\p{P}\p{Cf}]/gu, ""))) return "stop";
  const [stop, start] = channel === "sms" ? [smsStop, smsStart] : [plainStop, chatStart];
  if (stop.has(word)) return "stop";
  if (start.has(word)) return word === "YES" && hints.optedOut !== true ? undefined : "start";
  if (help.has(word)) return "help";
  return undefined;
}
