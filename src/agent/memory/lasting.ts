import type { Fact } from "../../core/memory.ts";
import { nameIn } from "../offline/names.ts";

/** Something that stays true of the customer. */
export type Lasting = Pick<Fact, "type" | "about" | "content">;

/** What a message tells of the customer that stays true: a name, a language, how and when they want to be reached. */
export function lastingIn(text: string): readonly Lasting[] {
  const found: Lasting[] = [];
  const name = nameIn(text);
  if (name !== undefined) found.push({ type: "fact", about: "name", content: `Their name is ${name}.` });
  const language = languageIn(text);
  if (language !== undefined) found.push({ type: "fact", about: "language", content: `Speaks ${language}.` });
  const refused = refusedChannelIn(text);
  if (refused !== undefined)
    found.push({ type: "preference", about: `no_${refused}`, content: `Does not want ${wants[refused]}.` });
  const channel = channelIn(text);
  if (channel !== undefined && channel !== refused)
    found.push({ type: "preference", about: "preferred_channel", content: `Prefers ${wants[channel]}.` });
  const time = timeIn(text);
  if (time !== undefined)
    found.push({ type: "preference", about: "contact_time", content: `Wants to be reached ${time}.` });
  return found;
}

type Way = "texts" | "calls" | "whatsapp" | "mail";

const wants: Readonly<Record<Way, string>> = {
  texts: "text messages",
  calls: "phone calls",
  whatsapp: "WhatsApp messages",
  mail: "e-mail",
};

const way =
  "whats ?app|text(?:s|ed|ing)?|sms|messages?|call(?:s|ed|ing)?|phone(?:d| calls?)?|ring|rung|e-?mails?(?:ed)?";

const prefers = new RegExp(
  String.raw`\b(?:(?:i|we)(?:'d| would|'ll)? (?:really |much |always |generally )?(?:prefer|rather (?:have|get|be)?)|better|please only|only|prefers|best by|reach me by|contact me by)\s+(?:to |be |being |by |via |over |a |an |get |getting |have |on |if you |that you )*(${way})\b`,
  "iu",
);
// "Text me the number" asks for one thing, once; a bare "please text me" tells a habit.
const bidden = new RegExp(
  String.raw`(?:^|[.!?,;]\s*|\b(?:please|just|always|could you|can you|and|then)\s+)(?:please |just |always )*(${way}) me(?:\s+(?:instead|please|from now on|next time|in (?:the )?future|rather|only|always))*\s*(?:[.!?,;]|$)`,
  "iu",
);
const refuses = new RegExp(
  String.raw`\b(?:(?:don't|do not|never|stop|please don't) (?:ever )?(${way})(?: me)?\b|(?:i|we) (?:hate|dislike|don't (?:like|want)|do not (?:like|want)) (?:being |to be |your |getting |any )*(${way})\b|no (more )?(calls|texts|e-?mails|phone calls)\b)`,
  "iu",
);

function channelIn(text: string): Way | undefined {
  return wayOf(prefers.exec(text)?.[1] ?? bidden.exec(text)?.[1]);
}

function refusedChannelIn(text: string): Way | undefined {
  const found = refuses.exec(text);
  return wayOf(found?.[1] ?? found?.[2] ?? found?.[4]);
}

function wayOf(word: string | undefined): Way | undefined {
  if (word === undefined) return undefined;
  if (/^whats/iu.test(word)) return "whatsapp";
  if (/^e-?mail/iu.test(word)) return "mail";
  return /^(?:text|sms|message)/iu.test(word) ? "texts" : "calls";
}

const hour = String.raw`(?:\d{1,2}(?::\d{2})?(?:\s*(?:am|pm|o'clock))?|noon|midday|work|lunch|(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)(?:\s*(?:am|pm|o'clock))?)`;
const when = String.raw`((?:only )?(?:(?:after|before|until|from|at|around) ${hour}|between ${hour} and ${hour}|in the (?:mornings?|afternoons?|evenings?)|on (?:weekdays|weekends|(?:mon|tues|wednes|thurs|fri|satur|sun)days?)|(?:during|over) (?:my )?lunch(?: break)?|at the weekend))`;
const reached = new RegExp(
  String.raw`\b(?:(?:call|phone|ring|reach|text|contact|message)(?: me)?(?: back)?|(?:i'm|i am|i can be) (?:only )?(?:free|available|reachable|reached|home|around)|(?:call|phone|ring|reach|contact) me (?:only|best))\s+(?:only |please |best |any ?time |again )*${when}`,
  "iu",
);

function timeIn(text: string): string | undefined {
  return reached
    .exec(text)?.[1]
    ?.replace(/\bmy lunch\b/iu, "their lunch")
    .toLowerCase();
}

const languages =
  "english|spanish|french|german|italian|portuguese|arabic|chinese|mandarin|cantonese|japanese|korean|russian|polish|dutch|turkish|hindi|urdu|vietnamese|tagalog|greek|hebrew|swedish|ukrainian";
const speaks = new RegExp(
  String.raw`\b(?:(?:i|we) (?:only |mostly |just )?speak|(?:can|could) (?:we|you|i) (?:please )?(?:speak|talk|write|continue|answer)(?: to me)?(?: in)?|(?:please|rather|prefer)(?: \w+)? in|(?:prefer|my (?:first |native )?language is)) (${languages})\b|\b(?:in) (${languages}),? please\b`,
  "iu",
);
const ownWords: readonly (readonly [RegExp, string])[] = [
  [/\b(?:hablo|habla|hablas|hablan) (?:usted )?español\b|\ben español\b/iu, "Spanish"],
  [/\b(?:je parle|parlez[- ]vous|en) français\b/iu, "French"],
  [/\b(?:ich spreche|sprechen sie|auf) deutsch\b/iu, "German"],
  [/\b(?:falo|fala|em) português\b/iu, "Portuguese"],
  [/\b(?:parlo|parla|in) italiano\b/iu, "Italian"],
];

function languageIn(text: string): string | undefined {
  if (/\b(?:don't|do not|can't|cannot) speak\b/iu.test(text)) return undefined;
  const own = ownWords.find(([pattern]) => pattern.test(text))?.[1];
  if (own !== undefined) return own;
  const found = speaks.exec(text);
  const word = found?.[1] ?? found?.[2];
  return word === undefined ? undefined : word.charAt(0).toUpperCase() + word.slice(1).toLowerCase();
}
