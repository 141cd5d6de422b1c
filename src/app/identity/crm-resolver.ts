import { ContinuoError } from "../../core/errors.ts";
import type { Resolved, Resolver } from "../../core/ports/resolver.ts";
import { readResolved } from "./resolved.ts";

/** Where a customer database is asked. */
export interface CrmSettings {
  /** The lookup is at `/customers/lookup` under it. */
  readonly baseUrl: string;
  /** Undefined means that it is asked without a key. */
  readonly apiKey: string | undefined;
}

/**
 * The built-in resolver `crm`: `POST {baseUrl}/customers/lookup` with `{ phone, channel, tenant }`. It is answered with
 * 200 and `{ id, name?, … }`, whose other small values become details, or with 404 when nobody is known there.
 * Everything else is a failure, which says nothing of what was in the answer.
 */
export function crmResolver(settings: CrmSettings): Resolver {
  const url = `${settings.baseUrl.replace(/\/+$/u, "")}/customers/lookup`;
  const key: Readonly<Record<string, string>> =
    settings.apiKey === undefined ? {} : { authorization: `Bearer ${settings.apiKey}` };
  return async ({ tenant, address, channel }, signal) => {
    const response = await fetch(url, {
      method: "POST",
      headers: { ...key, "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify({ phone: address, channel, tenant }),
      // A database that points elsewhere would have customers' numbers and the key sent there.
      redirect: "manual",
      signal,
    }).catch((cause: unknown) => {
      throw failed("the customer database cannot be reached", cause);
    });
    if (response.status === 200) return customerIn(await boundedText(response).catch(brokenOff));
    await response.body?.cancel();
    if (response.status === 404) return undefined;
    throw failed(`the customer database answered with status ${response.status}`);
  };
}

const MOST_BYTES = 65_536;

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  if (response.body === null) return "";
  const stream: AsyncIterable<Uint8Array> = response.body;
  for await (const chunk of stream) {
    length += chunk.byteLength;
    // Leaving the loop gives the rest of the answer up.
    if (length > MOST_BYTES) throw failed("the customer database answered with more than 64 KiB");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function brokenOff(cause: unknown): never {
  if (cause instanceof ContinuoError) throw cause;
  throw failed("the customer database broke its answer off", cause);
}

function customerIn(text: string): Resolved {
  const told = jsonIn(text);
  if (typeof told !== "object" || told === null || Array.isArray(told))
    throw failed("the customer database answered with no JSON object");
  const { id, profileId, customerId, name, ...details } = Object.fromEntries<unknown>(Object.entries(told));
  const customer = readResolved({ id: idOf(id ?? profileId ?? customerId), name, details });
  if (customer === undefined) throw failed("the customer database told no id, or no name, that can be used");
  return customer;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What a parser says is wrong quotes the answer, and with it the customer.
    throw failed("the customer database answered with no JSON");
  }
}

/** Databases number their customers, too. */
function idOf(id: unknown): unknown {
  return Number.isSafeInteger(id) ? String(id) : id;
}

function failed(message: string, cause?: unknown): ContinuoError {
  return new ContinuoError("resolver_failed", message, cause === undefined ? {} : { cause });
}
