import { branded, newSubjectId, type SubjectId, type TenantId } from "../../core/ids.ts";
import { noCount, type RateCount } from "../../core/limit.ts";
import type { SubjectRecord } from "../../core/ports/ledger.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import type { Owner, TextRoute } from "../../core/turn-record.ts";
import { addEvent } from "./events.ts";

/** A subject's row. */
export interface SubjectRow {
  readonly id: SubjectId;
  readonly tenant: TenantId;
  readonly alias: string;
  readonly last_active_at: number;
  readonly active_minute: number;
  readonly session: string;
  readonly owner: Owner;
  readonly rate_minute: number;
  readonly rate_in_minute: number;
  readonly rate_day: number;
  readonly rate_in_day: number;
  readonly rate_noticed: string;
  /** What the route was learned from: a call's numbers are only a guess until a text came. */
  readonly route_source: "text" | "call" | null;
  readonly route_channel: TextRoute["channel"] | null;
  readonly route_to: string | null;
  readonly route_from: string | null;
  readonly route_key: string | null;
}

/** Whom an address stands for. */
export interface NewSubject {
  readonly tenant: TenantId;
  readonly addressKey: string;
  readonly alias: string;
  readonly now: number;
}

/** A subject by id. */
export function subjectById(db: SqlConnection, subjectId: SubjectId): SubjectRow | undefined {
  return db.get<SubjectRow>(`SELECT * FROM subjects WHERE id = ?`, subjectId);
}

/** The subject of an address with the address's opt-out, if there is one. */
export function subjectOf(
  db: SqlConnection,
  address: { readonly tenant: TenantId; readonly addressKey: string },
): (SubjectRow & { readonly opted_out_at: number | null }) | undefined {
  return db.get(
    `SELECT s.*, c.opted_out_at FROM addresses a JOIN subjects s ON s.id = a.subject_id
     LEFT JOIN consent c ON c.tenant = a.tenant AND c.address_key = a.address_key
     WHERE a.tenant = ? AND a.address_key = ?`,
    address.tenant,
    address.addressKey,
  );
}

/** Makes the subject of an address that has none. */
export function makeSubject(db: SqlConnection, subject: NewSubject): SubjectRow {
  const id = newSubjectId(subject.now);
  const activeMinute = minuteOf(subject.now);
  db.run(
    `INSERT INTO subjects (id, tenant, alias, created_at, last_active_at, active_minute, session, owner,
       rate_minute, rate_in_minute, rate_day, rate_in_day, rate_noticed) VALUES (?, ?, ?, ?, ?, ?, 'NEW', 'agent', 0, 0, 0, 0, '')`,
    id,
    subject.tenant,
    subject.alias,
    subject.now,
    subject.now,
    activeMinute,
  );
  const sql = `INSERT INTO addresses (tenant, address_key, subject_id) VALUES (?, ?, ?)`;
  db.run(sql, subject.tenant, subject.addressKey, id);
  addEvent(db, { name: "session_started", tenant: subject.tenant, subjectId: id }, subject.now);
  return {
    id,
    tenant: subject.tenant,
    alias: subject.alias,
    last_active_at: subject.now,
    active_minute: activeMinute,
    session: "NEW",
    owner: "agent",
    rate_minute: noCount.minute,
    rate_in_minute: noCount.inMinute,
    rate_day: noCount.day,
    rate_in_day: noCount.inDay,
    rate_noticed: noCount.noticed,
    route_source: null,
    route_channel: null,
    route_to: null,
    route_from: null,
    route_key: null,
  };
}

/** Marks that a subject did something, without counting it. */
export function touchSubject(db: SqlConnection, subject: SubjectRow, now: number): void {
  const minute = minuteOf(now);
  if (minute === subject.active_minute) {
    db.run(`UPDATE subjects SET last_active_at = ? WHERE id = ?`, now, subject.id);
    return;
  }
  db.run(`UPDATE subjects SET last_active_at = ?, active_minute = ? WHERE id = ?`, now, minute, subject.id);
}

