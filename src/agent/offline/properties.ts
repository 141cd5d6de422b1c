import type { MemoryValue } from "../../core/memory.ts";
import { propertyRules, tellsOfProperty } from "../memory/property-rules.ts";
import type { Told } from "../memory/told.ts";
import { excuse, lastReply, look, type Desk, type ToolOutput } from "./desk.ts";
import { say, type Step } from "./step.ts";

/** What a search for homes goes by, in the order of the tool's parameters. */
const filters = ["location", "property_type", "bedrooms", "bathrooms", "area", "budget"] as const;
type Filters = Readonly<Record<(typeof filters)[number], MemoryValue | null>>;

/**
 * Searches for homes when the customer tells what they look for, or asks to see some; undefined when the agent has no
 * such tool, or the words are about something else.
 */
export function answerProperty(desk: Desk): Step | undefined {
  if (!desk.tools.has("search_properties")) return undefined;
  const told = { seq: 0, text: desk.talk.words, after: lastReply(desk)?.text ?? "" };
  const wishes = Object.values(propertyRules).some((rule) => rule(told) !== undefined);
  if (!wishes && !tellsOfProperty(told.text) && !asksToSee.test(told.text)) return undefined;
  const args = filtersIn(told, desk);
  const missing = questions.find(([name]) => args[name] === null && desk.known.entities[name] === undefined)?.[1];
  const nothing = filters.every((name) => args[name] === null && desk.known.entities[name] === undefined);
  if (nothing) return say(`Gladly. ${missing ?? "What are you looking for?"}`);
  const looked = look(desk, "search_properties", args);
  if (looked.kind === "ask") return looked.step;
  if (looked.kind !== "known") return say(excuse(looked));
  const found = resultOf(looked.value);
  return say(missing === undefined ? found : `${found} ${missing}`);
}

const asksToSee =
  /\b(?:show|send|find|list|search|what (?:do|have) you (?:have|got)?|do you have|have you got|anything|something|any(?: others?| more)?\b.*\?|options|cheaper|bigger|smaller|homes?)\b/iu;

/** The questions by which the rules know what a short answer is about. */
const questions: readonly (readonly [(typeof filters)[number], string])[] = [
  ["location", "Where should it be?"],
  ["bedrooms", "How many bedrooms do you need?"],
  ["budget", "What is your budget?"],
];

/**
 * What the customer just told; and what they told before in this talk, as long as it is not noted yet. What is noted the
 * tool knows by itself.
 */
function filtersIn(told: Told, desk: Desk): Filters {
  const before: Told[] = [];
  let after = "";
  for (const line of desk.talk.past) {
    if (line.who === "agent" || line.who === "operator") after = line.text;
    if (line.who === "customer") before.push({ seq: 0, text: line.text, after });
  }
  function newest(name: (typeof filters)[number]): MemoryValue | null {
    const rule = propertyRules[name];
    const now = rule?.(told);
    if (now !== undefined || desk.known.entities[name] !== undefined) return now ?? null;
    for (const earlier of before.toReversed()) {
      const value = rule?.(earlier);
      if (value !== undefined) return value;
    }
    return null;
  }
  return {
    location: newest("location"),
    property_type: newest("property_type"),
    bedrooms: newest("bedrooms"),
    bathrooms: newest("bathrooms"),
    area: newest("area"),
    budget: newest("budget"),
  };
}

function resultOf({ total, homes }: ToolOutput<"search_properties">): string {
  const [first, second] = homes.map(({ property_type: type, location, bedrooms, area, price, currency, id }) => {
    const size = bedrooms === 0 ? type : `${bedrooms}-bedroom ${type}`;
    return `a ${size} in ${location} with ${area} square metres for ${amounts.format(price)} ${currency}, number ${id}`;
  });
  if (first === undefined)
    return "I have no home that fits all of that. Would another place, size or budget do as well?";
  if (second === undefined) return `I found one: ${first}.`;
  return `I found ${total}, the least expensive first: ${first}; and ${second}.`;
}

const amounts = new Intl.NumberFormat("en-US");
