import { randomBytes, timingSafeEqual } from "node:crypto";
import type { ApiKey } from "../core/ports/keys.ts";
import type { Ledger } from "../core/ports/ledger.ts";
import { hashOfSecret } from "./api-key-setting.ts";

/** The keys that may use the API. */
export interface ApiKeyRing {
  /** The key that a secret belongs to; undefined when it is nobody's. It takes the same time for every secret. */
  authenticate(secret: string): ApiKey | undefined;
}

/** Where keys come from. */
export interface ApiKeySource {
  /** Those of the configuration; when there are any, no other counts. */
  readonly configured: readonly ApiKey[];
  readonly ledger: Pick<Ledger, "apiKeys">;
  /**
   * Shows the secret of the key that the first start makes. It is told once and kept nowhere; without somebody to
   * tell, none is made.
   */
  readonly onNewKey: ((secret: string) => void) | undefined;
}

/** The configured keys, or those that this installation made itself: one, at the first start that has none. */
export async function openApiKeys(source: ApiKeySource): Promise<ApiKeyRing> {
  const keys = source.configured.length > 0 ? source.configured : await ownKeys(source);
  const hashed = keys.map((key) => ({ key, hash: Buffer.from(key.hash, "hex") }));
  return {
    authenticate(secret) {
      const given = Buffer.from(hashOfSecret(secret), "hex");
      let found: ApiKey | undefined;
      // Every key is compared, so that the time tells nothing of which one came near.
      for (const { key, hash } of hashed) {
        if (hash.length === given.length && timingSafeEqual(hash, given)) found = key;
      }
      return found;
    },
  };
}

async function ownKeys({ ledger, onNewKey }: ApiKeySource): Promise<readonly ApiKey[]> {
  const kept = await ledger.apiKeys.list();
  if (kept.length > 0 || onNewKey === undefined) return kept;
  const secret = `ctn_${randomBytes(32).toString("base64url")}`;
  const key: ApiKey = { name: "first", role: "admin", tenant: undefined, hash: hashOfSecret(secret) };
  // Kept first, then shown: a key that is shown is one that works. Whoever misses it sets ADMIN_API_KEYS.
  if (!(await ledger.apiKeys.addFirst(key))) return await ledger.apiKeys.list();
  onNewKey(secret);
  return [key];
}
