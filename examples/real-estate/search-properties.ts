import { z } from "zod";
import { defineTool } from "../../src/index.ts";
import { homes, type Home } from "./homes.ts";

const MOST_SHOWN = 3;

/** What a search goes by. */
const filters = z.object({
  location: z.string().nullish(),
  property_type: z.string().nullish(),
  bedrooms: z.number().nullish(),
  bathrooms: z.number().nullish(),
  area: z.number().nullish(),
  budget: z.number().nullish(),
});
type Filters = z.infer<typeof filters>;

/** Finds homes. What a call leaves open, what the customer told before fills in. */
export const searchProperties = defineTool({
  name: "search_properties",
  description:
    "Search the homes for sale, the least expensive first. Give what the customer just said; null for everything else, which is then taken from what they told before.",
  parameters: z.object({
    location: z.string().nullable().describe("city or district"),
    property_type: z.string().nullable().describe("apartment, villa, townhouse, duplex, studio"),
    bedrooms: z.number().nullable().describe("at least"),
    bathrooms: z.number().nullable().describe("at least"),
    area: z.number().nullable().describe("at least, in square metres"),
    budget: z.number().nullable().describe("the highest price, in EGP"),
  }),
  effect: "reads",
  sameAct: (args) => JSON.stringify(args),
  execute(args, turn) {
    const wanted = wishes(filters.parse(turn.entities), args);
    const found = homes.filter((home) => fits(home, wanted)).toSorted((a, b) => a.price - b.price);
    return Promise.resolve({ filters: wanted, total: found.length, homes: found.slice(0, MOST_SHOWN) });
  },
});

/** What was told before, and over it what was said now. */
function wishes(before: Filters, now: Filters): Filters {
  const said = Object.entries(now).filter(([, value]) => value !== null);
  return { ...before, ...Object.fromEntries(said) };
}

function fits(home: Home, wanted: Filters): boolean {
  return (
    isSame(home.location, wanted.location) &&
    isSame(home.property_type, wanted.property_type) &&
    home.bedrooms >= (wanted.bedrooms ?? 0) &&
    home.bathrooms >= (wanted.bathrooms ?? 0) &&
    home.area >= (wanted.area ?? 0) &&
    home.price <= (wanted.budget ?? Number.POSITIVE_INFINITY)
  );
}

function isSame(has: string, wanted: string | null | undefined): boolean {
  return wanted === null || wanted === undefined || has.toLowerCase() === wanted.toLowerCase();
}
