import type { Entry } from "./item.ts";
import { clipped, MOST_SUMMARY_CHARS } from "./memory-bounds.ts";
import { openCallPlaceholder, projectWindow, type WindowItem } from "./window.ts";

/** How a digest is made. */
export interface DigestOptions {
  /** The summary so far, which it goes on from; the digest covers both. Default: none. */
  readonly earlier?: string;
  /** Default: 1,200. */
  readonly mostChars?: number;
}

/**
 * A summary made of what was said, without a model: what the customer asked and told, what they were answered, what
 * tools found, and what is still open. The same entries give the same text. When it gets too long, the oldest details
 * go first, then what is oldest altogether; order numbers and their like are named all the same.
 */
export function digest(entries: readonly Pick<Entry, "turnId" | "item">[], options: DigestOptions = {}): string {
  const { earlier = "", mostChars = MOST_SUMMARY_CHARS } = options;
  const exchanges = exchangesIn(projectWindow(entries));
  const before = sentencesOf(earlier).filter((text) => exchanges.length === 0 || !ends.test(text));
  const sentences: Sentence[] = before.map((text) => ({ text, detail: false }));
  for (const exchange of exchanges) sentences.push(...told(exchange));
  const end = openEnd(exchanges);
  if (end !== undefined) sentences.push({ text: end, detail: false });
  return fitted(sentences, mostChars);
}

interface Sentence {
  readonly text: string;
  /** What may go before the rest of its exchange does. */
  readonly detail: boolean;
}

/** What the customer said, and everything until they said something again. */
interface Exchange {
  readonly said: readonly string[];
  readonly since: readonly Exclude<WindowItem, { kind: "customer" }>[];
}

const QUOTE_CHARS = 140;
/** Of one message, at most so many of its sentences are told. */
const MOST_SENTENCES = 2;

function exchangesIn(window: readonly WindowItem[]): readonly Exchange[] {
  const exchanges: { said: string[]; since: Exclude<WindowItem, { kind: "customer" }>[] }[] = [];
  for (const item of window) {
    const last = exchanges.at(-1);
    if (item.kind !== "customer") {
      if (last === undefined) exchanges.push({ said: [], since: [item] });
      else last.since.push(item);
    } else if (last === undefined || last.since.some((each) => each.kind === "agent" || each.kind === "operator")) {
      exchanges.push({ said: [item.text], since: [] });
    } else {
      last.said.push(item.text);
    }
  }
  return exchanges;
}

function told({ said, since }: Exchange): readonly Sentence[] {
  const asked = said.flatMap((text) => tellingSentences(text)).slice(-3);
  const sentences: Sentence[] = asked.map((text) => ({
    text: `The customer ${text.endsWith("?") ? "asked" : "said"} ${quoted(text)}.`,
    detail: false,
  }));
  for (const [index, item] of since.entries()) {
    if (item.kind === "tool_call") {
      const outcome = outcomeOf(item, since[index + 1]);
      if (outcome !== undefined) sentences.push({ text: outcome, detail: true });
    }
    if (item.kind === "note") sentences.push({ text: `Noted: ${quoted(firstSentence(item.text))}.`, detail: true });
    if (item.kind === "operator")
      sentences.push({ text: `A colleague wrote ${quoted(firstSentence(item.text))}.`, detail: false });
  }
  const answer = answerIn(since);
  // An answer to nothing that was worth telling is none either.
  if (answer !== undefined && (asked.length > 0 || said.length === 0)) sentences.push({ text: answer, detail: true });
  return sentences;
}

/** The sentences of a message that tell something: questions, numbers, problems; else the first that is more than a courtesy. */
function tellingSentences(text: string): readonly string[] {
  const all = sentencesOf(text).filter((sentence) => /[\p{L}\p{N}]/u.test(sentence) && !courtesy.test(sentence));
  const telling = all.filter((sentence) => sentence.endsWith("?") || /\d{2}/u.test(sentence) || matter.test(sentence));
  return (telling.length > 0 ? telling : all).slice(0, telling.length > 0 ? MOST_SENTENCES : 1);
}

const courtesy =
  /^\W*(?:(?:hi|hello|hey|there|good (?:morning|afternoon|evening|day)|ok(?:ay)?|yes|yeah|yep|no|nope|sure|right|great|perfect|cool|fine|thanks?|thank you|please|bye|goodbye|got it|i see|so much|very much|a lot|again|you|too|mhm|uh-?huh|one moment|hold on|wait)\b\W*)+$/iu;