/** Keeps what a text changes of its subject: when it was active, what was counted, how it can be texted. */
export function keepText(
  db: SqlConnection,
  subject: SubjectRow,
  text: { readonly now: number; readonly count: RateCount; readonly route: TextRoute & { readonly key: string } },
): void {
  const { count, route } = text;
  db.run(
    `UPDATE subjects SET last_active_at = ?, rate_minute = ?, rate_in_minute = ?, rate_day = ?, rate_in_day = ?,
       rate_noticed = ?, route_source = 'text', route_channel = ?, route_to = ?, route_from = ?, route_key = ? WHERE id = ?`,
    text.now,
    count.minute,
    count.inMinute,
    count.day,
    count.inDay,
    count.noticed,
    route.channel,
    route.to,
    route.from,
    route.key,
    subject.id,
  );
  const minute = minuteOf(text.now);
  // The index on it is left alone by the statement above, which is the one that runs with every text.
  if (minute !== subject.active_minute) {
    db.run(`UPDATE subjects SET active_minute = ? WHERE id = ?`, minute, subject.id);
  }
}

/** Keeps the numbers of a call as the way to text its caller, unless a text has told a better one. */
export function keepCallRoute(
  db: SqlConnection,
  subjectId: SubjectId,
  route: { readonly to: string; readonly from: string; readonly key: string },
): void {
  db.run(
    `UPDATE subjects SET route_source = 'call', route_channel = 'sms', route_to = ?, route_from = ?, route_key = ?
     WHERE id = ? AND (route_source IS NULL OR route_source = 'call')`,
    route.to,
    route.from,
    route.key,
    subjectId,
  );
}

/** What was counted of a subject's texts. */
export function countOf(subject: SubjectRow): RateCount {
  return {
    minute: subject.rate_minute,
    inMinute: subject.rate_in_minute,
    day: subject.rate_day,
    inDay: subject.rate_in_day,
    noticed: subject.rate_noticed,
  };
}

/** How a subject can be texted, and the address key that its consent is kept under. */
export function routeOf(subject: SubjectRow): (TextRoute & { readonly key: string }) | undefined {
  const { route_channel: channel, route_to: to, route_from: from, route_key: key } = subject;
  if (channel === null || to === null || from === null || key === null) return undefined;
  return { channel, to, from, key };
}

/** The address key of a recipient, which is where its consent is kept. */
export function recipientKey(subject: SubjectRow | undefined, to: string): string {
  if (subject?.route_to === to && subject.route_key !== null) return subject.route_key;
  return to.startsWith("+") ? `tel:${to}` : `other:${to.toLowerCase()}`;
}

/** The addresses that channels proved to be a subject's, as they are dialled. */
export function provenAddresses(db: SqlConnection, subjectId: SubjectId): readonly string[] {
  return addressKeys(db, subjectId)
    .filter((key) => !key.startsWith("anonymous:"))
    .map((key) => key.slice(key.indexOf(":") + 1));
}

/** A subject as the port gives it. */
export function subjectRecord(db: SqlConnection, subject: SubjectRow): SubjectRecord {
  return {
    id: subject.id,
    tenant: subject.tenant,
    alias: subject.alias,
    addressKeys: addressKeys(db, subject.id),
    lastActiveAt: subject.last_active_at,
    session: subject.session,
  };
}

/** The subjects that were active last, the newest first. */
export function recentSubjects(db: SqlConnection, limit: number): readonly SubjectRecord[] {
  return db
    .all<SubjectRow>(`SELECT * FROM subjects ORDER BY active_minute DESC, last_active_at DESC LIMIT ?`, limit)
    .map((subject) => subjectRecord(db, subject));
}

/** The subject of an address, by id only. */
export function findSubject(db: SqlConnection, tenant: TenantId, addressKey: string): SubjectId | undefined {
  const sql = `SELECT subject_id FROM addresses WHERE tenant = ? AND address_key = ?`;
  const row = db.get<{ readonly subject_id: string }>(sql, tenant, addressKey);
  return row === undefined ? undefined : branded<SubjectId>(row.subject_id);
}

function addressKeys(db: SqlConnection, subjectId: SubjectId): readonly string[] {
  const sql = `SELECT address_key FROM addresses WHERE subject_id = ? ORDER BY address_key`;
  return db.all<{ readonly address_key: string }>(sql, subjectId).map((row) => row.address_key);
}

function minuteOf(now: number): number {
  return Math.floor(now / 60_000);
}
