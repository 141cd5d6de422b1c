import { createHash } from "node:crypto";
import { z } from "zod";
import { tenantId } from "../core/ids.ts";
import { roles, type ApiKey, type Role } from "../core/ports/keys.ts";

/** A secret shorter than this could be guessed. */
const SHORTEST_SECRET = 16;
const LONGEST_SECRET = 512;

/**
 * The keys of `ADMIN_API_KEYS`: `name:role:tenant:secret`, separated by commas. Only the hash of a secret goes on from
 * here, and what is said of a wrong entry names its place and never what was written there.
 */
export function apiKeyList(): z.ZodType<readonly ApiKey[], string> {
  return z.string().transform((text, context) => {
    const keys: ApiKey[] = [];
    const problems: string[] = [];
    for (const [index, entry] of text.split(",").entries()) {
      if (entry.trim() === "") continue;
      const key = readKey(entry.trim());
      if (typeof key === "string") problems.push(`entry ${index + 1} ${key}`);
      else keys.push(key);
    }
    if (problems.length === 0) problems.push(...(keys.length === 0 ? ["there is no entry in it"] : twice(keys)));
    for (const problem of problems) context.addIssue(problem);
    return problems.length === 0 ? keys : z.NEVER;
  });
}

/** SHA-256 of a secret, in hexadecimal: all that is kept of it. */
export function hashOfSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** One entry, or what is wrong with it, as the end of a sentence. */
function readKey(entry: string): ApiKey | string {
  const [name = "", role = "", tenant = "", ...rest] = entry.split(":");
  if (rest.length === 0) return "is not of the form name:role:tenant:secret";
  if (!/^[\w.@-]{1,64}$/u.test(name)) return "has a name of other characters than letters, digits, . @ _ and -";
  const known = roles.find((each) => each === role);
  if (known === undefined) return `has a role that is none of ${roles.join(", ")}`;
  if (tenant !== "*" && !/^[\w-]{1,64}$/u.test(tenant)) return "names no tenant (its id, or * for every one)";
  const hash = readSecret(rest.join(":"));
  if (hash.kind === "wrong") return hash.why;
  return keyOf(name, known, { tenant, hash: hash.hash });
}

function keyOf(name: string, role: Role, rest: { readonly tenant: string; readonly hash: string }): ApiKey {
  return { name, role, tenant: rest.tenant === "*" ? undefined : tenantId(rest.tenant), hash: rest.hash };
}

function readSecret(
  text: string,
): { readonly kind: "read"; readonly hash: string } | { readonly kind: "wrong"; readonly why: string } {
  if (text.startsWith("sha256=")) {
    const hash = text.slice("sha256=".length).toLowerCase();
    if (/^[0-9a-f]{64}$/u.test(hash)) return { kind: "read", hash };
    return { kind: "wrong", why: "has a sha256= that is not followed by 64 hexadecimal digits" };
  }
  if (text.length < SHORTEST_SECRET)
    return { kind: "wrong", why: `has a secret of fewer than ${SHORTEST_SECRET} characters` };
  if (text.length > LONGEST_SECRET)
    return { kind: "wrong", why: `has a secret of more than ${LONGEST_SECRET} characters` };
  // Anything else cannot be sent in a header as it is.
  if (!/^[\u0021-\u007e]+$/u.test(text))
    return { kind: "wrong", why: "has a secret with spaces or characters beyond ASCII" };
  return { kind: "read", hash: hashOfSecret(text) };
}

/** Two keys of one name could not be told apart in the record, two of one secret not at all. */
function twice(keys: readonly ApiKey[]): readonly string[] {
  return keys.flatMap((key, index) => {
    const earlier = keys.slice(0, index);
    const sameName = earlier.findIndex((other) => other.name === key.name);
    const sameSecret = earlier.findIndex((other) => other.hash === key.hash);
    return [
      ...(sameName < 0 ? [] : [`entry ${index + 1} has the name of entry ${sameName + 1}`]),
      ...(sameSecret < 0 ? [] : [`entry ${index + 1} has the secret of entry ${sameSecret + 1}`]),
    ];
  });
}
