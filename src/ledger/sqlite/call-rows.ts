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
  const sql = `SELECT call_sid FROM calls WHERE subject_id = ? AND state = 'live' AND holder = ? LIMIT 1`;
  return db.get(sql, held.subjectId, held.holder);
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
    ...(row.session_id === null ? {} : { sessionId: row.session_id }),
  };
}
