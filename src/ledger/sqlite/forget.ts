import type { CallSid, InboxId, SubjectId, TenantId } from "../../core/ids.ts";
import type { Forgotten, ForgetRequest } from "../../core/ports/life-cycle.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import { addEvent } from "./events.ts";
import { keepHash, keepOptOut, pruneHashes } from "./kept-hashes.ts";
import { everybodyIn } from "./merge-rows.ts";
import { consentTable, personalTables } from "./personal-tables.ts";
import { oweSeal } from "./seal-timer.ts";
import { subjectKnownTo } from "./subjects.ts";

/** A provider may deliver what is younger than this once more. */
const REDELIVERED_MS = 2 * 24 * 60 * 60_000;

/**
 * Removes a subject and whoever became part of it. With the lane and the turn's own row gone, an attempt under way can
 * claim nothing, settle nothing and keep nothing any more.
 */
export function forget(db: SqlConnection, args: ForgetRequest): Forgotten | undefined {
  const subject = subjectKnownTo(db, args);
  if (subject === undefined) return undefined;
  pruneHashes(db, args.now);
  const subjects = everybodyIn(db, subject.id);
  const kept = {
    consent: total(subjects, (id) => keepOptOuts(db, id)),
    inbox: total(subjects, (id) => keepMessages(db, id, args.now)),
    calls: total(subjects, (id) => keepCalls(db, id, args.now)),
  };
  for (const id of subjects) clearSplits(db, id);
  const removed: Record<string, number> = {};
  for (const table of personalTables) removed[table.name] = total(subjects, (id) => db.run(table.remove, id));
  const { tenant, by, now } = args;
  for (const subjectId of subjects) oweSeal(db, { tenant, subjectId, now });
  const rows = Object.values(removed).reduce((sum, count) => sum + count, 0);
  addEvent(db, { name: "customer_forgotten", tenant, detail: { by, subjects: subjects.length, rows } }, now);
  return { subjects, removed, kept };
}

/** A split that the store has still to do keeps no words. */
function clearSplits(db: SqlConnection, id: SubjectId): void {
  db.run(`UPDATE merges SET reason = '', moved = '{}' WHERE from_id = ? AND state = 'splitting'`, id);
}

interface OptOutRow {
  readonly tenant: TenantId;
  readonly address_key: string;
  readonly opted_out_at: number;
}

function keepOptOuts(db: SqlConnection, id: SubjectId): number {
  const rows = db.all<OptOutRow>(consentTable.select, id);
  for (const row of rows) keepOptOut(db, { tenant: row.tenant, addressKey: row.address_key }, row.opted_out_at);
  return rows.length;
}

interface MessageRow {
  readonly id: InboxId;
  readonly subject_id: SubjectId;
  readonly dedupe_key: string;
  readonly token: string | null;
}

function keepMessages(db: SqlConnection, subjectId: SubjectId, now: number): number {
  const rows = db.all<MessageRow>(
    `SELECT id, subject_id, dedupe_key, token FROM inbox WHERE kind = 'text' AND received_at > ?2
       AND ((subject_id = ?1 AND state IN ('pending', 'bound')) OR (subject_id = ?1 AND state IN ('done', 'dead')))`,
    subjectId,
    now - REDELIVERED_MS,
  );
  for (const row of rows) {
    for (const text of [row.dedupe_key, row.token ?? ""]) {
      if (text !== "") keepHash(db, { kind: "message", text, at: now }, { subjectId, rowId: row.id });
    }
  }
  return rows.length;
}

function keepCalls(db: SqlConnection, subjectId: SubjectId, now: number): number {
  const sql = `SELECT call_sid FROM calls WHERE subject_id = ? AND started_at > ?`;
  const rows = db.all<{ readonly call_sid: CallSid }>(sql, subjectId, now - REDELIVERED_MS);
  for (const { call_sid: text } of rows) keepHash(db, { kind: "call", text, at: now }, { subjectId });
  return rows.length;
}

function total(subjects: readonly SubjectId[], count: (id: SubjectId) => number): number {
  return subjects.reduce((sum, id) => sum + count(id), 0);
}
