import { describe, expect, test } from "vitest";
import { tenantId } from "../../core/ids.ts";
import { newVisitorId, readProof, readToken, signProof, signToken } from "./visitor-token.ts";

const secret = "one secret";
const now = 1_790_000_000_000;

describe("a token", () => {
  test.each(["acme", "a.b.c", "Müller & Söhne", "v1"])("of the tenant %j names its visitor", (name) => {
    const visitorId = newVisitorId();
    const token = signToken({ tenant: tenantId(name), visitorId }, { secret, now });
    expect(token).toMatch(/^[\x21-\x7E]+$/u);
    expect(readToken(token, tenantId(name), secret)).toEqual({ visitorId, issuedAt: now });
    expect(readToken(token, tenantId(`${name}2`), secret)).toBeUndefined();
    expect(readToken(token, tenantId(name), "another secret")).toBeUndefined();
  });

  test("is worth nothing when anything of it was changed", () => {
    const tenant = tenantId("acme");
    const token = signToken({ tenant, visitorId: newVisitorId() }, { secret, now });
    for (let at = 0; at < token.length; at += 1) {
      const changed = `${token.slice(0, at)}${token[at] === "0" ? "1" : "0"}${token.slice(at + 1)}`;
      expect(readToken(changed, tenant, secret)).toBeUndefined();
    }
    for (const other of ["", "v1", `${token}x`, ` ${token}`, token.slice(0, -1), token.repeat(2), "é".repeat(99)])
      expect(readToken(other, tenant, secret)).toBeUndefined();
  });
});

test("a proof is worth something to its visitor and for its number only", () => {
  const proof = { visitorId: newVisitorId(), number: "+14155550100" };
  const signed = signProof(proof, { secret, now });
  expect(readProof(signed, proof, secret)).toBe(now);
  expect(readProof(signed, { ...proof, number: "+14155550101" }, secret)).toBeUndefined();
  expect(readProof(signed, { ...proof, visitorId: newVisitorId() }, secret)).toBeUndefined();
  expect(readProof(signed, proof, "another secret")).toBeUndefined();
  for (const other of ["", ".", "1", `${now}.${"é".repeat(43)}`, `1${signed}`])
    expect(readProof(other, proof, secret)).toBeUndefined();
});
