import {
  branded,
  type CallSid,
  type OutboxId,
  type SubjectId,
  type SubjectRef,
  type TenantId,
  type TurnId,
} from "../../core/ids.ts";
import type { ChannelName } from "../../core/message.ts";
import type { OutboxRow, OutboxState } from "../../core/outbox.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";

/** A row of the outbox as it is kept. */
export interface KeptOutboxRow {
  readonly subject_id: SubjectId;
  /** The row's place among the subject's rows. */
  readonly n: number;
  readonly id: OutboxId;
  readonly tenant: TenantId;
  readonly turn_id: TurnId | null;
  readonly channel: ChannelName;
  readonly call_sid: CallSid | null;
  readonly to_address: string;
  readonly from_address: string;
  readonly address_key: string;
  readonly body: string;
  readonly state: OutboxState;
  readonly attempts: number;
  readonly created_at: number;
  readonly next_at: number | null;
  /** Since when nobody knows whether it was accepted. */
  readonly ambiguous_at: number | null;
  readonly sending_at: number | null;
  readonly holder: string | null;
  readonly provider_id: string | null;
  readonly status_rank: number;
  readonly resent: number;
}

/** A row to be written. */
export interface NewOutboxRow {
  readonly id: OutboxId;
  readonly subjectId: SubjectId;
  readonly tenant: TenantId;
  readonly turnId?: TurnId | undefined;
  readonly channel: ChannelName;
  readonly callSid?: CallSid;
  readonly to: string;
  readonly from: string;
  readonly addressKey: string;
  readonly body: string;
  readonly state: OutboxState;
  readonly now: number;
}

/** Writes a row behind the subject's others. Call `promoteHead` after the last one. */
export function insertOutbox(db: SqlConnection, row: NewOutboxRow): void {
  db.run(
    `INSERT INTO outbox (subject_id, n, id, tenant, turn_id, channel, call_sid, to_address, from_address, address_key,
       body, state, attempts, created_at, status_rank, resent)
     VALUES (?1, 1 + coalesce((SELECT max(n) FROM outbox WHERE subject_id = ?1), 0), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,
       ?11, 0, ?12, 0, 0)`,
    row.subjectId,
    row.id,
    row.tenant,
    row.turnId ?? null,
    row.channel,
    row.callSid ?? null,
    row.to,
    row.from,
    row.addressKey,
    row.body,
    row.state,
    row.now,
  );
}

/** The subject's first undelivered text. */
export function headOf(db: SqlConnection, subjectId: SubjectId): KeptOutboxRow | undefined {
  // Told which index, because the planner takes the primary key for as good, and that holds everything ever sent.
  return db.get(
    `SELECT * FROM outbox INDEXED BY outbox_open WHERE subject_id = ? AND state IN ('waiting', 'sending', 'ambiguous') AND channel <> 'voice'
     ORDER BY n LIMIT 1`,
    subjectId,
  );
}

/** Makes the subject's first undelivered text due, when it has just become the first. */
export function promoteHead(db: SqlConnection, subjectId: SubjectId, now: number): void {
  const head = headOf(db, subjectId);
  if (head?.next_at === null) setNextAt(db, head, now);
}

/** Changes when a row is looked at next. */
export function setNextAt(db: SqlConnection, row: KeptOutboxRow, nextAt: number): void {
  if (row.next_at === nextAt) return;
  db.run(`UPDATE outbox SET next_at = ? WHERE subject_id = ? AND n = ?`, nextAt, row.subject_id, row.n);
}

/** A row by id. */
export function outboxById(db: SqlConnection, id: OutboxId): KeptOutboxRow | undefined {
  return db.get(`SELECT * FROM outbox WHERE id = ?`, id);
}

/** The row that a provider knows under its own id. */
export function outboxByProvider(db: SqlConnection, providerId: string): KeptOutboxRow | undefined {
  return db.get(`SELECT * FROM outbox WHERE provider_id IS NOT NULL AND provider_id = ?`, providerId);
}

/** A subject's rows, or the last so many of them, the oldest first. */
export function outboxOf(db: SqlConnection, who: SubjectRef, last = -1): readonly OutboxRow[] {
  const sql = `SELECT * FROM outbox WHERE subject_id = ? AND tenant = ? ORDER BY n DESC LIMIT ?`;
  return db.all<KeptOutboxRow>(sql, who.subjectId, who.tenant, last).map(outboxRow).toReversed();
}

/** Subjects with a text that is due, the oldest first, and when the next one is. */
export function dueSubjects(
  db: SqlConnection,
  options: { readonly now: number; readonly limit: number },
): { readonly subjectIds: readonly SubjectId[]; readonly nextAt?: number } {
  const due = db.all<{ readonly subject_id: string }>(
    `SELECT subject_id FROM outbox WHERE next_at IS NOT NULL AND next_at <= ? ORDER BY next_at LIMIT ?`,
    options.now,
    options.limit,
  );
  const next = db.get<{ readonly next_at: number }>(
    `SELECT next_at FROM outbox WHERE next_at IS NOT NULL AND next_at > ? ORDER BY next_at LIMIT 1`,
    options.now,
  );
  const subjectIds = due.map((row) => branded<SubjectId>(row.subject_id));
  return next === undefined ? { subjectIds } : { subjectIds, nextAt: next.next_at };
}

/** A row as the port gives it. */
export function outboxRow(row: KeptOutboxRow): OutboxRow {
  return {
    id: row.id,
    subjectId: row.subject_id,
    tenant: row.tenant,
    channel: row.channel,
    to: row.to_address,
    from: row.from_address,
    body: row.body,
    state: row.state,
    attempts: row.attempts,
    createdAt: row.created_at,
    ...(row.turn_id === null ? {} : { turnId: row.turn_id }),
    ...(row.call_sid === null ? {} : { callSid: row.call_sid }),
    ...(row.sending_at === null ? {} : { sendingAt: row.sending_at }),
    ...(row.provider_id === null ? {} : { providerId: row.provider_id }),
  };
}
