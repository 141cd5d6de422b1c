import { amountIn, areaIn, countIn, numbersWritten } from "./property-numbers.ts";
import type { ValueRule } from "./support-rules.ts";
import { isTakenBack, type Told } from "./told.ts";

/** What a real-estate agent notes. */
export const propertyRules: Readonly<Record<string, ValueRule>> = {
  budget: budgetIn,
  location: locationIn,
  property_type: ({ text }) => typeIn(text),
  bedrooms: ({ text, after }) =>
    countIn(text, String.raw`bed(?:room)?s?|bdrms?|bdrs?|br`) ?? bareCount(text, after, /\bbed ?rooms?\b/iu),
  bathrooms: ({ text, after }) =>
    countIn(text, String.raw`bath(?:room)?s?|ba`) ?? bareCount(text, after, /\bbath ?rooms?\b/iu),
  area: ({ text }) => areaIn(text),
  urgency: ({ text }) => urgencyIn(text),
  payment_method: ({ text }) => paymentIn(text),
};

/** Whether a message is about finding a home. */
export function tellsOfProperty(text: string): boolean {
  return (
    typeIn(text) !== undefined ||
    /\b(?:bed ?rooms?|bath ?rooms?|propert(?:y|ies)|real estate|square met(?:er|re)s?|sqm|to (?:buy|rent) (?:a|an|in)|budget)\b/iu.test(
      text,
    )
  );
}

const types: readonly (readonly [RegExp, string])[] = [
  [/\b(?:apartments?|flats?|condos?|appartments?|apartements?)\b/giu, "apartment"],
  [/\b(?:town ?houses?|terraced houses?)\b/giu, "townhouse"],
  [/\bvillas?\b/giu, "villa"],
  [/\bstudios?\b/giu, "studio"],
  [/\bduplex(?:es)?\b/giu, "duplex"],
  [/\bpenthouses?\b/giu, "penthouse"],
  [/\bchalets?\b/giu, "chalet"],
  [/\b(?:offices?|office space)\b/giu, "office"],
  [/\b(?<!town ?)(?:houses?|bungalows?|cottages?)\b/giu, "house"],
];

function typeIn(text: string): string | undefined {
  let last: { readonly at: number; readonly type: string } | undefined;
  for (const [pattern, type] of types) {
    for (const { index } of text.matchAll(pattern)) {
      if (!isTakenBack(text, index) && index >= (last?.at ?? 0)) last = { at: index, type };
    }
  }
  return last?.type;
}

function budgetIn({ text, after }: Told): number | undefined {
  const amount = amountIn(text);
  if (amount !== undefined) return amount;
  if (!/\b(?:budget|price|spend|afford)\b/iu.test(after)) return undefined;
  const bare = /^\D{0,20}?(\d[\d,. ]*)\D{0,12}$/u.exec(numbersWritten(text))?.[1]?.replaceAll(/\D/gu, "");
  return bare === undefined || bare === "" ? undefined : Number(bare);
}

/** A number alone that answers the question how many there should be. */
function bareCount(text: string, after: string, asked: RegExp): number | undefined {
  if (!asked.test(after)) return undefined;
  const bare =
    /^(?:(?:i|we|at least|about|maybe|just|only|need|want|say|ok|um+|uh+|er+|well|yes|oh)\b[\s,.]*)*(\d{1,2})\b\D{0,20}$/iu.exec(
      numbersWritten(text).trim(),
    )?.[1];
  return bare === undefined ? undefined : Number(bare);
}

const urgencies: readonly (readonly [RegExp, (found: RegExpExecArray) => string])[] = [
  [/\b(?:asap|as soon as possible|right away|immediately|urgent(?:ly)?|in a hurry)\b/iu, () => "as soon as possible"],
  [
    /\b(?:no (?:rush|hurry)|not (?:urgent|in a hurry|in a rush)|take (?:your|my) time|whenever|just looking)\b/iu,
    () => "no rush",
  ],
  [
    /\b(within|in|over|during)\s+(?:the )?(next )?(\d{1,2}|a few|a couple of|couple of)?\s*(day|week|month|year)s?\b/iu,
    ([, word = "", next, count, unit = ""]) => {
      const span = count === undefined ? `the next ${unit}` : `${count} ${unit}${count === "1" ? "" : "s"}`;
      return `${word.toLowerCase() === "in" && next === undefined ? "in" : "within"} ${span}`.toLowerCase();
    },
  ],
  [
    /\b(?:by|before|until) (?:the end of )?(?:(?:next|this) (?:week|month|year|spring|summer|autumn|fall|winter)|january|february|march|april|may|june|july|august|september|october|november|december|christmas)\b/iu,
    ([all]) => all.toLowerCase(),
  ],
  [/\b(?:next|this) (?:week|month|year|spring|summer|autumn|fall|winter)\b/iu, ([all]) => all.toLowerCase()],
];

