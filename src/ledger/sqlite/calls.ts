import type { CallRecord } from "../../core/call-record.ts";
import { ContinuoError } from "../../core/errors.ts";
import type { EventName } from "../../core/events.ts";
import { newTimerId, type CallSid, type SessionId, type SubjectId, type TimerId, type TurnId } from "../../core/ids.ts";
import type { Calls } from "../../core/ports/ledger.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import { callBySid, callRecord, type CallRow } from "./call-rows.ts";
import { addEvent } from "./events.ts";
import { isForgottenCall } from "./kept-hashes.ts";
import { handOver, readLane, writeLane } from "./lanes.ts";
import { speakAgain, textInsteadOfSpeech } from "./replies.ts";
import { currentSession, customerActs } from "./sessions.ts";
import { keepCallRoute, makeSubject, subjectById, subjectOf, touchSubject } from "./subjects.ts";
import { cancelTimer, setTimer } from "./timers.ts";

/** A call as it rings. */
type OpenCall = Parameters<Calls["open"]>[0];

/** Keeps a call that rings, and finds or makes its subject; gives a known one its new token. */
export function openCall(db: SqlConnection, args: OpenCall): CallRecord {
  const known = callBySid(db, args.callSid);
  if (known === undefined) {
    if (isForgottenCall(db, args.callSid)) throw new ContinuoError("not_found", "whoever called was forgotten since");
    return callRecord(newCall(db, args));
  }
  const reconnects = known.reconnects + (args.resume && known.state !== "over" ? 1 : 0);
  const sql = `UPDATE calls SET token_hash = ?, reconnects = ? WHERE call_sid = ?`;
  db.run(sql, args.tokenHash, reconnects, args.callSid);
  return callRecord({ ...known, token_hash: args.tokenHash, reconnects });
}

/** A socket said `setup`: the newest one wins, and takes the subject's lane from whoever held it. */
export function connectCall(
  db: SqlConnection,
  args: {
    readonly callSid: CallSid;
    readonly sessionId: string;
    readonly holder: string;
    readonly leaseMs: number;
    readonly now: number;
  },
):
  | {
      readonly call: CallRecord;
      readonly fence: number;
      readonly seized: boolean;
      readonly resumed: boolean;
      readonly session: SessionId;
      readonly sessionSince: number;
    }
  | undefined {
  const call = callBySid(db, args.callSid);
  if (call === undefined || call.state === "over") return undefined;
  const subject = subjectById(db, call.subject_id);
  if (subject === undefined) return undefined;
  const { lane, seized } = handOver(readLane(db, call.subject_id), args);
  writeLane(db, call.subject_id, lane);
  cancelTimer(db, { key: graceKey(args.callSid) });
  const epoch = call.epoch + 1;
  db.run(
    `UPDATE calls SET state = 'live', epoch = ?, session_id = ?, holder = ? WHERE call_sid = ?`,
    epoch,
    args.sessionId,
    args.holder,
    args.callSid,
  );
  const resumed = call.epoch > 0;
  tell(db, call, { name: resumed ? "call_resumed" : "call_connected", now: args.now });
  const live = { ...call, state: "live", epoch, session_id: args.sessionId, holder: args.holder } as const;
  return { call: callRecord(live), fence: lane.fence, seized, resumed, ...currentSession(db, subject, args) };
}

/** The socket of this epoch is gone: the call is lost until another comes or the grace is over. */
export function dropCall(
  db: SqlConnection,
  args: {
    readonly callSid: CallSid;
    readonly epoch: number;
    readonly graceMs: number;
    readonly timerId: TimerId;
    readonly unheard?: readonly TurnId[];
    readonly now: number;
  },
): boolean {
  const call = callBySid(db, args.callSid);
  if (call === undefined || call.state === "over") return false;
  // What this socket took with it is to be said again, also when another has come before this one was known to be dead.
  for (const turnId of args.unheard ?? []) speakAgain(db, args.callSid, turnId);
  if (call.state !== "live" || call.epoch !== args.epoch) return false;
  db.run(`UPDATE calls SET state = 'lost' WHERE call_sid = ?`, args.callSid);
  setTimer(db, {
    id: args.timerId,
    key: graceKey(args.callSid),
    subjectId: call.subject_id,
    dueAt: args.now + args.graceMs,
    body: { kind: "call_grace", callSid: args.callSid, epoch: args.epoch },
  });
  tell(db, call, { name: "call_dropped", now: args.now });
  return true;
}

