import { newInboxId, type ClaimId, type SubjectId, type TurnId } from "../../core/ids.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import { sentences } from "../../core/sentences.ts";
import type { Claimed, Effect, ToolCallRecord, ToolClaim } from "../../core/tool-call.ts";
import { addEvent } from "./events.ts";
import { insertRow } from "./inbox.ts";
import { readLane } from "./lanes.ts";
import { moveSession } from "./sessions.ts";
import { standsFor, subjectById } from "./subjects.ts";
import { turnById, type TurnRow } from "./turns.ts";

interface ToolCallRow {
  readonly id: ClaimId;
  readonly subject_id: SubjectId;
  readonly turn_id: TurnId;
  readonly fence: number;
  readonly attempt: number;
  readonly call_id: string;
  readonly tool: string;
  readonly arguments: string;
  readonly effect: Effect;
  readonly state: "running" | "done" | "unknown";
  readonly output: string | null;
  readonly deadline_at: number | null;
  readonly started_at: number;
  readonly finished_at: number | null;
}

/** A call that only read, with what it gave. */
export type ReadCall = Omit<ToolClaim, "act" | "idempotent" | "deadlineAt"> & {
  readonly output: string;
  readonly startedAt: number;
};

/** Claims an act before it is done. The same act in the same turn happens once. */
export function claim(db: SqlConnection, args: ToolClaim): Claimed {
  if (args.effect === "reads") throw new Error("a call that only reads is recorded, not claimed");
  const turn = turnById(db, args.turnId);
  const lane = readLane(db, args.subjectId);
  if (turn?.state !== "bound" || turn.subject_id !== args.subjectId) return { kind: "fenced" };
  if (lane.turnId !== args.turnId || lane.fence !== args.fence) return { kind: "fenced" };
  const earlier = db.get<ToolCallRow>(
    `SELECT * FROM tool_calls WHERE turn_id = ? AND act IS NOT NULL AND act = ?`,
    args.turnId,
    args.act,
  );
  if (earlier !== undefined) return claimAgain(db, args, { earlier, turn });
  insertCall(db, { ...args, attempt: turn.attempt, startedAt: args.now, output: undefined });
  return { kind: "claimed", id: args.id, key: args.id };
}

/** Writes a result, whoever holds the lane by now; after the turn settled it becomes a row of the inbox. */
export function finish(
  db: SqlConnection,
  args: { readonly id: ClaimId; readonly output: string; readonly now: number },
): { readonly late: boolean; readonly subjectId?: SubjectId } {
  const call = db.get<ToolCallRow>(`SELECT * FROM tool_calls WHERE id = ?`, args.id);
  if (call === undefined) return { late: false };
  const subject = subjectById(db, call.subject_id);
  const subjectId = subject === undefined ? call.subject_id : standsFor(db, subject).id;
  if (call.state === "done") return { late: false, subjectId };
  const sql = `UPDATE tool_calls SET state = 'done', output = ?, finished_at = ? WHERE id = ?`;
  db.run(sql, args.output, args.now, args.id);
  // Who was told that nobody knows has gone on without it, so it is news as much as after the end of the turn.
  const told = call.state === "unknown" || turnById(db, call.turn_id)?.state === "settled";
  if (!told) return { late: false, subjectId };
  keepLateResult(db, { id: call.id, callId: call.call_id, tool: call.tool, subjectId, output: args.output }, args.now);
  return { late: true, subjectId };
}

/** Writes a call that only read, after the fact. A second one with the same id changes nothing. */
export function record(db: SqlConnection, args: ReadCall): void {
  const turn = turnById(db, args.turnId);
  // The customer was forgotten while it was being read.
  if (turn === undefined) return;
  insertCall(db, { ...args, attempt: turn.attempt, act: undefined, deadlineAt: undefined });
}

/** An answer that is on its way gets this long after its deadline. */
const EXPIRY_GRACE_MS = 5_000;

/** Acts of settled turns whose deadline passed without a result are unknown: the customer is told, and a person looks. */
export function expire(db: SqlConnection, args: { readonly now: number }): readonly SubjectId[] {
  const { now } = args;
  const overdue = db
    .all<ToolCallRow>(
      `SELECT * FROM tool_calls WHERE state = 'running' AND deadline_at <= ? ORDER BY n LIMIT 100`,
      now - EXPIRY_GRACE_MS,
    )
    .filter((call) => turnById(db, call.turn_id)?.state !== "bound");
  for (const call of overdue) {
    markUnknown(db, call, now);
    const { id, call_id: callId, tool, subject_id: subjectId } = call;
    insertRow(db, {
      id: newInboxId(now),
      // Not the key of the result itself, which may still come and is news then.
      key: `unknown/${id}`,
      subjectId,
      treatment: "answer",
      body: { kind: "tool_result", callId, tool, output: sentences.unknownAct },
      now,
    });
  }
  return overdue.map((call) => call.subject_id);
}

/** Acts that an attempt which died had begun, and that its successor's turn does not wait for, are unknown when the turn settles. */
export function giveUpRunning(
  db: SqlConnection,
  args: { readonly turnId: TurnId; readonly openCalls: readonly string[]; readonly now: number },
): void {
  const sql = `SELECT * FROM tool_calls WHERE turn_id = ? AND state = 'running'`;
  for (const call of db.all<ToolCallRow>(sql, args.turnId)) {
    if (!args.openCalls.includes(call.call_id)) markUnknown(db, call, args.now);
  }
}

