import type { TenantId } from "../ids.ts";

/** Secrets that this installation makes for itself, once. */
export interface Secrets {
  /** The secret of a name: 32 random bytes in base64url, made when it is first asked for. */
  get(name: string): Promise<string>;
}

/** What a key's owner may do; each includes those before it. */
export const roles = ["viewer", "operator", "supervisor", "admin"] as const;

/** What a key's owner may do. */
export type Role = (typeof roles)[number];

/** A key of the API: who uses it, what for, and where. */
export interface ApiKey {
  readonly name: string;
  readonly role: Role;
  /** Undefined means every tenant. */
  readonly tenant: TenantId | undefined;
  /** SHA-256 of the secret, in hexadecimal. */
  readonly hash: string;
}

/** Keys that the installation made itself, because none was configured. */
export interface ApiKeys {
  /** The keys that were made here. */
  list(): Promise<readonly ApiKey[]>;
  /** Keeps a key unless there is one already; false when there was. */
  addFirst(key: ApiKey): Promise<boolean>;
}
