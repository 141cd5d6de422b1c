import type { TenantId } from "../../core/ids.ts";
import type { ApiKey, Role } from "../../core/ports/keys.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";

interface KeyRow {
  readonly name: string;
  readonly role: Role;
  readonly tenant: TenantId | null;
  readonly hash: string;
}

/** The keys that the installation made itself, by name. */
export function keptKeys(db: SqlConnection): readonly ApiKey[] {
  const rows = db.all<KeyRow>(`SELECT name, role, tenant, hash FROM api_keys ORDER BY name`);
  return rows.map(({ name, role, tenant, hash }) => ({ name, role, tenant: tenant ?? undefined, hash }));
}

/** Keeps a key unless there is one already; false when there was. */
export function addFirstKey(db: SqlConnection, key: ApiKey): boolean {
  const sql = `INSERT INTO api_keys (name, role, tenant, hash) SELECT ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM api_keys)`;
  return db.run(sql, key.name, key.role, key.tenant ?? null, key.hash) > 0;
}
