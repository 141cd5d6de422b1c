import { parsePhoneNumberFromString, type CountryCode } from "libphonenumber-js";
import type { ChannelName } from "./message.ts";

/** An address as a channel gave it, understood as far as it can be. */
export type Address =
  /** `number` is E.164. Numbers that the numbering plan calls impossible are kept as they were given. */
  | { readonly kind: "phone"; readonly number: string }
  /** A short code, an alphanumeric sender, a client name: whatever else a provider delivers. */
  | { readonly kind: "other"; readonly text: string }
  /** The caller does not want to be known. */
  | { readonly kind: "anonymous" };

// What Twilio gives as the number of callers who hide theirs: the words ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN and
// UNAVAILABLE typed on a keypad.
const hidden = new Set([
  "+266696687",
  "+7378742833",
  "+2562533",
  "+8656696",
  "+86282452253",
  "anonymous",
  "restricted",
  "unknown",
  "unavailable",
  "blocked",
  "private",
  "",
]);

/**
 * Reads an address in any spelling: E.164, national in the default country, with punctuation, with a channel prefix,
 * with an extension (which is dropped: whoever answers there is reached by the number).
 */
export function readAddress(raw: string, defaultCountry: string): Address {
  // Numbers that were copied from a screen bring invisible marks and other widths of the same characters along.
  const given = raw
    .normalize("NFKC")
    .replace(/\p{Cf}/gu, "")
    .trim();
  const text = given
    .replace(/^(?:whatsapp|sms|tel|sip|client|rcs):/iu, "")
    .trim()
    .toLowerCase();
  // A hidden caller over SIP is a name at a host that means nothing.
  if (hidden.has(text.replace(/@.*$/u, ""))) return { kind: "anonymous" };
  const looksDialled = /^\+?[\d\s().\-\p{Pd}/]+$/u.test(text);
  if (!looksDialled) return extended(text, defaultCountry) ?? { kind: "other", text };
  const digits = text.replace(/\D/gu, "");
  if (digits === "") return { kind: "anonymous" };
  if (/^\+\d+$/u.test(text)) return { kind: "phone", number: text };
  if (text.startsWith("+")) return { kind: "phone", number: possible(text) ?? `+${digits}` };
  if (digits.length < 7) return { kind: "other", text: digits };
  const number = possible(text, countryOf(defaultCountry)) ?? possible(`+${digits}`);
  return number === undefined ? { kind: "other", text: digits } : { kind: "phone", number };
}

/** The key of the address map. Anonymous callers get one of their own per call (`scope`). */
export function addressKey(address: Address, scope: string): string {
  switch (address.kind) {
    case "phone":
      return `tel:${address.number}`;
    case "other":
      return `other:${address.text}`;
    case "anonymous":
      return `anonymous:${scope}`;
  }
}

/** The public alias of a subject, such as `phone_14155550100`. */
export function aliasOf(address: Address, scope: string): string {
  switch (address.kind) {
    case "phone":
      return `phone_${address.number.slice(1)}`;
    case "other":
      return `other_${address.text.replace(/[^a-z0-9]/gu, escaped)}`;
    case "anonymous":
      return `anonymous_${scope}`;
  }
}

/** The address as a channel dials it, without a prefix. */
export function dialled(address: Address): string | undefined {
  if (address.kind === "phone") return address.number;
  return address.kind === "other" ? address.text : undefined;
}

/**
 * Reads who sent something. On SMS three to eight bare digits are a short code, also where numbers of that country have
 * so few: a number would have come with its country.
 */
export function readSender(raw: string, channel: ChannelName, defaultCountry: string): Address {
  const text = raw.trim();
  if (channel === "sms" && /^\d{3,8}$/u.test(text)) return { kind: "other", text };
  return readAddress(raw, defaultCountry);
}

/** Whether a reply can reach an address on a channel: a text message cannot be sent to a short code, a name, or nobody. */
export function isAnswerable(address: Address, channel: ChannelName): boolean {
  return channel !== "sms" || address.kind === "phone";
}

/** Whether the numbering plan knows numbers as long as an address's; a number that it does not know may still be somebody's. */
export function isPossibleNumber(address: Address): boolean {
  return address.kind === "phone" && possible(address.number) !== undefined;
}

// An alphanumeric sender has eleven characters at most: whoever picks such a name for himself never becomes a number.
const LONGEST_SENDER = 11;
const LONGEST_EXTENDED = 48;
const extension = /^(.*\d)\)?\s{0,3}[,;]?\s{0,3}(?:ext|extension|xtn|x|#)[.:=]?\s{0,3}\d{1,7}$/u;

/** The number before an extension: `+1 415 555 0100 ext. 5`. */
function extended(text: string, defaultCountry: string): Address | undefined {
  if (text.length <= LONGEST_SENDER || text.length > LONGEST_EXTENDED) return undefined;
  const number = extension.exec(text)?.[1];
  const address = number === undefined ? undefined : readAddress(number, defaultCountry);
  return address?.kind === "phone" ? address : undefined;
}

/** The number in E.164, when it has a length that its country knows. */
function possible(text: string, country?: CountryCode): string | undefined {
  const parsed = parsePhoneNumberFromString(text, country);
  return parsed?.isPossible() === true ? parsed.number : undefined;
}

/** Two addresses never share an alias, so what an alias cannot hold is spelled out in it. */
function escaped(character: string): string {
  return `_${character.codePointAt(0)?.toString(16)}_`;
}

function countryOf(code: string): CountryCode {
  // The configuration's schema admits only codes that libphonenumber knows.
  return code.toUpperCase() as CountryCode;
}
