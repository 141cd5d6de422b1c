import type { Entry } from "../../core/item.ts";
import type { Extraction } from "../../core/ports/memory-model.ts";
import { intentsOf, type WeighedIntent } from "../intent.ts";
import { plainWords } from "../offline/plain.ts";
import type { EntitySchema } from "./entity-schema.ts";
import { lastingIn } from "./lasting.ts";
import { propertyRules, tellsOfProperty } from "./property-rules.ts";
import { supportRules } from "./support-rules.ts";
import { toldIn, type Told } from "./told.ts";

/** Finds values by their usual names; an agent whose schema uses such a name has it found without a model. */
const rules = { ...supportRules, ...propertyRules };

const SURE = 0.8;

/** What entries tell of the customer, as far as rules can see it. It makes no request to anybody. */
export function extractByRules(entries: readonly Entry[], schema: EntitySchema): Extraction {
  const told = toldIn(entries);
  let dropped = 0;
  const entities = told.flatMap((each) =>
    schema.names.flatMap((name): Extraction["entities"] => {
      const found = Object.hasOwn(rules, name) ? rules[name]?.(each) : undefined;
      if (found === undefined) return [];
      const value = schema.parse(name, found);
      if (value !== undefined) return [{ name, value, confidence: SURE, seq: each.seq }];
      dropped += 1;
      return [];
    }),
  );
  const facts = told.flatMap((each) =>
    lastingIn(each.text).map((fact) => ({ ...fact, seq: each.seq, confidence: SURE })),
  );
  const intent = intentOf(told, schema);
  return { entities, facts, dropped, ...(intent === undefined ? {} : { intent }) };
}

/** The newest thing that the customer seems to want. */
function intentOf(told: readonly Told[], schema: EntitySchema): Extraction["intent"] {
  const searches = schema.names.includes("property_type");
  for (const { text } of told.toReversed()) {
    if (searches && tellsOfProperty(text)) {
      return { name: "property_search", topic: "search for a property", confidence: SURE };
    }
    const [best] = intentsOf(plainWords(text));
    if (best !== undefined && best.confidence >= LEAST) {
      return { name: best.intent, topic: topics[best.intent], confidence: best.confidence };
    }
  }
  return undefined;
}

// A single weak word speaks for nothing yet.
const LEAST = 0.6;

const topics: Readonly<Record<WeighedIntent["intent"], string>> = {
  order: "orders",
  tracking: "delivery",
  billing: "billing",
  technical: "devices",
  policy: "policies",
  account: "account",
  person: "talking to a person",
};
