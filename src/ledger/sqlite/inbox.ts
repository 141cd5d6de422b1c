import { ContinuoError } from "../../core/errors.ts";
import { branded, newInboxId, type InboxId, type SubjectId, type TenantId, type TurnId } from "../../core/ids.ts";
import type { InboxBody, InboxRow, Treatment } from "../../core/message.ts";
import type { Note } from "../../core/ports/ledger.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import { subjectKnownTo } from "./subjects.ts";

/** A row of the inbox as it is kept. */
export interface KeptRow {
  readonly n: number;
  readonly id: InboxId;
  readonly subject_id: SubjectId;
  readonly received_at: number;
  readonly treatment: Treatment;
  readonly failures: number;
  readonly superseded: number;
  readonly kind: InboxBody["kind"];
  readonly body: string;
  readonly state: "pending" | "bound";
  readonly turn_id: TurnId | null;
}

/** A row to be kept. */
export interface NewRow {
  readonly id: InboxId;
  /** Unique among all rows; what makes a repeat a duplicate. */
  readonly key: string;
  readonly token?: string | undefined;
  readonly subjectId: SubjectId;
  readonly treatment: Treatment;
  readonly body: InboxBody;
  /** The turn it is bound to at once. */
  readonly turnId?: TurnId;
  readonly now: number;
}

