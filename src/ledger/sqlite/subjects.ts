import {
  branded,
  newSubjectId,
  type SessionId,
  type SubjectId,
  type SubjectRef,
  type TenantId,
} from "../../core/ids.ts";
import { noCount, type RateCount } from "../../core/limit.ts";
import type { SubjectRecord } from "../../core/ports/ledger.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import type { SessionClocks, SessionState } from "../../core/session.ts";
import type { Owner, TextRoute } from "../../core/turn-record.ts";
import { restoreOptOut } from "./kept-hashes.ts";
import { beginSession } from "./sessions.ts";

/** A subject's row. */
export interface SubjectRow {
  readonly id: SubjectId;
  readonly tenant: TenantId;
  readonly alias: string;
  readonly last_active_at: number;
  readonly active_minute: number;
  /** The state of the newest session. */
  readonly session: SessionState;
  /** Which one that is, also when it was cleaned away since; null of a subject that is older than sessions, until something happens. */
  readonly session_id: SessionId | null;
  /** Whether the customer said something in it. */
  readonly session_said: number;
  /** Until when an answer to the survey is waited for. */
  readonly survey_until: number | null;
  readonly owner: Owner;
  /** What was counted, as `rateOf` reads it. */
  readonly rate: string;
  /** What the route was learned from: a call's numbers are only a guess until a text came. */
  readonly route_source: "text" | "call" | null;
  /** The route, as `routeOf` reads it. */
  readonly route: string | null;
  /** The subject that this one became part of. */
  readonly merged_into: SubjectId | null;
}

/** How a subject can be texted, with the address key that its consent is kept under. */
export type KeptRoute = TextRoute & { readonly key: string };

/** What accepting something needs to know of its subject. */
export type ActingSubject = Omit<SubjectRow, "alias" | "owner" | "merged_into">;

/** The subject of an address, with when the address opted out. */
type AddressedSubject = ActingSubject & { readonly opted_out_at: number | null };

/** Whom an address stands for. */
export interface NewSubject {
  readonly tenant: TenantId;
  readonly addressKey: string;
  readonly alias: string;
  /** The clocks of its first session. */
  readonly session: SessionClocks;
  readonly now: number;
}

/** A subject by id. */
export function subjectById(db: SqlConnection, subjectId: SubjectId): SubjectRow | undefined {
  return db.get<SubjectRow>(`SELECT * FROM subjects WHERE id = ?`, subjectId);
}

/** A subject of a tenant, or the one that it became part of; another tenant's is not there. */
export function subjectKnownTo(db: SqlConnection, who: SubjectRef): SubjectRow | undefined {
  const sql = `SELECT * FROM subjects WHERE id = ? AND tenant = ?`;
  const subject = db.get<SubjectRow>(sql, who.subjectId, who.tenant);
  return subject === undefined ? undefined : standsFor(db, subject);
}

/** The subject that one stands for by now: itself, or the one that it became part of. */
export function standsFor(db: SqlConnection, subject: SubjectRow): SubjectRow {
  let one = subject;
  while (one.merged_into !== null) {
    const next = subjectById(db, one.merged_into);
    if (next === undefined) throw new Error("a subject became part of one that is not there");
    one = next;
  }
  return one;
}

/** The subject of an address with the address's opt-out, if there is one. Only what is needed: this runs with every text. */
export function subjectOf(
  db: SqlConnection,
  address: { readonly tenant: TenantId; readonly addressKey: string },
): AddressedSubject | undefined {
  return db.get(
    `SELECT s.id, s.tenant, s.last_active_at, s.active_minute, s.session, s.session_id, s.session_said, s.survey_until,
       s.rate, s.route_source, s.route, c.opted_out_at
     FROM addresses a JOIN subjects s ON s.id = a.subject_id
     LEFT JOIN consent c ON c.tenant = a.tenant AND c.address_key = a.address_key
     WHERE a.tenant = ? AND a.address_key = ?`,
    address.tenant,
    address.addressKey,
  );
}

