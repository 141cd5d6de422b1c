import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { Form } from "./form.ts";

/** What a signature has to be checked against. */
export interface SignedRequest {
  /** The auth tokens that may have signed; two while one replaces the other. */
  readonly tokens: readonly string[];
  /** The URL exactly as Twilio was given it; a fragment is never signed. */
  readonly url: string;
  /** The form of a POST; absent for GET, JSON and handshakes. */
  readonly form?: Form;
}

/** Signs a request as Twilio does: the base64 HMAC-SHA1 of the URL, followed by every name and value of the form in the order of the names. */
export function sign(token: string, url: string, form?: Form): string {
  return createHmac("sha1", token).update(signedText(url, form)).digest("base64");
}

/** Whether one of the tokens made this signature; an absent one never matches. Takes equally long however much of it is right. */
export function verify(signature: string | undefined, request: SignedRequest): boolean {
  if (signature === undefined || signature.length !== SIGNATURE_LENGTH) return false;
  const given = Buffer.from(signature);
  // A character outside ASCII is longer in bytes than in letters.
  if (given.length !== SIGNATURE_LENGTH) return false;
  if (matches(given, request)) return true;
  const otherUrl = withOtherPort(request.url);
  return otherUrl !== undefined && matches(given, { ...request, url: otherUrl });
}

/** The URL under which a JSON body is signed: the body's SHA-256 is part of it. */
export function jsonUrl(url: string, body: string | Uint8Array): string {
  const bare = withoutFragment(url);
  return `${bare}${bare.includes("?") ? "&" : "?"}bodySHA256=${sha256(body)}`;
}

/** Whether a JSON request is genuine: the signature covers the URL, and the URL names the SHA-256 of the raw body. */
export function verifyJson(
  signature: string | undefined,
  request: Omit<SignedRequest, "form"> & { readonly body: Uint8Array },
): boolean {
  const query = request.url.indexOf("?");
  const told = query < 0 ? null : new URLSearchParams(withoutFragment(request.url.slice(query))).get("bodySHA256");
  if (told?.toLowerCase() !== sha256(request.body)) return false;
  return verify(signature, { tokens: request.tokens, url: request.url });
}

// 20 bytes in base64.
const SIGNATURE_LENGTH = 28;

function matches(given: Buffer, request: SignedRequest): boolean {
  const text = signedText(request.url, request.form);
  for (const token of request.tokens) {
    const expected = Buffer.from(createHmac("sha1", token).update(text).digest("base64"));
    if (timingSafeEqual(given, expected)) return true;
  }
  return false;
}

function signedText(url: string, form: Form | undefined): string {
  let text = withoutFragment(url);
  if (form === undefined) return text;
  for (const name of Object.keys(form).toSorted()) {
    const value = form[name];
    if (typeof value === "string") text += name + value;
    else for (const one of [...new Set(value)].toSorted()) text += name + one;
  }
  return text;
}

function withoutFragment(url: string): string {
  const hash = url.indexOf("#");
  return hash < 0 ? url : url.slice(0, hash);
}

/** Twilio may sign a web address with its standard port or without; a socket's address is signed as it was written. */
function withOtherPort(url: string): string | undefined {
  const parts = /^(https?):\/\/([^/?#]*?)(:\d+)?([/?#].*)?$/isu.exec(url);
  if (parts === null) return undefined;
  const [, scheme = "", host = "", port, rest = ""] = parts;
  const standard = scheme.toLowerCase() === "https" ? ":443" : ":80";
  return port === undefined ? `${scheme}://${host}${standard}${rest}` : `${scheme}://${host}${rest}`;
}

function sha256(body: string | Uint8Array): string {
  return createHash("sha256").update(body).digest("hex");
}
