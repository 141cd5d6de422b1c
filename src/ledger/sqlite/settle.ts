import { FAILURES_BEFORE_ALONE } from "../../core/binding.ts";
import type { TurnId } from "../../core/ids.ts";
import type { Settled, SettleRequest } from "../../core/ports/ledger.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import type { Settlement } from "../../core/turn-record.ts";
import { addEvent } from "./events.ts";
import { openRows, unbindRow, type KeptRow } from "./inbox.ts";
import { readLane, writeLane, type Lane } from "./lanes.ts";
import { writeReplies } from "./replies.ts";
import { moveSession } from "./sessions.ts";
import { subjectById, type SubjectRow } from "./subjects.ts";
import { callsOfTurn, keepLateResult, mayHaveActed, giveUpRunning } from "./tool-calls.ts";
import { endTurn, turnById, type TurnRow } from "./turns.ts";

/** Writes what a turn decided, all of it. */
export function settle(db: SqlConnection, args: SettleRequest): Settled {
  const { settlement, now } = args;
  const turn = turnById(db, settlement.turnId);
  if (turn?.state === "settled") return { kind: "repeated" };
  const held = turn === undefined ? undefined : stillHeld(db, turn, args.fence);
  if (turn === undefined || held === undefined) return { kind: "fenced" };
  const { lane, subject } = held;

  settleRows(db, settlement, boundRows(db, turn));
  writeLane(db, subject.id, { ...lane, turnId: undefined });
  endTurn(db, turn.id, { state: "settled", outcome: settlement.outcome, now });
  const replies = writeReplies(db, settlement, { subject, now });
  for (const event of settlement.events) addEvent(db, event, now);
  const cause = causeOf(settlement);
  if (cause !== undefined) moveSession(db, subject, { cause, now });
  giveUpRunning(db, { turnId: turn.id, openCalls: settlement.openCalls, now });
  for (const call of callsOfTurn(db, turn.id)) {
    const open = call.state === "done" && settlement.openCalls.includes(call.callId);
    if (open) keepLateResult(db, { ...call, subjectId: subject.id, output: call.output ?? "" }, now);
  }
  return { kind: "settled", ...replies };
}

/** Gives a bound turn up for a later text: its rows wait again. Refused once the turn did something to the world. */
export function supersede(
  db: SqlConnection,
  args: { readonly turnId: TurnId; readonly fence: number; readonly now: number },
): boolean {
  const turn = turnById(db, args.turnId);
  const held = turn === undefined ? undefined : stillHeld(db, turn, args.fence);
  if (turn === undefined || held === undefined) return false;
  const rows = boundRows(db, turn);
  if (rows.some((row) => row.superseded === 1) || mayHaveActed(db, turn.id)) return false;
  for (const row of rows) {
    db.run(`UPDATE inbox SET state = 'pending', turn_id = NULL, superseded = 1 WHERE n = ?`, row.n);
  }
  endTurn(db, turn.id, { state: "superseded", now: args.now });
  writeLane(db, held.subject.id, { ...held.lane, turnId: undefined });
  const { tenant, id: subjectId } = held.subject;
  addEvent(db, { name: "turn_superseded", tenant, subjectId, turnId: turn.id }, args.now);
  return true;
}

/** Records that an attempt did not end. Rows that failed together are let go, to be tried one by one. */
export function failAttempt(
  db: SqlConnection,
  args: { readonly turnId: TurnId; readonly fence: number; readonly now: number },
): { readonly failures: number; readonly split: boolean } {
  const turn = turnById(db, args.turnId);
  const held = turn === undefined ? undefined : stillHeld(db, turn, args.fence);
  if (turn === undefined || held === undefined) return { failures: 0, split: false };
  const rows = boundRows(db, turn);
  for (const row of rows) db.run(`UPDATE inbox SET failures = failures + 1 WHERE n = ?`, row.n);
  const answerable = rows.filter((row) => row.treatment !== "record");
  const counted = answerable.length === 0 ? rows : answerable;
  const failures = counted.reduce((most, row) => Math.max(most, row.failures + 1), 0);
  // What was done in this turn belongs to it: its rows stay, or the same act would be done again in another turn.
  const split = rows.length > 1 && failures >= FAILURES_BEFORE_ALONE && !mayHaveActed(db, turn.id);
  if (split) {
    for (const row of rows) unbindRow(db, row.n);
    endTurn(db, turn.id, { state: "split", now: args.now });
    writeLane(db, held.subject.id, { ...held.lane, turnId: undefined });
  }
  const { tenant, id: subjectId } = held.subject;
  const detail = { attempt: turn.attempt, failures, split };
  addEvent(db, { name: "error_occurred", tenant, subjectId, turnId: turn.id, detail }, args.now);
  return { failures, split };
}

/** The lane and subject of a turn that is still bound under this fence. */
function stillHeld(
  db: SqlConnection,
  turn: TurnRow,
  fence: number,
): { readonly lane: Lane; readonly subject: SubjectRow } | undefined {
  const lane = readLane(db, turn.subject_id);
  if (turn.state !== "bound" || lane.turnId !== turn.id || lane.fence !== fence) return undefined;
  const subject = subjectById(db, turn.subject_id);
  return subject === undefined ? undefined : { lane, subject };
}

function boundRows(db: SqlConnection, turn: TurnRow): readonly KeptRow[] {
  return openRows(db, turn.subject_id).filter((row) => row.turn_id === turn.id);
}

function settleRows(db: SqlConnection, settlement: Settlement, rows: readonly KeptRow[]): void {
  const consumed = new Set(settlement.consumed);
  const dead = new Set(settlement.dead);
  for (const row of rows) {
    if (dead.has(row.id)) db.run(`UPDATE inbox SET state = 'dead' WHERE n = ?`, row.n);
    else if (consumed.has(row.id)) db.run(`UPDATE inbox SET state = 'done' WHERE n = ?`, row.n);
    else unbindRow(db, row.n);
  }
}

/** What a settlement means for the session; nothing when nobody was answered. */
function causeOf(settlement: Settlement): "answered" | "escalated" | undefined {
  if (settlement.escalation !== undefined) return "escalated";
  return settlement.outcome === "held" || settlement.outcome === "recorded" ? undefined : "answered";
}