/** Makes the subject of an address that has none, in its first session. `said` is whether it begins with the customer's words. */
export function makeSubject(
  db: SqlConnection,
  subject: NewSubject,
  begins: { readonly said: boolean },
): AddressedSubject {
  const { tenant, addressKey, session: clocks, now } = subject;
  const id = newSubjectId(now);
  const row: ActingSubject = {
    id,
    tenant,
    last_active_at: now,
    active_minute: minuteOf(now),
    session: "NEW",
    session_id: beginSession(db, { subjectId: id, tenant, number: 1, clocks, now }),
    session_said: begins.said ? 1 : 0,
    survey_until: null,
    rate: JSON.stringify(noCount),
    route_source: null,
    route: null,
  };
  db.run(
    `INSERT INTO subjects (id, tenant, alias, created_at, last_active_at, active_minute, session, session_id,
       session_said, owner, rate) VALUES (?, ?, ?, ?, ?, ?, 'NEW', ?, ?, 'agent', ?)`,
    id,
    tenant,
    subject.alias,
    now,
    now,
    row.active_minute,
    row.session_id,
    row.session_said,
    row.rate,
  );
  db.run(`INSERT INTO addresses (tenant, address_key, subject_id) VALUES (?, ?, ?)`, tenant, addressKey, id);
  return { ...row, opted_out_at: restoreOptOut(db, { tenant, addressKey }) ?? null };
}

/** The subject of an address, which is made where there is none. */
export function findOrMakeSubject(db: SqlConnection, subject: NewSubject): SubjectId {
  return findSubject(db, subject.tenant, subject.addressKey) ?? makeSubject(db, subject, { said: false }).id;
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
  subject: ActingSubject,
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

/** Writes the way to text a subject, whatever it was before. */
export function writeRoute(
  db: SqlConnection,
  subjectId: SubjectId,
  route: Pick<SubjectRow, "route_source" | "route">,
): void {
  const sql = `UPDATE subjects SET route_source = ?, route = ? WHERE id = ?`;
  db.run(sql, route.route_source, route.route, subjectId);
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
    .filter((key) => !key.startsWith("anonymous:") && !key.startsWith("ext:"))
    .map((key) => key.slice(key.indexOf(":") + 1));
}

/** A subject as the port gives it. */
export function subjectRecord(db: SqlConnection, subject: SubjectRow): SubjectRecord {
  const route = routeOf(subject);
  return {
    id: subject.id,
    tenant: subject.tenant,
    alias: subject.alias,
    addressKeys: addressKeys(db, subject.id),
    ...(route === undefined ? {} : { ours: route.from }),
    lastActiveAt: subject.last_active_at,
    session: subject.session,
  };
}

/** A tenant's subjects that were active last, the newest first. */
export function recentSubjects(db: SqlConnection, tenant: TenantId, limit: number): readonly SubjectRecord[] {
  const sql = `SELECT * FROM subjects WHERE tenant = ? AND merged_into IS NULL ORDER BY active_minute DESC, last_active_at DESC LIMIT ?`;
  return db.all<SubjectRow>(sql, tenant, limit).map((subject) => subjectRecord(db, subject));
}

/** The subject of an address, by id only. */
export function findSubject(db: SqlConnection, tenant: TenantId, addressKey: string): SubjectId | undefined {
  const sql = `SELECT subject_id FROM addresses WHERE tenant = ? AND address_key = ?`;
  const row = db.get<{ readonly subject_id: string }>(sql, tenant, addressKey);
  return row === undefined ? undefined : branded<SubjectId>(row.subject_id);
}

/** The keys of a subject's addresses. */
export function addressKeys(db: SqlConnection, subjectId: SubjectId): readonly string[] {
  const sql = `SELECT address_key FROM addresses WHERE subject_id = ? ORDER BY address_key`;
  return db.all<{ readonly address_key: string }>(sql, subjectId).map((row) => row.address_key);
}

function minuteOf(now: number): number {
  return Math.floor(now / 60_000);
}