/** Calls whose socket was a dead program's are lost, from now on; how many. */
export function loseOthers(
  db: SqlConnection,
  args: { readonly holder: string; readonly graceMs: number; readonly now: number },
): number {
  const orphans = db.all<Pick<CallRow, "call_sid" | "epoch">>(
    `SELECT call_sid, epoch FROM calls WHERE state = 'live' AND holder IS NOT NULL AND holder <> ?`,
    args.holder,
  );
  for (const { call_sid: callSid, epoch } of orphans) {
    dropCall(db, { callSid, epoch, graceMs: args.graceMs, timerId: newTimerId(args.now), now: args.now });
  }
  return orphans.length;
}

/** The caller is gone: what waited to be spoken becomes a text. Once. */
export function endCall(
  db: SqlConnection,
  args: { readonly callSid: CallSid; readonly now: number },
): { readonly subjectId?: SubjectId; readonly toSend: boolean } {
  const call = callBySid(db, args.callSid);
  if (call === undefined) return { toSend: false };
  const subjectId = call.subject_id;
  if (call.state === "over") return { subjectId, toSend: false };
  const sql = `UPDATE calls SET state = 'over', digits = '', ended_at = ? WHERE call_sid = ?`;
  db.run(sql, args.now, args.callSid);
  cancelTimer(db, { key: graceKey(args.callSid) });
  tell(db, call, { name: "call_ended", now: args.now });
  return { subjectId, toSend: textInsteadOfSpeech(db, call, args.now) };
}

/** Keeps the keys that were pressed and not yet used; only the newest socket's count. */
export function keepDigits(
  db: SqlConnection,
  args: { readonly callSid: CallSid; readonly epoch: number; readonly digits: string },
): void {
  const sql = `UPDATE calls SET digits = ? WHERE call_sid = ? AND epoch = ? AND state <> 'over'`;
  db.run(sql, args.digits, args.callSid, args.epoch);
}

/** The key of the timer that ends a call which stays lost. */
function graceKey(callSid: CallSid): string {
  return `call_grace/${callSid}`;
}

function newCall(db: SqlConnection, args: OpenCall): CallRow {
  const subject = subjectOf(db, args) ?? makeSubject(db, args, { said: false });
  const row: CallRow = {
    call_sid: args.callSid,
    subject_id: subject.id,
    tenant: args.tenant,
    address_key: args.addressKey,
    from_address: args.from,
    to_address: args.to,
    direction: args.direction,
    state: "ringing",
    epoch: 0,
    reconnects: 0,
    token_hash: args.tokenHash,
    session_id: null,
    holder: null,
    digits: "",
    started_at: args.now,
    greeting: args.greeting,
  };
  db.run(
    `INSERT INTO calls (call_sid, subject_id, tenant, address_key, from_address, to_address, direction, state, epoch,
       reconnects, token_hash, digits, started_at, greeting) VALUES (?, ?, ?, ?, ?, ?, ?, 'ringing', 0, 0, ?, '', ?, ?)`,
    row.call_sid,
    row.subject_id,
    row.tenant,
    row.address_key,
    row.from_address,
    row.to_address,
    row.direction,
    row.token_hash,
    row.started_at,
    row.greeting,
  );
  customerActs(db, subject, { said: false, clocks: args.session, now: args.now });
  touchSubject(db, subject, args.now);
  if (!args.addressKey.startsWith("anonymous:")) {
    const [to, from] = args.direction === "inbound" ? [args.from, args.to] : [args.to, args.from];
    keepCallRoute(db, subject.id, { channel: "sms", to, from, key: args.addressKey });
  }
  tell(db, row, { name: "call_started", now: args.now });
  return row;
}

function tell(db: SqlConnection, call: CallRow, event: { readonly name: EventName; readonly now: number }): void {
  const { tenant, subject_id: subjectId } = call;
  addEvent(db, { name: event.name, tenant, subjectId, channel: "voice" }, event.now);
}