/** Keeps a row; false when one with the same key is there. */
export function insertRow(db: SqlConnection, row: NewRow): boolean {
  const changes = db.run(
    `INSERT INTO inbox (id, dedupe_key, token, subject_id, received_at, treatment, kind, body, state, turn_id)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    row.id,
    row.key,
    row.token ?? null,
    row.subjectId,
    row.now,
    row.treatment,
    row.body.kind,
    JSON.stringify(row.body),
    row.turnId === undefined ? "pending" : "bound",
    row.turnId ?? null,
  );
  return changes > 0;
}

/** The row with a key, if there is one. */
export function rowByKey(
  db: SqlConnection,
  key: string,
): { readonly id: InboxId; readonly subject_id: SubjectId } | undefined {
  return db.get(`SELECT id, subject_id FROM inbox WHERE dedupe_key = ?`, key);
}

/** The row that came with an idempotency token, if there is one. */
export function rowByToken(
  db: SqlConnection,
  token: string,
): { readonly id: InboxId; readonly subject_id: SubjectId } | undefined {
  return db.get(`SELECT id, subject_id FROM inbox WHERE token = ?`, token);
}

/** Keeps a row that the platform made for a known subject. */
export function note(
  db: SqlConnection,
  args: Note,
): { readonly kind: "accepted" | "duplicate"; readonly inboxId: InboxId } {
  const subject = subjectKnownTo(db, args);
  if (subject === undefined) throw new ContinuoError("not_found", "the tenant has no such subject");
  const key = `note/${args.key}`;
  const id = newInboxId(args.now);
  const { treatment, body, now } = args;
  if (insertRow(db, { id, key, subjectId: subject.id, treatment, body, now })) return { kind: "accepted", inboxId: id };
  return { kind: "duplicate", inboxId: rowByKey(db, key)?.id ?? id };
}

/** A subject's rows that are not done yet, the oldest first. */
export function openRows(db: SqlConnection, subjectId: SubjectId): readonly KeptRow[] {
  return db.all<KeptRow>(
    `SELECT n, id, subject_id, received_at, treatment, failures, superseded, kind, body, state, turn_id FROM inbox
     WHERE subject_id = ? AND state IN ('pending', 'bound') ORDER BY n`,
    subjectId,
  );
}

/** Whether something that a subject's customer said, or a result they wait for, is still to be answered. */
export function owesAnAnswer(db: SqlConnection, subjectId: SubjectId): boolean {
  const sql = `SELECT 1 FROM inbox WHERE subject_id = ? AND state IN ('pending', 'bound') AND treatment = 'answer' LIMIT 1`;
  return db.get(sql, subjectId) !== undefined;
}

/** Makes a row part of a turn. */
export function bindRow(db: SqlConnection, n: number, turnId: TurnId): void {
  db.run(`UPDATE inbox SET state = 'bound', turn_id = ? WHERE n = ?`, turnId, n);
}

/** Lets a bound row wait again. */
export function unbindRow(db: SqlConnection, n: number): void {
  db.run(`UPDATE inbox SET state = 'pending', turn_id = NULL WHERE n = ?`, n);
}

/** A row as the port gives it. */
export function inboxRow(row: KeptRow, tenant: TenantId): InboxRow {
  return {
    id: row.id,
    subjectId: row.subject_id,
    tenant,
    receivedAt: row.received_at,
    treatment: row.treatment,
    failures: row.failures,
    superseded: row.superseded === 1,
    // This program wrote the JSON itself, from this type.
    body: JSON.parse(row.body) as InboxBody,
  };
}

/** A subject that has something to do, with when its texts that wait for an answer came. */
export interface WaitingSubject {
  readonly subjectId: SubjectId;
  readonly newestTextAt?: number;
  readonly oldestTextAt?: number;
}

interface LaneHead {
  readonly subject_id: string;
  readonly holder: string | null;
  readonly lease_until: number;
}

const SCAN_ROWS = 256;

/** Subjects with something to do and a lane that is free or lapsed; those with an unfinished turn first, then by age. */
export function waitingSubjects(
  db: SqlConnection,
  options: { readonly holder: string; readonly now: number; readonly limit: number },
): readonly WaitingSubject[] {
  const seen = new Set<string>();
  const found: WaitingSubject[] = [];
  function look(subjectId: string, lane: LaneHead | undefined): void {
    if (seen.has(subjectId)) return;
    seen.add(subjectId);
    if (lane?.holder === options.holder && lane.lease_until > options.now) return;
    found.push(waitingSubject(db, subjectId));
  }
  const unfinished = db.all<LaneHead>(`SELECT subject_id, holder, lease_until FROM lanes WHERE turn_id IS NOT NULL`);
  for (const lane of unfinished) look(lane.subject_id, lane);
  for (let after = 0; found.length < options.limit;) {
    const rows = db.all<{ readonly n: number; readonly subject_id: string }>(
      `SELECT n, subject_id FROM inbox WHERE state = 'pending' AND treatment <> 'join' AND n > ? ORDER BY n LIMIT ${SCAN_ROWS}`,
      after,
    );
    for (const row of rows) {
      if (found.length >= options.limit) break;
      if (seen.has(row.subject_id)) continue;
      const sql = `SELECT subject_id, holder, lease_until FROM lanes WHERE subject_id = ?`;
      look(row.subject_id, db.get<LaneHead>(sql, row.subject_id));
    }
    if (rows.length < SCAN_ROWS) break;
    after = rows.at(-1)?.n ?? after;
  }
  return found.slice(0, options.limit);
}

/** How many rows are not done. */
export function openDepth(db: SqlConnection): number {
  const sql = `SELECT count(*) AS depth FROM inbox WHERE state IN ('pending', 'bound')`;
  return db.get<{ readonly depth: number }>(sql)?.depth ?? 0;
}

function waitingSubject(db: SqlConnection, subjectId: string): WaitingSubject {
  const texts = db.get<{ readonly oldest: number | null; readonly newest: number | null }>(
    `SELECT min(received_at) AS oldest, max(received_at) AS newest FROM inbox
     WHERE subject_id = ? AND state IN ('pending', 'bound') AND kind = 'text' AND treatment = 'answer' AND turn_id IS NULL`,
    subjectId,
  );
  return {
    subjectId: branded<SubjectId>(subjectId),
    ...(typeof texts?.oldest === "number" ? { oldestTextAt: texts.oldest } : {}),
    ...(typeof texts?.newest === "number" ? { newestTextAt: texts.newest } : {}),
  };
}
