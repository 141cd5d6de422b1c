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
  /** What was counted, as `rateOf` reads it. */
  readonly rate: string;
  /** What the route was learned from: a call's numbers are only a guess until a text came. */
  readonly route_source: "text" | "call" | null;
  /** The route, as `routeOf` reads it. */
  readonly route: string | null;
}

/** How a subject can be texted, with the address key that its consent is kept under. */
export type KeptRoute = TextRoute & { readonly key: string };

/** What accepting a text needs to know of its subject. */
export type TextSubject = Pick<SubjectRow, "id" | "active_minute" | "rate" | "route_source" | "route">;

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

/** The subject of an address with the address's opt-out, if there is one. Only what is needed: this runs with every text. */
export function subjectOf(
  db: SqlConnection,
  address: { readonly tenant: TenantId; readonly addressKey: string },
): (TextSubject & { readonly opted_out_at: number | null }) | undefined {
  return db.get(
    `SELECT s.id, s.active_minute, s.rate, s.route_source, s.route, c.opted_out_at
     FROM addresses a JOIN subjects s ON s.id = a.subject_id
     LEFT JOIN consent c ON c.tenant = a.tenant AND c.address_key = a.address_key
     WHERE a.tenant = ? AND a.address_key = ?`,
    address.tenant,
    address.addressKey,
  );
}

/** Makes the subject of an address that has none. */
export function makeSubject(db: SqlConnection, subject: NewSubject): TextSubject {
  const id = newSubjectId(subject.now);
  const activeMinute = minuteOf(subject.now);
  const rate = JSON.stringify(noCount);
  db.run(
    `INSERT INTO subjects (id, tenant, alias, created_at, last_active_at, active_minute, session, owner, rate)
     VALUES (?, ?, ?, ?, ?, ?, 'NEW', 'agent', ?)`,
    id,
    subject.tenant,
    subject.alias,
    subject.now,
    subject.now,
    activeMinute,
    rate,
  );
  const sql = `INSERT INTO addresses (tenant, address_key, subject_id) VALUES (?, ?, ?)`;
  db.run(sql, subject.tenant, subject.addressKey, id);
  addEvent(db, { name: "session_started", tenant: subject.tenant, subjectId: id }, subject.now);
  return { id, active_minute: activeMinute, rate, route_source: null, route: null };
}

/** Marks that a subject did something, without counting it. */
export function touchSubject(db: SqlConnection, subject: Pick<SubjectRow, "id" | "active_minute">, now: number): void {
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
  subject: TextSubject,
  text: { readonly now: number; readonly count: RateCount; readonly route: KeptRoute },
): void {
  const rate = JSON.stringify(text.count);
  const route = JSON.stringify(text.route);
  const minute = minuteOf(text.now);
  // Nearly every text changes only these two, and leaves the index on the minute alone.
  if (minute === subject.active_minute && route === subject.route && subject.route_source === "text") {
    db.run(`UPDATE subjects SET last_active_at = ?, rate = ? WHERE id = ?`, text.now, rate, subject.id);
    return;
  }
  db.run(
    `UPDATE subjects SET last_active_at = ?, active_minute = ?, rate = ?, route_source = 'text', route = ? WHERE id = ?`,
    text.now,
    minute,
    rate,
    route,
    subject.id,
  );
}

/** Keeps the numbers of a call as the way to text its caller, unless a text has told a better one. */
export function keepCallRoute(db: SqlConnection, subjectId: SubjectId, route: KeptRoute): void {
  db.run(
    `UPDATE subjects SET route_source = 'call', route = ?
     WHERE id = ? AND (route_source IS NULL OR route_source = 'call')`,
    JSON.stringify(route),
    subjectId,
  );
}

/** What was counted of a subject's texts. */
export function rateOf(subject: Pick<SubjectRow, "rate">): RateCount {
  // This program wrote the JSON itself, from this type.
  return JSON.parse(subject.rate) as RateCount;
}

/** How a subject can be texted, if that is known. */
export function routeOf(subject: Pick<SubjectRow, "route">): KeptRoute | undefined {
  // This program wrote the JSON itself, from this type.
  return subject.route === null ? undefined : (JSON.parse(subject.route) as KeptRoute);
}

/** The address key of a recipient, which is where its consent is kept. */
export function recipientKey(subject: SubjectRow | undefined, to: string): string {
  const route = subject === undefined ? undefined : routeOf(subject);
  if (route?.to === to) return route.key;
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
