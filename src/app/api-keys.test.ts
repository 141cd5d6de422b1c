import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { ApiKey, ApiKeys } from "../core/ports/keys.ts";
import { openApiKeys } from "./api-keys.ts";
import { configFrom } from "./config.ts";

/** Keys that are kept in memory. */
function keptKeys(): ApiKeys & { readonly kept: ApiKey[] } {
  const kept: ApiKey[] = [];
  return {
    kept,
    list: async () => kept,
    async addFirst(key) {
      if (kept.length > 0) return false;
      kept.push(key);
      return true;
    },
  };
}

async function started(apiKeys: ApiKeys, configured: readonly ApiKey[] = []) {
  const shown: string[] = [];
  const ring = await openApiKeys({ configured, ledger: { apiKeys }, onNewKey: (secret) => shown.push(secret) });
  return { ring, shown };
}

describe("without a configured key", () => {
  test("the first start makes one for everything, shows it once and keeps only its hash", async () => {
    const apiKeys = keptKeys();
    const { ring, shown } = await started(apiKeys);
    const [secret = ""] = shown;
    expect(secret).toMatch(/^ctn_[\w-]{43}$/u);
    expect(ring.authenticate(secret)).toMatchObject({ role: "admin", tenant: undefined });
    expect(apiKeys.kept.map(({ hash }) => hash)).toEqual([createHash("sha256").update(secret).digest("hex")]);
    expect(JSON.stringify(apiKeys.kept)).not.toContain(secret);

    const again = await started(apiKeys);
    expect(again.shown).toEqual([]);
    expect(again.ring.authenticate(secret)?.role).toBe("admin");
  });

  test("two installations have different keys", async () => {
    const [one, other] = [await started(keptKeys()), await started(keptKeys())];
    expect(one.shown[0]).not.toBe(other.shown[0]);
    expect(one.ring.authenticate(other.shown[0] ?? "")).toBeUndefined();
  });

  test("none is made when nobody would see it", async () => {
    const apiKeys = keptKeys();
    const ring = await openApiKeys({ configured: [], ledger: { apiKeys }, onNewKey: undefined });
    expect(apiKeys.kept).toEqual([]);
    expect(ring.authenticate("")).toBeUndefined();
  });
});

describe("configured keys", () => {
  const secret = "0123456789abcdef";
  const hash = createHash("sha256").update("another-secret-of-somebody").digest("hex");
  const configured = configFrom({ ADMIN_API_KEYS: `desk:operator:default:${secret},root:admin:*:sha256=${hash}` })
    .config.server.apiKeys;

  test("are known by their secrets, plain or hashed, and no other is made", async () => {
    const apiKeys = keptKeys();
    const { ring, shown } = await started(apiKeys, configured);
    expect(ring.authenticate(secret)).toMatchObject({ name: "desk", role: "operator", tenant: "default" });
    expect(ring.authenticate("another-secret-of-somebody")).toMatchObject({ name: "root", tenant: undefined });
    for (const wrong of ["", `${secret}0`, secret.slice(1), hash, `sha256=${hash}`])
      expect(ring.authenticate(wrong), wrong).toBeUndefined();
    expect([shown, apiKeys.kept]).toEqual([[], []]);
  });

  test("make the one that was made at first worth nothing", async () => {
    const apiKeys = keptKeys();
    const { shown } = await started(apiKeys);
    const { ring } = await started(apiKeys, configured);
    expect(ring.authenticate(shown[0] ?? "")).toBeUndefined();
  });
});