/** The calls of a turn, in order. */
export function callsOfTurn(db: SqlConnection, turnId: TurnId): readonly ToolCallRecord[] {
  return db.all<ToolCallRow>(`SELECT * FROM tool_calls WHERE turn_id = ? ORDER BY n`, turnId).map(callRecord);
}

/** Whether a turn claimed anything that is more than reading. */
export function mayHaveActed(db: SqlConnection, turnId: TurnId): boolean {
  const sql = `SELECT 1 FROM tool_calls WHERE turn_id = ? AND effect <> 'reads' LIMIT 1`;
  return db.get(sql, turnId) !== undefined;
}

/** Whether an act of a subject was begun whose ending is still to come. */
export function actsUnderWay(db: SqlConnection, subjectId: SubjectId): boolean {
  // Told which index, because it holds only what runs in all the house, and the planner does not know how few that is.
  const sql = `SELECT 1 FROM tool_calls INDEXED BY tool_calls_running WHERE state = 'running' AND subject_id = ? LIMIT 1`;
  return db.get(sql, subjectId) !== undefined;
}

/** Keeps a result that came after its turn, as a row that is answered; once per call. */
export function keepLateResult(
  db: SqlConnection,
  call: Pick<ToolCallRecord, "id" | "callId" | "tool"> & { readonly subjectId: SubjectId; readonly output: string },
  now: number,
): void {
  const { callId, tool, output, subjectId } = call;
  insertRow(db, {
    id: newInboxId(now),
    key: `result/${call.id}`,
    subjectId,
    treatment: "answer",
    body: { kind: "tool_result", callId, tool, output },
    now,
  });
}

function claimAgain(
  db: SqlConnection,
  args: ToolClaim,
  found: { readonly earlier: ToolCallRow; readonly turn: TurnRow },
): Claimed {
  const { earlier, turn } = found;
  const { id } = earlier;
  if (earlier.state === "done") return { kind: "done", id, callId: earlier.call_id, output: earlier.output ?? "" };
  const overdue = earlier.deadline_at === null || earlier.deadline_at <= args.now;
  const elsewhere = earlier.fence !== args.fence || earlier.attempt !== turn.attempt;
  if (args.idempotent && (elsewhere || overdue)) {
    db.run(
      `UPDATE tool_calls SET state = 'running', fence = ?, attempt = ?, call_id = ?, deadline_at = ? WHERE id = ?`,
      args.fence,
      turn.attempt,
      args.callId,
      args.deadlineAt,
      id,
    );
    return { kind: "claimed", id, key: id };
  }
  // The program that claimed under an older fence is dead: nobody will write its result.
  const lost = earlier.state === "unknown" || overdue || earlier.fence < args.fence;
  if (!lost) return { kind: "running", id, untilMs: earlier.deadline_at ?? args.now };
  if (earlier.state === "running") markUnknown(db, earlier, args.now);
  return { kind: "unknown", id };
}

function markUnknown(db: SqlConnection, call: ToolCallRow, now: number): void {
  db.run(`UPDATE tool_calls SET state = 'unknown' WHERE id = ?`, call.id);
  const subject = subjectById(db, call.subject_id);
  if (subject === undefined) return;
  const about = { tenant: subject.tenant, subjectId: call.subject_id, turnId: call.turn_id };
  addEvent(db, { ...about, name: "tool_unknown", detail: { tool: call.tool } }, now);
  addEvent(db, { ...about, name: "escalation", detail: { priority: "high" } }, now);
  moveSession(db, subject, { cause: "escalated", now });
}

function insertCall(
  db: SqlConnection,
  call: {
    readonly id: ClaimId;
    readonly subjectId: SubjectId;
    readonly turnId: TurnId;
    readonly fence: number;
    readonly attempt: number;
    readonly callId: string;
    readonly tool: string;
    readonly arguments: string;
    readonly effect: Effect;
    readonly act: string | undefined;
    readonly output: string | undefined;
    readonly deadlineAt: number | undefined;
    readonly startedAt: number;
    readonly now: number;
  },
): void {
  db.run(
    `INSERT INTO tool_calls (id, subject_id, turn_id, fence, attempt, call_id, tool, arguments, effect, act, state,
       output, deadline_at, started_at, finished_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO NOTHING`,
    call.id,
    call.subjectId,
    call.turnId,
    call.fence,
    call.attempt,
    call.callId,
    call.tool,
    call.arguments,
    call.effect,
    call.act ?? null,
    call.output === undefined ? "running" : "done",
    call.output ?? null,
    call.deadlineAt ?? null,
    call.startedAt,
    call.output === undefined ? null : call.now,
  );
}

function callRecord(row: ToolCallRow): ToolCallRecord {
  return {
    id: row.id,
    callId: row.call_id,
    tool: row.tool,
    arguments: row.arguments,
    effect: row.effect,
    state: row.state,
    startedAt: row.started_at,
    ...(row.output === null ? {} : { output: row.output }),
    ...(row.finished_at === null ? {} : { finishedAt: row.finished_at }),
  };
}
