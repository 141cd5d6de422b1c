import type { TenantId } from "../../core/ids.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";

/** One address in one tenant. */
export interface AddressRef {
  readonly tenant: TenantId;
  readonly addressKey: string;
}

/** When an address opted out, if it did. */
export function optedOutSince(db: SqlConnection, address: AddressRef): number | undefined {
  return db.get<{ readonly opted_out_at: number }>(
    `SELECT opted_out_at FROM consent WHERE tenant = ? AND address_key = ?`,
    address.tenant,
    address.addressKey,
  )?.opted_out_at;
}

/** Keeps that an address opted out; the first time counts. True when that is new. */
export function optOut(db: SqlConnection, address: AddressRef, now: number): boolean {
  const sql = `INSERT INTO consent (tenant, address_key, opted_out_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`;
  return db.run(sql, address.tenant, address.addressKey, now) > 0;
}

/** Takes an opt-out back. True when there was one. */
export function optIn(db: SqlConnection, address: AddressRef): boolean {
  return db.run(`DELETE FROM consent WHERE tenant = ? AND address_key = ?`, address.tenant, address.addressKey) > 0;
}
