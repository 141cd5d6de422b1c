import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { TenantId } from "../../core/ids.ts";

/** What a token says, when it is one of ours. */
export interface ReadToken {
  readonly visitorId: string;
  /** Milliseconds since 1970. */
  readonly issuedAt: number;
}

const form = /^v1\.(?<tenant>.{1,256})\.(?<id>[0-9a-f]{32})\.(?<at>\d{1,15})\.(?<mac>[\w-]{43})$/u;

/** A visitor nobody has met: 128 random bits in hexadecimal. */
export function newVisitorId(): string {
  return randomBytes(16).toString("hex");
}

/** The token that names a visitor of a tenant. */
export function signToken(
  visitor: { readonly tenant: TenantId; readonly visitorId: string },
  options: { readonly secret: string; readonly now: number },
): string {
  // A tenant's name may hold what a header cannot.
  const said = `v1.${encodeURIComponent(visitor.tenant)}.${visitor.visitorId}.${Math.floor(options.now)}`;
  return `${said}.${macOf(said, options.secret)}`;
}

/** Reads a token of a tenant; undefined for everything that we did not sign for it. Its age is the caller's business. */
export function readToken(token: string, tenant: TenantId, secret: string): ReadToken | undefined {
  const found = form.exec(token)?.groups;
  if (found === undefined) return undefined;
  const mac = found["mac"] ?? "";
  const genuine = sameMac(mac, macOf(token.slice(0, -1 - mac.length), secret));
  if (!genuine || found["tenant"] !== encodeURIComponent(tenant)) return undefined;
  return { visitorId: found["id"] ?? "", issuedAt: Number(found["at"]) };
}

/** What a visitor is given who proved a number, until the two conversations are one. */
export function signProof(
  proof: { readonly visitorId: string; readonly number: string },
  options: { readonly secret: string; readonly now: number },
): string {
  const at = String(Math.floor(options.now));
  return `${at}.${macOf(`proof/${proof.visitorId}/${proof.number}/${at}`, options.secret)}`;
}

/** When a number was proven by a visitor, in milliseconds since 1970; undefined when it was not. */
export function readProof(
  given: string,
  proof: { readonly visitorId: string; readonly number: string },
  secret: string,
): number | undefined {
  const [at = "", mac = ""] = given.split(".", 2);
  if (!/^\d{1,15}$/u.test(at)) return undefined;
  const genuine = sameMac(mac, macOf(`proof/${proof.visitorId}/${proof.number}/${at}`, secret));
  return genuine ? Number(at) : undefined;
}

function macOf(said: string, secret: string): string {
  return createHmac("sha256", secret).update(said).digest("base64url");
}

function sameMac(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)];
  return one.length === other.length && timingSafeEqual(one, other);
}