const matter =
  /\b(?:not|\w+n['’]t|never|cannot|wrong|broken|missing|late|lost|damaged|faulty|cancel\w*|refund\w*|return\w*|complain\w*|problem|issue|want|wants|need|needs|prefer|would like|looking for|my name|call me|text me|write me|order|parcel|bill|charged?)\b/iu;

function answerIn(since: Exchange["since"]): string | undefined {
  const replies = since.filter((item) => item.kind === "agent");
  const reply = replies.findLast((item) => item.fate !== "unsent");
  if (reply === undefined) return undefined;
  const statements = sentencesOf(reply.text).filter((sentence) => !sentence.endsWith("?") && !courtesy.test(sentence));
  const [first] = statements;
  if (first === undefined) return undefined;
  return `The agent answered ${quoted(first)}${reply.fate === "cut" ? " and was cut off" : ""}.`;
}

/** What came of a tool call, as far as its result says so in a few words. */
function outcomeOf(call: Extract<WindowItem, { kind: "tool_call" }>, next: WindowItem | undefined): string | undefined {
  if (next?.kind !== "tool_result" || next.output === openCallPlaceholder) return undefined;
  const output = jsonOf(next.output);
  if (typeof output !== "object" || output === null || Array.isArray(output)) return undefined;
  const facts = Object.entries(output);
  if (facts.some(([key, value]) => key === "error" || (key === "status" && value === "unknown")))
    return `The call of ${call.tool} did not work out.`;
  if (facts.some(([key, value]) => key === "found" && value === false)) return `${call.tool} found nothing.`;
  const scalars = facts.flatMap(([key, value]) => {
    if (value === true) return key === "found" ? [] : [key];
    if (typeof value === "number") return [`${key} ${value}`];
    return typeof value === "string" && value !== "" && value.length <= 40 ? [`${key} ${value}`] : [];
  });
  return scalars.length === 0 ? undefined : `${call.tool}: ${scalars.slice(0, 3).join(", ")}.`;
}

/** What the last exchange left open. */
function openEnd(exchanges: readonly Exchange[]): string | undefined {
  const last = exchanges.at(-1);
  if (last === undefined) return undefined;
  const waiting = last.since.find((item, index) => item.kind === "tool_call" && isOpen(last.since[index + 1]));
  if (waiting?.kind === "tool_call") return `The result of ${waiting.tool} was still to come.`;
  const reply = last.since.findLast((item) => item.kind === "agent" || item.kind === "operator");
  if (reply === undefined) return last.said.length > 0 ? "This was not answered yet." : undefined;
  if (reply.kind === "operator") return undefined;
  if (reply.fate === "unsent") return "The agent's last reply did not reach the customer.";
  const asked = sentencesOf(reply.text).findLast((sentence) => sentence.endsWith("?"));
  if (asked === undefined || !reply.text.trimEnd().endsWith("?") || offer.test(asked)) return undefined;
  return `The agent asked ${quoted(asked)} and had no answer yet.`;
}

/** Questions that end a reply politely and wait for nothing. */
const offer = /\b(?:anything else|what (?:else )?can i do|(?:how )?(?:can|may) i help|what is it about)\b/iu;

/** How the sentences end that tell of open ends; what was open once is told anew if it still is. */
const ends = /(?:was still to come|had no answer yet|was not answered yet|did not reach the customer)\.$/u;

function isOpen(next: WindowItem | undefined): boolean {
  return next?.kind !== "tool_result" || next.output === openCallPlaceholder;
}

/** Joins sentences; what makes them too long goes: details from the oldest on, then the oldest. */
function fitted(sentences: readonly Sentence[], mostChars: number): string {
  const length = sentences.reduce((sum, { text }) => sum + text.length + 1, -1);
  if (length <= mostChars) return joined(sentences);
  const gone = new Set<Sentence>();
  let left = length - (mostChars - MENTIONED_CHARS);
  // What was said last is spared for as long as there is anything else.
  const order = [
    ...sentences.slice(0, -SPARED).filter(({ detail }) => detail),
    ...sentences.slice(0, -SPARED).filter(({ detail }) => !detail),
    ...sentences.slice(-SPARED, -1),
  ];
  for (const sentence of order) {
    if (left <= 0) break;
    gone.add(sentence);
    left -= sentence.text.length + 1;
  }
  const kept = sentences.filter((sentence) => !gone.has(sentence));
  return clipped(`${mentioned(joined([...gone]), joined(kept))}${joined(kept)}`, mostChars);
}

function joined(sentences: readonly Sentence[]): string {
  return sentences.map(({ text }) => text).join(" ");
}

const SPARED = 4;
const MENTIONED_CHARS = 90;
const numbered = /\b[A-Z]{2,5}[_-]?[A-Z0-9]*\d[A-Z0-9]{2,}\b|\b\d{4,12}\b/gu;

/** The numbers that were told of in what is gone, and nowhere since; the last ones when there are many. */
function mentioned(gone: string, kept: string): string {
  const lost = [...new Set(gone.match(numbered))].filter((number) => !kept.includes(number));
  for (let from = 0; from < lost.length; from += 1) {
    const sentence = `Mentioned before: ${lost.slice(from).join(", ")}. `;
    if (sentence.length <= MENTIONED_CHARS) return sentence;
  }
  return "";
}

// Nobody's novel is worth being read to its end for two sentences of it.
const MOST_READ = 4_000;

/** Sentences of a text; a quotation is not cut. */
function sentencesOf(text: string): readonly string[] {
  return text
    .slice(0, MOST_READ)
    .replaceAll(/\s+/gu, " ")
    .split(/(?<=[.!?…]["”]?)\s+(?=\S)/u)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== "");
}

function firstSentence(text: string): string {
  return sentencesOf(text)[0] ?? text;
}

/** Words in quotation marks; they are somebody's, and never ours. */
function quoted(text: string): string {
  return `"${clipped(text, QUOTE_CHARS).replaceAll('"', "'").replace(/\.$/u, "")}"`;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
