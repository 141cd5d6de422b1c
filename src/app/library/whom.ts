import { ContinuoError } from "../../core/errors.ts";
import type { SubjectRef } from "../../core/ids.ts";
import { subjectId } from "../../core/ids.ts";
import type { SubjectRecord } from "../../core/ports/ledger.ts";
import { addressOfSession } from "../../core/session-name.ts";
import type { Platform } from "../platform.ts";
import type { TenantSettings } from "../tenants.ts";

/** A customer as the library reaches them. */
export interface Whom extends SubjectRef {
  /** One of their addresses: what they say comes from there. */
  readonly addressKey: string;
  readonly alias: string;
}

/** What looking customers up stands on. */
export interface WhomParts {
  readonly platform: Pick<Platform, "ledger" | "clock" | "customers" | "identity">;
  readonly tenant: TenantSettings;
  /** Aborts when nothing new is to be begun. */
  readonly stop: AbortSignal;
}

/**
 * The customer that a name stands for: a phone number in any spelling, a subject's id, an alias, or any other name,
 * which is a customer of its own. Undefined when nobody is known by it. Rejects with `bad_request` for what is no name.
 */
export async function findWhom({ platform, tenant, stop }: WhomParts, name: string): Promise<Whom | undefined> {
  stop.throwIfAborted();
  const { ledger, customers } = platform;
  const text = checkedName(name);
  if (text.startsWith(ID)) {
    const subject = await ledger.subjects.get({ tenant: tenant.id, subjectId: subjectId(text) });
    return subject === undefined ? undefined : whomOf(subject);
  }
  if (/^(?:web|anonymous|other)_./u.test(text)) {
    const named = await customers.find(tenant.id, text);
    const subject = named.kind === "known" ? await ledger.subjects.get(named.who) : undefined;
    if (subject !== undefined) return whomOf(subject);
  }
  const address = addressOf(text, tenant);
  const found = await ledger.subjects.find(tenant.id, address.addressKey);
  return found === undefined ? undefined : { tenant: tenant.id, subjectId: found, ...address };
}

/** The same; whoever is not known is from now on. Rejects with `not_found` for a subject's id that is nobody's. */
export async function findOrMakeWhom(parts: WhomParts, name: string): Promise<Whom> {
  const found = await findWhom(parts, name);
  if (found !== undefined) return found;
  const { platform, tenant } = parts;
  const text = checkedName(name);
  if (text.startsWith(ID)) throw nobody();
  const address = addressOf(text, tenant);
  const now = platform.clock.now();
  const made = await platform.ledger.subjects.findOrMake({
    ...address,
    tenant: tenant.id,
    session: tenant.session,
    now,
  });
  return { tenant: tenant.id, subjectId: made, ...address };
}

/**
 * The customer of a session when the caller says who the user is as well: the two names are one person's from now on.
 * Rejects with `bad_request` when the session's name is another customer's already, or both are phone numbers.
 */
export async function whomOfUser(
  parts: WhomParts,
  named: { readonly sessionId: string; readonly userId: string | undefined },
): Promise<Whom> {
  const { sessionId, userId = "" } = named;
  if (userId.trim() === "") return await findOrMakeWhom(parts, sessionId);
  const [session, user] = await Promise.all([findWhom(parts, sessionId), findWhom(parts, userId)]);
  if (session !== undefined && session.subjectId === user?.subjectId) return session;
  const [sessionIsNumber, userIsNumber] = [isNumber(parts, sessionId), isNumber(parts, userId)];
  if (sessionIsNumber && userIsNumber) {
    if (addressOf(sessionId, parts.tenant).addressKey === addressOf(userId, parts.tenant).addressKey)
      return await findOrMakeWhom(parts, sessionId);
    throw refused("the session and the user are two phone numbers; merge() makes two numbers one customer's");
  }
  const [main, extra] = sessionIsNumber ? [sessionId, userId] : [userId, sessionId];
  return await joined(parts, { main: await findOrMakeWhom(parts, main), extra });
}

/** An address of a customer as a channel spells it: a number in E.164, or the name that a program gave. */
export function addressText(addressKey: string): string {
  return addressKey.replace(/^other:session:|^[a-z]+:/u, "");
}

/** A customer's name for whoever uses the library: the number in E.164, else the name they were given, else the alias. */
export function customerName(subject: Pick<SubjectRecord, "addressKeys" | "alias">): string {
  const { addressKeys, alias } = subject;
  const key = addressKeys.find((one) => one.startsWith(NUMBER)) ?? addressKeys.find((one) => one.startsWith(NAME));
  return key === undefined ? alias : addressText(key);
}

/** The refusal of a name that is nobody's. */
export function nobody(): ContinuoError {
  return new ContinuoError("not_found", "there is no such customer");
}

const ID = "sub_";
const NUMBER = "tel:";
const NAME = "other:session:";
const LONGEST = 256;

function checkedName(name: string): string {
  const text = name.trim();
  if (text === "" || text.length > LONGEST || /\p{Cc}/u.test(text))
    throw refused(`the name of a session or a customer has 1 to ${LONGEST} characters, and no control characters`);
  return text;
}

function addressOf(name: string, tenant: TenantSettings): Pick<Whom, "addressKey" | "alias"> {
  const address = addressOfSession(name, tenant.defaultCountry);
  if (address === undefined) throw refused("the name of a session or a customer is empty");
  return address;
}

function isNumber({ tenant }: WhomParts, name: string): boolean {
  return !name.trim().startsWith(ID) && addressOf(name, tenant).addressKey.startsWith(NUMBER);
}

/** Somebody who was found by another name than an address speaks from one of theirs. What a resolver calls them is none. */
function whomOf(subject: SubjectRecord): Whom {
  const { tenant, id, alias, addressKeys } = subject;
  const own = addressKeys.filter((key) => !key.startsWith("ext:"));
  const addressKey = own.find((key) => key.startsWith(NUMBER)) ?? own[0];
  if (addressKey === undefined) throw nobody();
  return { tenant, subjectId: id, addressKey, alias };
}

async function joined(
  { platform, tenant }: WhomParts,
  { main, extra }: { readonly main: Whom; readonly extra: string },
): Promise<Whom> {
  const { ledger, identity } = platform;
  const { addressKey, alias } = addressOf(extra, tenant);
  const holder = await ledger.subjects.find(tenant.id, addressKey);
  const known = holder === undefined ? undefined : await ledger.subjects.get({ tenant: tenant.id, subjectId: holder });
  // A name that is tied to nobody may be claimed; one that is would bring two people's conversations together.
  if (known?.addressKeys.some((key) => key !== addressKey) === true)
    throw refused("the session is another customer's; take another name for it, or merge the two customers");
  const { subjectId: self } = main;
  const result = await identity.joinAddress({ tenant: tenant.id, subjectId: self, addressKey, alias, by: "library" });
  if (result.kind === "refused") throw refused(result.sentence);
  return { ...main, subjectId: result.subjectId };
}

function refused(why: string): ContinuoError {
  return new ContinuoError("bad_request", why);
}
