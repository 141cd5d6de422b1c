import { addressKey, aliasOf, readAddress, type Address } from "./address.ts";

/**
 * Whose conversation a name of the library stands for: a phone number in any spelling, or `phone_…`, is that number's;
 * any other name is a subject of its own. Undefined for an empty name.
 */
export function addressOfSession(
  sessionId: string,
  defaultCountry: string,
): { readonly addressKey: string; readonly alias: string } | undefined {
  const name = sessionId.trim();
  if (name === "") return undefined;
  const address = phoneIn(name, defaultCountry) ?? ({ kind: "other", text: `session:${name}` } as const);
  return { addressKey: addressKey(address, ""), alias: aliasOf(address, "") };
}

/** A number without a country code has to be as long as one; a shorter row of digits is somebody's own count. */
const SHORTEST_NATIONAL = 10;

function phoneIn(name: string, defaultCountry: string): Address | undefined {
  const spelled = name.replace(/^phone_\+?/u, "+");
  const address = readAddress(spelled, defaultCountry);
  if (address.kind !== "phone") return undefined;
  const said = spelled.replace(/\D/gu, "");
  return /^\D*\+/u.test(spelled) || said.length >= SHORTEST_NATIONAL ? address : undefined;
}
