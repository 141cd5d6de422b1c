import type { Memory } from "./memory.ts";
import type { AgentVoice } from "./ports/responder.ts";

/** What a greeting may be made of. */
export type GreetingMemory = Pick<Memory, "profile" | "entities" | "intent" | "episodes">;

/**
 * What a caller is greeted with: somebody we know by the first name and with what the last talk was about, everybody
 * else with the agent's own words. Caller id is no proof, so it tells no number and no detail: of what the talk was
 * about it has only words of its own. What the agent says of itself (that it is an AI, that the call is recorded) stays.
 */
export function greetingFor(voice: Pick<AgentVoice, "greeting" | "language">, memory: GreetingMemory): string {
  const plain = voice.greeting.trim();
  // The sentences are English; an agent of another language greets in its own.
  if (plain === "" || !/^en\b/iu.test(voice.language)) return voice.greeting;
  const name = knownName(memory);
  const topic = lastTopic(memory);
  if (name === undefined && topic === undefined) return voice.greeting;
  const question = /[^.!?]*\?$/u.exec(plain)?.[0] ?? "";
  const itself = plain
    .slice(0, plain.length - question.length)
    .replace(salutation, "")
    .trim();
  return [
    name === undefined ? "Welcome back." : `Welcome back, ${name}.`,
    capitalised(itself),
    topic === undefined ? "" : `Last time we talked about ${topic}.`,
    question.trim() === "" ? "How can I help you today?" : question.trim(),
  ]
    .filter((sentence) => sentence !== "")
    .join(" ");
}

const salutation =
  /^(?:hello|hi|hey|greetings|welcome|good (?:morning|afternoon|evening|day))(?: there| again| and welcome)?\s*[,.!:]\s*/iu;

const SUREST_GUESS = 0.5;
const LONGEST_NAME = 30;
const titles = /^(?:mr|mrs|ms|mx|miss|dr|prof|professor|sir|madam)\.?\s+/iu;

/** The first name, when it is one that can be spoken. */
function knownName(memory: GreetingMemory): string | undefined {
  const said = memory.entities
    .filter(
      ({ name, replacedAt, confidence }) =>
        name === "customer_name" && replacedAt === undefined && confidence >= SUREST_GUESS,
    )
    .toSorted((a, b) => a.at - b.at)
    .at(-1)?.value;
  const given = memory.profile?.name ?? said;
  return typeof given === "string" ? firstName(given) : undefined;
}

function firstName(given: string): string | undefined {
  const name = given.normalize("NFC").trim();
  // Digits, marks and control characters make no name, whoever put them there.
  if (name.length > LONGEST_NAME || !/^[\p{L}\p{M}'’.,\- ]+$/u.test(name)) return undefined;
  const [last = "", first] = name.split(",", 2);
  const word = (first ?? last).trim().replace(titles, "").split(" ")[0] ?? "";
  if (!/^\p{L}[\p{L}\p{M}'’-]*[\p{L}\p{M}]$/u.test(word)) return undefined;
  const oneCase = word === word.toLowerCase() || word === word.toUpperCase();
  return oneCase ? capitalised(word.toLowerCase()) : word;
}

/** What a talk can have been about, in words that give nothing away; and how it is recognised. */
const topics: readonly (readonly [RegExp, string])[] = [
  [/\b(?:tracking|parcels?|packages?|deliver(?:y|ies)|shipping|shipments?)\b/iu, "your delivery"],
  [/\b(?:orders?|purchases?)\b/iu, "your order"],
  [/\b(?:refunds?|returns?|exchanges?|warranty)\b/iu, "a return"],
  [/\b(?:billing|bills?|invoices?|payments?|charges?)\b/iu, "a payment"],
  [/\b(?:technical|troubleshooting|devices?|setup)\b/iu, "a technical question"],
  [/\b(?:accounts?|password|login)\b/iu, "your account"],
  [/\b(?:subscriptions?)\b/iu, "your subscription"],
  [/\b(?:appointments?|bookings?|reservations?|viewings?)\b/iu, "your appointment"],
  [/\b(?:propert(?:y|ies)|apartments?|houses?|homes?|flats?|villas?|real[_ ]estate)\b/iu, "your search for a home"],
];

function lastTopic({ intent, episodes }: GreetingMemory): string | undefined {
  const told = intent === undefined ? undefined : (topicIn(intent.topic) ?? topicIn(intent.name));
  return told ?? topicIn(episodes.at(-1)?.summary ?? "");
}

/** The first thing in a text that has words of its own here. */
function topicIn(text: string): string | undefined {
  // Ids are written with underscores, which a word would not end at.
  const words = text.replaceAll("_", " ");
  return topics
    .map(([pattern, topic]) => ({ at: words.search(pattern), topic }))
    .filter(({ at }) => at >= 0)
    .toSorted((a, b) => a.at - b.at)[0]?.topic;
}

function capitalised(text: string): string {
  const [first = "", ...rest] = text;
  return first.toUpperCase() + rest.join("");
}
