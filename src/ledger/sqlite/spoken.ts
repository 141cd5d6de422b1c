import type { SpokenArrival, TakenSpoken } from "../../core/ports/ledger.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import { callBySid } from "./call-rows.ts";
import { addEvent } from "./events.ts";
import { bindRow, insertRow, openRows, rowByKey } from "./inbox.ts";
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
  const key = `call/${args.callSid}/${args.key}`;
  const row = { id: args.inboxId, key, subjectId, treatment: "answer", body: args.body, now } as const;
  const fresh = insertRow(db, row);
  if (fresh) {
    touchSubject(db, subject, now);
    addEvent(db, { name: "message_received", tenant: subject.tenant, subjectId, channel: "voice" }, now);
  }
  const rows = openRows(db, subjectId);
  const id = fresh ? args.inboxId : rowByKey(db, key)?.id;
  // What was kept and not bound yet may be bound now; anything else that comes again is a repeat.
  if (!rows.some((open) => open.id === id && open.state === "pending")) return { kind: "duplicate" };
  if (!current || !held) return { kind: "fenced" };
  if (args.bind === false || lane.turnId !== undefined) return { kind: "queued" };

  const turn = { id: args.turnId, subject_id: subjectId, attempt: 1, state: "bound", spoken: "" } as const;
  insertTurn(db, turn, now);
  writeLane(db, subjectId, { ...lane, turnId: turn.id });
  const joined = rows.filter((open) => open.id === id || (open.state === "pending" && open.treatment === "record"));
  for (const open of joined) bindRow(db, open.n, turn.id);
  return { kind: "turn", turn: startedTurn(db, turn, { subject, rows: joined, now }) };
}
