import { createHmac } from "node:crypto";
import { parsePhoneNumberFromString } from "libphonenumber-js/mobile";
import { aliasOf } from "../../core/address.ts";
import type { SubjectRef } from "../../core/ids.ts";
import type { CodeConfirmed, CodeGiven, CodeSent, CodeWish, Visitor } from "../../http/chat-parts.ts";
import { CODE_LIFE_MS, mobileNumber, redeemCode, sendCode } from "../one-time-code.ts";
import type { TenantSettings } from "../tenant-settings.ts";
import { subjectOf, visitorAlias, visitorKey, type ChatDeskParts } from "./desk-parts.ts";
import { readProof, signProof } from "./visitor-token.ts";

/** What proving a number stands on. */
export interface ProvingParts extends ChatDeskParts {
  readonly secret: () => Promise<string>;
}

/** Codes that one visitor, and everybody behind one network address, may ask for in an hour. */
const MOST_PER_VISITOR = 5;
const MOST_PER_NETWORK = 10;
/** How long a right code waits for a turn of one of the two conversations to end. */
const PATIENCE_MS = 5_000;
const LOOK_AGAIN_MS = 250;

/** Texts a one-time code to the number that a visitor says is theirs. Whether anybody is known by it is not told. */
export async function sendVisitorCode(parts: ProvingParts, visitor: Visitor, wish: CodeWish): Promise<CodeSent> {
  const tenant = parts.tenants.of(visitor.tenant);
  if (tenant === undefined) return { kind: "unavailable" };
  const number = mobileNumber(wish.phone, tenant.defaultCountry);
  if (number === undefined) return { kind: "bad_number" };
  const from = senderFor(tenant, number);
  if (from === undefined) return { kind: "unavailable" };
  const who = await subjectMade(parts, visitor, tenant);
  const numbers = await numbersOf(parts, who);
  if (numbers.includes(number)) return { kind: "proven" };
  if (numbers.length > 0) return { kind: "other_number" };
  const by = visitorKey(visitor.id);
  const network = createHmac("sha256", await parts.secret())
    .update(`network/${wish.network}`)
    .digest("base64url");
  const issued = await sendCode(parts, {
    tenant: tenant.id,
    by,
    number,
    subjectId: who.subjectId,
    from,
    counted: { [by]: MOST_PER_VISITOR, [`net:${network.slice(0, 22)}`]: MOST_PER_NETWORK },
    text: (code) => codeText(code, { tenant, host: wish.host }),
  });
  parts.onCommit();
  if (issued.kind === "limited") return { kind: "limited", retryAt: issued.retryAt };
  // Of a number that opted out nothing is told to somebody who may only have guessed it.
  return { kind: "sent", expiresInMs: CODE_LIFE_MS };
}

/** The code waits in the visitor's own outbox, also when they have said nothing yet. */
async function subjectMade(parts: ProvingParts, visitor: Visitor, tenant: TenantSettings): Promise<SubjectRef> {
  const subjectId = await parts.ledger.subjects.findOrMake({
    tenant: visitor.tenant,
    addressKey: visitorKey(visitor.id),
    alias: visitorAlias(visitor.id),
    session: tenant.session,
    now: parts.clock.now(),
  });
  return { tenant: visitor.tenant, subjectId };
}

/** Takes a visitor's code; when it is right, the number's conversation and theirs become one. */
export async function confirmVisitorCode(
  parts: ProvingParts,
  visitor: Visitor,
  given: CodeGiven,
): Promise<CodeConfirmed> {
  const tenant = parts.tenants.of(visitor.tenant);
  const number = tenant === undefined ? undefined : mobileNumber(given.phone, tenant.defaultCountry);
  if (number === undefined) return { kind: "bad_number" };
  const who = await subjectOf(parts, visitor);
  if (who === undefined) return { kind: "expired" };
  const numbers = await numbersOf(parts, who);
  if (numbers.includes(number)) return { kind: "proven" };
  if (numbers.length > 0) return { kind: "other_number" };
  const secret = await parts.secret();
  const proof = { visitorId: visitor.id, number };
  const provenAt = given.proof === undefined ? undefined : readProof(given.proof, proof, secret);
  if (provenAt === undefined || provenAt + CODE_LIFE_MS < parts.clock.now()) {
    const redeemed = await redeemCode(
      parts,
      { tenant: visitor.tenant, by: visitorKey(visitor.id), number },
      given.code,
    );
    if (redeemed.kind === "refused") return { kind: redeemed.why === "unknown" ? "expired" : redeemed.why };
    const { tenant: id, subjectId } = who;
    const event = { name: "address_proven", tenant: id, subjectId, channel: "web" } as const;
    await parts.ledger.events.add([event], parts.clock.now());
    parts.onCommit();
  }
  if (await join(parts, visitor, number)) return { kind: "proven" };
  return { kind: "busy", proof: signProof(proof, { secret, now: provenAt ?? parts.clock.now() }) };
}

/** Makes the two conversations one as soon as nobody is in the middle of a turn; false when that takes too long. */
async function join(parts: ProvingParts, visitor: Visitor, number: string): Promise<boolean> {
  const addressKey = `tel:${number}`;
  const alias = aliasOf({ kind: "phone", number }, "");
  const until = parts.clock.now() + PATIENCE_MS;
  for (;;) {
    const who = await subjectOf(parts, visitor);
    if (who === undefined) return false;
    const joined = await parts.joinAddress({ ...who, addressKey, alias, by: "web_chat" });
    parts.onCommit();
    if (joined === "joined") return true;
    if (parts.clock.now() >= until) return false;
    await parts.clock.sleep(LOOK_AGAIN_MS);
  }
}

/** A shared computer must not make one person of two: whose conversation has a number already keeps it. */
async function numbersOf(parts: ProvingParts, who: SubjectRef): Promise<readonly string[]> {
  const subject = await parts.ledger.subjects.get(who);
  return (subject?.addressKeys ?? []).filter((key) => key.startsWith("tel:")).map((key) => key.slice("tel:".length));
}

/** The number of ours that texts a customer: one of their country where there is one. */
function senderFor(tenant: TenantSettings, number: string): string | undefined {
  const code = parsePhoneNumberFromString(number)?.countryCallingCode;
  const ours = tenant.numbers.filter((one) => one.startsWith("+"));
  return ours.find((one) => parsePhoneNumberFromString(one)?.countryCallingCode === code) ?? ours[0];
}

/** What the text says. Browsers that read the last line fill the code in by themselves, on that host only. */
function codeText(code: string, about: { readonly tenant: TenantSettings; readonly host: string | undefined }): string {
  const name = businessName(about.tenant);
  const words = `${code} is your code${name === undefined ? "" : ` for ${name}`}. Never share it.`;
  const fillsIn = about.host !== undefined && /^[a-z\d-]+(?:\.[a-z\d-]+)*\.[a-z][a-z\d-]*$/iu.test(about.host);
  return fillsIn ? `${words}\n\n@${about.host} #${code}` : words;
}

/** What a tenant is called; undefined when it has no name but the one that nobody chose. */
export function businessName(tenant: Pick<TenantSettings, "id" | "name">): string | undefined {
  return tenant.name === "default" ? undefined : tenant.name;
}
