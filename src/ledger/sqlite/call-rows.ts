import type { CallRecord, CallState } from "../../core/call-record.ts";
import type { CallSid, SubjectId, TenantId } from "../../core/ids.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";

/** A call's row. */
export interface CallRow {
  readonly call_sid: CallSid;
  readonly subject_id: SubjectId;
  readonly tenant: TenantId;
  readonly address_key: string;
  readonly from_address: string;
  readonly to_address: string;
  readonly direction: "inbound" | "outbound";
  readonly state: CallState;
  readonly epoch: number;
  readonly reconnects: number;
  readonly token_hash: string;
  readonly session_id: string | null;
  /** The program that has or had the call's newest socket. */
  readonly holder: string | null;
  readonly digits: string;
  readonly started_at: number;
  /** What the caller was greeted with. */
  readonly greeting: string;
}

/** A call by its sid. */
export function callBySid(db: SqlConnection, callSid: CallSid): CallRow | undefined {
  return db.get(`SELECT * FROM calls WHERE call_sid = ?`, callSid);
}

/** The call that a program has on the line with a subject now. */
export function liveCallOf(
  db: SqlConnection,
  held: { readonly subjectId: SubjectId; readonly holder: string },
): { readonly call_sid: CallSid } | undefined {
  // Told which index, because the planner takes one that holds every call there ever was for as good.
  const sql = `SELECT call_sid FROM calls INDEXED BY calls_open WHERE subject_id = ? AND state <> 'over' AND state = 'live' AND holder = ? LIMIT 1`;
  return db.get(sql, held.subjectId, held.holder);
}

/** No phone rings for longer; a call that still does has lost the callback that would have ended it. */
const RINGING_MS = 10 * 60_000;

/** Whether a subject is on the phone, or is about to be: a call of theirs rings, is live, or may come back. */
export function onThePhone(db: SqlConnection, subjectId: SubjectId, now: number): boolean {
  const sql = `SELECT 1 FROM calls INDEXED BY calls_open WHERE subject_id = ? AND state <> 'over' AND (state <> 'ringing' OR started_at > ?) LIMIT 1`;
  return db.get(sql, subjectId, now - RINGING_MS) !== undefined;
}

/** A call as the port gives it. */
export function callRecord(row: CallRow): CallRecord {
  return {
    callSid: row.call_sid,
    subjectId: row.subject_id,
    tenant: row.tenant,
    from: row.from_address,
    to: row.to_address,
    direction: row.direction,
    state: row.state,
    epoch: row.epoch,
    reconnects: row.reconnects,
    tokenHash: row.token_hash,
    digits: row.digits,
    startedAt: row.started_at,
    greeting: row.greeting,
    ...(row.session_id === null ? {} : { sessionId: row.session_id }),
  };
}
