import { addressKey, isPossibleNumber, readAddress, type Address } from "../../core/address.ts";
import { subjectId, type SubjectId, type TenantId } from "../../core/ids.ts";
import type { SubjectRecord, Subjects } from "../../core/ports/ledger.ts";

/** Whom a name that a person wrote means. */
export type Meant =
  | { readonly kind: "known"; readonly subject: SubjectRecord }
  /** Nobody has what it was understood as, as a sentence. */
  | { readonly kind: "unknown"; readonly understood: string }
  /** It can be nobody's; how it was understood, as a sentence for whoever wrote it. */
  | { readonly kind: "malformed"; readonly understood: string };

/** The tenant's subject that a person means: by its id, by its alias, or by a phone number in any spelling. */
export async function whomMeant(
  subjects: Pick<Subjects, "find" | "get">,
  where: { readonly tenant: TenantId; readonly defaultCountry: string },
  name: string,
): Promise<Meant> {
  const { tenant, defaultCountry } = where;
  const read = readName(name, defaultCountry);
  if (read.kind === "nobody") return { kind: "malformed", understood: read.understood };
  const id = read.kind === "id" ? read.subjectId : await subjects.find(tenant, read.addressKey);
  const subject = id === undefined ? undefined : await subjects.get({ tenant, subjectId: id });
  if (subject !== undefined) return { kind: "known", subject };
  // Providers deliver numbers that cannot be, so that even such a one is looked for first.
  if (read.kind === "address" && read.doubt !== undefined) return { kind: "malformed", understood: read.doubt };
  const understood = read.kind === "id" ? read.subjectId : read.addressKey.replace(/^(?:tel|other):/u, "");
  return { kind: "unknown", understood: `Nobody is known as ${understood}.` };
}

type Name =
  | { readonly kind: "id"; readonly subjectId: SubjectId }
  | {
      readonly kind: "address";
      readonly addressKey: string;
      /** Why it is probably not what was meant. */
      readonly doubt?: string;
    }
  | { readonly kind: "nobody"; readonly understood: string };

const LONGEST = 256;
const HOW =
  "Give a phone number with its country code, such as +14155550100, an alias such as phone_14155550100, or a subject's id.";

function readName(name: string, defaultCountry: string): Name {
  const text = name.trim();
  if (text === "") return nobody("The name is empty.");
  if (text.length > LONGEST)
    return nobody(`The name has ${text.length} characters, and no name has more than ${LONGEST}.`);
  if (/\p{Cc}/u.test(text)) return nobody("The name has control characters in it.");
  if (text.startsWith("sub_")) return { kind: "id", subjectId: subjectId(text) };
  const alias = aliasedKey(text);
  if (alias !== undefined) return { kind: "address", addressKey: alias };
  return readSpelled(text.replace(/^phone_\+?/u, "+"), defaultCountry);
}

/** The key that an alias stands for which is no number's; see `aliasOf`. */
function aliasedKey(text: string): string | undefined {
  const [, kind = "", rest = ""] = /^(web|anonymous|other)_(.+)$/u.exec(text) ?? [];
  if (kind === "") return undefined;
  return `${kind}:${kind === "other" ? rest.replaceAll(/_([0-9a-f]{1,6})_/gu, unescaped) : rest}`;
}

function unescaped(whole: string, hex: string): string {
  const code = Number.parseInt(hex, 16);
  return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
}

function readSpelled(text: string, defaultCountry: string): Name {
  const address = readAddress(text, defaultCountry);
  if (!/[\p{L}\p{N}]/u.test(text)) return nobody(`${quoted(text)} is no number and no name.`);
  if (address.kind === "anonymous") {
    return nobody(
      `${quoted(text)} was understood as a caller who hides the number, and each call of such is a customer of its own.`,
    );
  }
  const doubt = doubtAbout(text, address, defaultCountry);
  return { kind: "address", addressKey: addressKey(address, ""), ...(doubt === undefined ? {} : { doubt }) };
}

function doubtAbout(text: string, address: Address, defaultCountry: string): string | undefined {
  if (isPossibleNumber(address)) return undefined;
  if (address.kind === "phone")
    return `${quoted(text)} was understood as ${address.number}, which is no possible phone number. ${HOW}`;
  const digits = address.kind === "other" ? address.text : "";
  if (!/^\d+$/u.test(digits) || /^\d{3,8}$/u.test(digits)) return undefined;
  return `${quoted(text)} was understood as the digits ${digits}, which are no phone number in ${defaultCountry} and no short code. ${HOW}`;
}

function nobody(why: string): Name {
  return { kind: "nobody", understood: `${why} ${HOW}` };
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 39)}…` : text);
}
