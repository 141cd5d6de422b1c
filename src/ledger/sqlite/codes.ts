import { createHash, timingSafeEqual } from "node:crypto";
import { ContinuoError } from "../../core/errors.ts";
import type { SubjectId } from "../../core/ids.ts";
import type { CodeIssued, CodeRedeemed, CodeRequest, Codes } from "../../core/ports/codes.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import { optedOutSince } from "./consent.ts";
import { addEvent } from "./events.ts";
import { forgottenOptOut } from "./kept-hashes.ts";
import { insertOutbox, promoteHead } from "./outbox-rows.ts";
import { subjectKnownTo } from "./subjects.ts";

interface CodeRow {
  readonly subject_id: SubjectId;
  readonly hash: string;
  readonly expires_at: number;
  readonly tries: number;
  readonly spent: number;
}

/** A code that expired is known as such for this long, and unknown afterwards. */
const REMEMBERED_MS = 24 * 60 * 60_000;

/** Keeps a code in place of an earlier one for the same key and puts its text into the outbox, within the limits. */
export function issueCode(db: SqlConnection, args: CodeRequest): CodeIssued {
  const { tenant, text, now } = args;
  const subject = subjectKnownTo(db, { tenant, subjectId: text.subjectId });
  if (subject === undefined) throw new ContinuoError("not_found", "the tenant has no such subject");
  const about = { tenant, subjectId: subject.id, channel: text.channel } as const;
  const address = { tenant, addressKey: text.addressKey };
  if ((optedOutSince(db, address) ?? forgottenOptOut(db, address)) !== undefined) {
    addEvent(db, { ...about, name: "code_refused", detail: { why: "opted_out" } }, now);
    return { kind: "opted_out" };
  }
  prune(db, now);
  const counted = new Set([args.key, ...args.counted]);
  const retryAt = [...counted].reduce((latest, who) => Math.max(latest, freeAt(db, args, who)), now);
  if (retryAt > now) {
    addEvent(db, { ...about, name: "code_refused", detail: { why: "limited" } }, now);
    return { kind: "limited", retryAt };
  }
  for (const who of counted) {
    const sql = `INSERT INTO code_counts (tenant, who, subject_id, at, until) VALUES (?, ?, ?, ?, ?)`;
    db.run(sql, tenant, who, subject.id, now, now + args.windowMs);
  }
  db.run(
    `INSERT INTO codes (tenant, code_key, subject_id, hash, expires_at, tries, spent) VALUES (?, ?, ?, ?, ?, 0, 0)
     ON CONFLICT (tenant, code_key) DO UPDATE SET subject_id = excluded.subject_id, hash = excluded.hash,
       expires_at = excluded.expires_at, tries = 0, spent = 0`,
    tenant,
    args.key,
    subject.id,
    args.codeHash,
    args.expiresAt,
  );
  insertOutbox(db, { ...text, subjectId: subject.id, tenant, state: "waiting", now });
  promoteHead(db, subject.id, now);
  addEvent(db, { ...about, name: "code_sent" }, now);
  return { kind: "issued" };
}

/** Takes a code; the right one counts once, and after too many wrong ones none does. */
export function redeemCode(db: SqlConnection, args: Parameters<Codes["redeem"]>[0]): CodeRedeemed {
  const { tenant, key, now } = args;
  const sql = `SELECT subject_id, hash, expires_at, tries, spent FROM codes WHERE tenant = ? AND code_key = ?`;
  const row = db.get<CodeRow>(sql, tenant, key);
  if (row === undefined) return { kind: "refused", why: "unknown" };
  const redeemed = judge(row, args);
  if (redeemed.kind === "proven") {
    db.run(`UPDATE codes SET spent = 1 WHERE tenant = ? AND code_key = ?`, tenant, key);
    return redeemed;
  }
  if (redeemed.why === "wrong") {
    db.run(`UPDATE codes SET tries = tries + 1 WHERE tenant = ? AND code_key = ?`, tenant, key);
  }
  const subjectId = row.subject_id;
  addEvent(db, { name: "code_refused", tenant, subjectId, detail: { why: redeemed.why } }, now);
  return redeemed;
}

function judge(row: CodeRow, args: Parameters<Codes["redeem"]>[0]): CodeRedeemed {
  const right = sameText(row.hash, args.codeHash);
  if (row.spent === 1) return { kind: "refused", why: "spent" };
  if (row.tries >= args.mostTries) return { kind: "refused", why: "too_many" };
  if (row.expires_at <= args.now) return { kind: "refused", why: "expired" };
  return right ? { kind: "proven" } : { kind: "refused", why: "wrong" };
}

/** The same time for every pair of texts of equal length, and for every other pair too. */
function sameText(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/** When one more code for somebody is within the limit. */
function freeAt(db: SqlConnection, args: CodeRequest, who: string): number {
  const { tenant, now } = args;
  const most = args.mostOf?.[who] ?? args.most;
  if (most < 1) return now + args.windowMs;
  // The oldest of the last so many: once that is out of the window, another one fits in.
  const sql = `SELECT at FROM code_counts WHERE tenant = ? AND who = ? AND at > ? ORDER BY at DESC LIMIT 1 OFFSET ?`;
  const nth = db.get<{ readonly at: number }>(sql, tenant, who, now - args.windowMs, most - 1);
  return nth === undefined ? now : nth.at + args.windowMs;
}

/** Removes what nobody asks for any more. */
function prune(db: SqlConnection, now: number): void {
  db.run(`DELETE FROM code_counts WHERE until <= ?`, now);
  db.run(`DELETE FROM codes WHERE expires_at <= ?`, now - REMEMBERED_MS);
}