function urgencyIn(text: string): string | undefined {
  const written = numbersWritten(text);
  const relaxed = urgencies[1]?.[0].test(written) === true ? urgencies.slice(1) : urgencies;
  for (const [pattern, say] of relaxed) {
    const found = pattern.exec(written);
    if (found !== null) return say(found);
  }
  return undefined;
}

const payments: readonly (readonly [RegExp, string])[] = [
  [/\b(?:in cash|cash|up ?front|in full)\b/giu, "cash"],
  [/\b(?:instal?lments?|monthly payments|payment plan|pay(?:ing)? (?:it )?over)\b/giu, "installments"],
  [/\b(?:mortgage|bank loan|home loan|loan|financ(?:e|ing))\b/giu, "mortgage"],
];

function paymentIn(text: string): string | undefined {
  let last: { readonly at: number; readonly method: string } | undefined;
  for (const [pattern, method] of payments) {
    for (const { index } of text.matchAll(pattern)) {
      if (!isTakenBack(text, index) && index >= (last?.at ?? 0)) last = { at: index, method };
    }
  }
  return last?.method;
}

/** A place by its name: what follows "in" or "near", or a short answer to the question where. */
function locationIn({ text, after }: Told): string | undefined {
  let last: string | undefined;
  for (const { index, 1: word = "", 2: words = "" } of text.matchAll(placed)) {
    if (isTakenBack(text, index)) continue;
    // Without a capital, only "in" is followed by a place more often than by something else.
    if (word.toLowerCase() === "in" || /^\p{Lu}/u.test(words)) last = placeName(words) ?? last;
  }
  if (last !== undefined || !asksWhere.test(after)) return last;
  const bare = text.trim().replace(opening, "").replace(ending, "");
  return bare.split(/\s+/u).length <= MOST_PLACE_WORDS && !text.trim().endsWith("?") ? placeName(bare) : undefined;
}

const asksWhere =
  /\b(?:where|(?:which|what) (?:area|city|district|part|neighbou?rhood|town|place)|location)\b[^.!?]*\?/iu;
const opening = /^(?:(?:um+|uh+|well|maybe|i think|probably|the|ok|oh|yes|in|near|around)[\s,]+)+/iu;
const ending = /[\s.!,]+(?:please|thanks|thank you|i think|maybe)?[\s.!]*$/iu;
// The words are only looked at, because one of them may be another "in".
const placed = /\b(in|near|around|close to|next to|at|towards)\s+(?=(\p{L}[\p{L}'-]*(?:\s+\p{L}[\p{L}'-]*){0,2}))/giu;

const MOST_PLACE_WORDS = 3;

/** The words of a name, up to the first that belongs to no name; undefined when the first already does not. */
function placeName(words: string): string | undefined {
  const name: string[] = [];
  for (const word of words.split(/\s+/u)) {
    if (ordinary.has(word.toLowerCase()) || /^\p{Ll}+(?:ing|ed|ly)$/u.test(word)) break;
    name.push(word.charAt(0).toUpperCase() + word.slice(1));
  }
  return name.length === 0 ? undefined : name.slice(0, MOST_PLACE_WORDS).join(" ");
}

/** Words that follow "in" and name no place. */
const ordinary = new Set(
  "in near at around towards close a an the i i'm my our your this that these those it me us we you he she they there here which what where when who how and or but with for under up to of on by at from is are was be been have has had can could would should will do does did please thanks thank ok okay yes no not actually maybe about around within over below between less more than least most max maximum any some all each every cash installments instalments installment full advance total person general case fact time hurry rush order need want looking look find show search something anything nothing good nice great big small large quiet safe new-build mind touch love two three four five six seven eight nine ten one half couple few next last day days week weeks month months year years spring summer autumn fall winter january february march april may june july august september october november december monday tuesday wednesday thursday friday saturday sunday apartment apartments flat flats house houses villa villas studio studios duplex penthouse townhouse chalet office bedroom bedrooms bathroom bathrooms budget price area city town place location neighbourhood neighborhood district million thousand egp usd dollars euros pounds sqm meters metres square preferably ideally also too now soon asap urgent urgently because since so if then just only even".split(
    " ",
  ),
);
