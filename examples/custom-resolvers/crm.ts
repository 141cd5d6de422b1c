import { z } from "zod";
import type { Resolved, ResolveRequest, Resolver } from "../../src/index.ts";

/** Where this resolver looks. */
export interface CrmOptions {
  readonly baseUrl: string;
  readonly apiKey: string;
  /** Customers by number, for when the database is away: an export of last night, for example. */
  readonly lastExport: ReadonlyMap<string, Resolved>;
}

/** The platform gives a resolver two seconds in all; the database gets half of them, so that there is time for the list. */
const DATABASE_MS = 1_000;

/**
 * A resolver of your own: it asks a customer database and falls back to a list when that is away. What the three kinds
 * of answer mean to the platform:
 *
 * - a customer: their name and details are what the agent knows of them, and every number with the same `id` is one
 *   conversation; it asks again in a day.
 * - `undefined`: nobody is known by this number, which stays a conversation of its own; it asks again in an hour.
 * - an error: nobody knows. The customer is answered all the same, and it asks again in 1, 5, then every 30 minutes.
 */
export function crmWithList(options: CrmOptions): Resolver {
  return async (request, signal) => {
    try {
      return await askDatabase(options, request, AbortSignal.any([signal, AbortSignal.timeout(DATABASE_MS)]));
    } catch (error) {
      const known = options.lastExport.get(request.address);
      // The list is old: that it knows nobody does not say that there is nobody.
      if (known === undefined) throw error;
      return known;
    }
  };
}

const answer = z.object({ id: z.string(), name: z.string(), tier: z.string() });

async function askDatabase(
  { baseUrl, apiKey }: CrmOptions,
  { address }: ResolveRequest,
  signal: AbortSignal,
): Promise<Resolved | undefined> {
  const response = await fetch(`${baseUrl}/customers/lookup`, {
    method: "POST",
    headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
    body: JSON.stringify({ phone: address }),
    redirect: "error",
    signal,
  });
  if (response.status === 404) return undefined;
  if (!response.ok) throw new Error(`the database answered with status ${response.status}`);
  const { id, name, tier } = answer.parse(await response.json());
  return { id, name, details: { tier } };
}
