import { createHash, randomInt } from "node:crypto";
import { parsePhoneNumberFromString } from "libphonenumber-js/mobile";
import { readAddress } from "../core/address.ts";
import { newOutboxId, type SubjectId, type SubjectRef, type TenantId } from "../core/ids.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { CodeIssued, CodeRedeemed } from "../core/ports/codes.ts";
import type { Ledger } from "../core/ports/ledger.ts";

/** What one-time codes stand on. */
export interface OneTimeCodeParts {
  readonly ledger: Pick<Ledger, "codes">;
  readonly clock: Clock;
  /** A text waits in the outbox. */
  readonly onReply: (subjectId: SubjectId) => void;
}

/** A number that somebody is to prove. */
export interface Proof {
  readonly tenant: TenantId;
  /** Who proves it, by the key of an address: `web:…`. */
  readonly by: string;
  /** In E.164. */
  readonly number: string;
}

/** A code to be texted. */
export interface CodeToSend extends Proof {
  /** In whose outbox the text waits. */
  readonly subjectId: SubjectRef["subjectId"];
  /** Our number that it is texted from. */
  readonly from: string;
  /** Who is counted beside the number, and how many codes each of them may cause in an hour. */
  readonly counted: Readonly<Record<string, number>>;
  /** The text that carries the code. */
  readonly text: (code: string) => string;
}

/** How long a code counts, in milliseconds. */
export const CODE_LIFE_MS = 10 * 60_000;

const MOST_TRIES = 5;
const MOST_PER_NUMBER = 3;
const WINDOW_MS = 60 * 60_000;
const DIGITS = 6;

/** Texts a new code; an earlier one for the same proof is void. */
export async function sendCode(parts: OneTimeCodeParts, wish: CodeToSend): Promise<CodeIssued> {
  const now = parts.clock.now();
  const code = String(randomInt(10 ** DIGITS)).padStart(DIGITS, "0");
  const key = keyOf(wish);
  const addressKey = `tel:${wish.number}`;
  const issued = await parts.ledger.codes.issue({
    tenant: wish.tenant,
    key,
    counted: [addressKey, ...Object.keys(wish.counted)],
    most: MOST_PER_NUMBER,
    mostOf: wish.counted,
    windowMs: WINDOW_MS,
    codeHash: hashOf(key, code),
    expiresAt: now + CODE_LIFE_MS,
    text: {
      id: newOutboxId(now),
      subjectId: wish.subjectId,
      channel: "sms",
      to: wish.number,
      from: wish.from,
      addressKey,
      body: wish.text(code),
    },
    now,
  });
  if (issued.kind === "issued") parts.onReply(wish.subjectId);
  return issued;
}

/** Takes a code as somebody typed it. What cannot be a code at all costs no try. */
export async function redeemCode(parts: OneTimeCodeParts, proof: Proof, typed: string): Promise<CodeRedeemed> {
  const code = typed.normalize("NFKC").replace(/[\s\p{Pd}.]/gu, "");
  if (!/^\d{6}$/u.test(code)) return { kind: "refused", why: "wrong" };
  const key = keyOf(proof);
  return await parts.ledger.codes.redeem({
    tenant: proof.tenant,
    key,
    codeHash: hashOf(key, code),
    mostTries: MOST_TRIES,
    now: parts.clock.now(),
  });
}

/** The number in E.164 when a text can reach a person there; undefined for landlines, service numbers and typing errors. */
export function mobileNumber(raw: string, defaultCountry: string): string | undefined {
  const address = readAddress(raw, defaultCountry);
  if (address.kind !== "phone") return undefined;
  return parsePhoneNumberFromString(address.number)?.isValid() === true ? address.number : undefined;
}

function keyOf({ by, number }: Proof): string {
  return `${by}/tel:${number}`;
}

function hashOf(key: string, code: string): string {
  return createHash("sha256").update(`${key}/${code}`).digest("hex");
}
