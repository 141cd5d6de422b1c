import type { InboxId, TurnId } from "../../core/ids.ts";
import type { SpokenArrival, TakenSpoken } from "../../core/ports/ledger.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import { callBySid } from "./call-rows.ts";
import { addEvent } from "./events.ts";
import { bindRow, insertRow, openRows } from "./inbox.ts";
import { readLane, writeLane } from "./lanes.ts";
import { startedTurn } from "./started-turn.ts";
import { subjectById, touchSubject } from "./subjects.ts";
import { insertTurn } from "./turns.ts";

/** Keeps what a caller said or pressed, and binds it to a turn on the lane that the call holds. */
export function acceptSpoken(db: SqlConnection, args: SpokenArrival): TakenSpoken {
  const { subjectId, now } = args;
  const lane = readLane(db, subjectId);
  const call = callBySid(db, args.callSid);
  const subject = subjectById(db, subjectId);
  const current = call?.state === "live" && call.epoch === args.epoch && call.subject_id === subjectId;
  const held = lane.holder === args.holder && lane.fence === args.fence;
  if (subject === undefined) return { kind: "fenced" };
  const binds = current && held && lane.turnId === undefined;
  const key = `call/${args.callSid}/${args.key}`;
  const row = { id: args.inboxId, key, subjectId, treatment: "answer", body: args.body, now } as const;
  if (!insertRow(db, binds ? { ...row, turnId: args.turnId } : row)) return { kind: "duplicate" };
  touchSubject(db, subject, now);
  addEvent(db, { name: "message_received", tenant: subject.tenant, subjectId, channel: "voice" }, now);
  if (!current || !held) return { kind: "fenced" };
  if (!binds) return { kind: "queued" };

  const turn = { id: args.turnId, subject_id: subjectId, attempt: 1, state: "bound", spoken: "" } as const;
  insertTurn(db, turn, now);
  writeLane(db, subjectId, { ...lane, turnId: turn.id });
  return { kind: "turn", turn: startedTurn(db, turn, { subject, rows: join(db, args), now }) };
}

/** The spoken row, and what only waits to be recorded. */
function join(
  db: SqlConnection,
  args: { readonly subjectId: SpokenArrival["subjectId"]; readonly turnId: TurnId; readonly inboxId: InboxId },
) {
  const rows = openRows(db, args.subjectId).filter(
    (row) => row.id === args.inboxId || (row.state === "pending" && row.treatment === "record"),
  );
  for (const row of rows) if (row.state === "pending") bindRow(db, row.n, args.turnId);
  return rows;
}
