import { parsePhoneNumberFromString, type CountryCode } from "libphonenumber-js";

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
const hidden = new Set(["+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253", "anonymous", "restricted", "unknown", "unavailable", "blocked", "private", ""]);

/** Reads an address in any spelling: E.164, national in the default country, with punctuation, with a channel prefix. */
export function readAddress(raw: string, defaultCountry: string): Address {
  const text = raw.trim().replace(/^(whatsapp|sms|tel|sip|client|rcs):/iu, "").trim();
  if (hidden.has(text.toLowerCase())) return { kind: "anonymous" };
  const looksDialled = /^\+?[\d\s().\-/]+$/u.test(text);
  if (!looksDialled) return { kind: "other", text: text.toLowerCase() };
  const digits = text.replace(/\D/gu, "");
  if (digits === "") return { kind: "anonymous" };
  if (text.startsWith("+")) return { kind: "phone", number: `+${digits}` };
  if (digits.length < 7) return { kind: "other", text: digits };
  const parsed = parsePhoneNumberFromString(text, countryOf(defaultCountry));
  if (parsed?.isPossible() === true) return { kind: "phone", number: parsed.number };
  const international = parsePhoneNumberFromString(`+${digits}`);
  if (international?.isPossible() === true) return { kind: "phone", number: international.number };
  return { kind: "other", text: digits };
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
      return `other_${address.text.replace(/[^a-z0-9]+/gu, "_")}`;
    case "anonymous":
      return `anonymous_${scope}`;
  }
}

/** The address as a channel dials it, without a prefix. */
export function dialled(address: Address): string | undefined {
  if (address.kind === "phone") return address.number;
  return address.kind === "other" ? address.text : undefined;
}

function countryOf(code: string): CountryCode {
  // The configuration's schema admits only codes that libphonenumber knows.
  return code.toUpperCase() as CountryCode;
}
