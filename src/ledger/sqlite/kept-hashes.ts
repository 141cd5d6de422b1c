import { createHmac } from "node:crypto";
import type { InboxId, SubjectId } from "../../core/ids.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import { optedOutSince, type AddressRef } from "./consent.ts";
import { knownSecret, secretOf } from "./secrets.ts";

/** What a hash stands for: an address that opted out, a message that a provider may deliver again, a call it may tell of. */
type HashKind = "opt_out" | "message" | "call";

/** The secret with which whatever outlives a person is hashed. */
const SECRET = "forget";
/** Providers deliver a message again for less than this. */
const REDELIVERED_MS = 3 * 24 * 60 * 60_000;

/** Keeps something of a person who is forgotten as a hash, with what it was of. */
export function keepHash(
  db: SqlConnection,
  kept: { readonly kind: HashKind; readonly text: string; readonly at: number },
  of: { readonly subjectId?: SubjectId; readonly rowId?: InboxId } = {},
): void {
  const hash = hashOf(secretOf(db, { name: SECRET }), kept);
  const sql = `INSERT INTO kept_hashes (kind, hash, at, subject_id, row_id) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`;
  db.run(sql, kept.kind, hash, kept.at, of.subjectId ?? null, of.rowId ?? null);
}

/** The row that a message, known by one of its keys, made before its sender was forgotten. */
export function forgottenRow(
  db: SqlConnection,
  keys: readonly string[],
): { readonly id: InboxId; readonly subject_id: SubjectId } | undefined {
  const sql = `SELECT row_id AS id, subject_id FROM kept_hashes WHERE kind = 'message' AND hash = ?`;
  for (const text of keys) {
    const row = lookUp<{ readonly id: InboxId; readonly subject_id: SubjectId }>(db, { kind: "message", text }, sql);
    if (row !== undefined) return row;
  }
  return undefined;
}

/** Whether a call was somebody's who was forgotten since. */
export function isForgottenCall(db: SqlConnection, callSid: string): boolean {
  return (
    lookUp(db, { kind: "call", text: callSid }, `SELECT 1 FROM kept_hashes WHERE kind = 'call' AND hash = ?`) !==
    undefined
  );
}

/** When an address opted out whose owner was forgotten since. */
export function forgottenOptOut(db: SqlConnection, address: AddressRef): number | undefined {
  const sql = `SELECT at FROM kept_hashes WHERE kind = 'opt_out' AND hash = ?`;
  return lookUp<{ readonly at: number }>(db, { kind: "opt_out", text: optOutText(address) }, sql)?.at;
}

/** Keeps that an address opted out, without the address. */
export function keepOptOut(db: SqlConnection, address: AddressRef, at: number): void {
  keepHash(db, { kind: "opt_out", text: optOutText(address), at });
}

/** Brings the opt-out of an address back that is somebody's again; since when, if it is opted out. */
export function restoreOptOut(db: SqlConnection, address: AddressRef): number | undefined {
  const at = forgottenOptOut(db, address);
  const secret = knownSecret(db, SECRET);
  if (at === undefined || secret === undefined) return optedOutSince(db, address);
  const hash = hashOf(secret, { kind: "opt_out", text: optOutText(address) });
  db.run(`DELETE FROM kept_hashes WHERE kind = 'opt_out' AND hash = ?`, hash);
  const sql = `INSERT INTO consent (tenant, address_key, opted_out_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`;
  db.run(sql, address.tenant, address.addressKey, at);
  return at;
}

/** Removes the hashes of what no provider delivers any more. */
export function pruneHashes(db: SqlConnection, now: number): void {
  db.run(`DELETE FROM kept_hashes WHERE kind <> 'opt_out' AND at <= ?`, now - REDELIVERED_MS);
}

function lookUp<Row>(
  db: SqlConnection,
  kept: { readonly kind: HashKind; readonly text: string },
  sql: string,
): Row | undefined {
  // Without the secret nobody was ever forgotten here.
  const secret = knownSecret(db, SECRET);
  return secret === undefined ? undefined : db.get<Row>(sql, hashOf(secret, kept));
}

function hashOf(secret: string, kept: { readonly kind: HashKind; readonly text: string }): string {
  return createHmac("sha256", secret).update(`${kept.kind}/${kept.text}`).digest("hex");
}

function optOutText({ tenant, addressKey }: AddressRef): string {
  return JSON.stringify([tenant, addressKey]);
}
