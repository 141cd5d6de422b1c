import { chooseRows } from "../../core/binding.ts";
import { newTurnId, type SubjectId } from "../../core/ids.ts";
import type { Taken, TakeRequest } from "../../core/ports/ledger.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import { liveCallOf } from "./call-rows.ts";
import { bindRow, openRows } from "./inbox.ts";
import { freeLane, handOver, readLane, writeLane, type Lane } from "./lanes.ts";
import { isBeingMerged } from "./merge-rows.ts";
import { startedTurn } from "./started-turn.ts";
import { subjectById, type SubjectRow } from "./subjects.ts";
import { insertTurn, turnById } from "./turns.ts";

/** How long whoever wants a lane waits, while the store brings two conversations together, before asking again. */
const MERGING_MS = 1_000;

/** A request with the name of the running program, which alone can hold the data folder. */
export type TakeArgs = TakeRequest & { readonly program: string };

/** Takes the subject's lane and binds what is pending to a turn, or goes on with the turn that was not finished. */
export function take(db: SqlConnection, args: TakeArgs): Taken {
  const before = readLane(db, args.subjectId);
  if (heldByALivingOther(before, args)) return { kind: "busy", untilMs: before.leaseUntil };
  const subject = subjectById(db, args.subjectId);
  if (subject === undefined) return { kind: "idle", fence: before.fence, seized: false };
  if (isBeingMerged(db, subject.id)) return { kind: "busy", untilMs: args.now + MERGING_MS };
  const { lane, seized } = handOver(before, args);
  const unfinished = lane.turnId === undefined ? undefined : turnById(db, lane.turnId);
  if (unfinished?.state === "bound") {
    writeLane(db, args.subjectId, lane);
    db.run(`UPDATE turns SET attempt = attempt + 1 WHERE id = ?`, unfinished.id);
    const rows = openRows(db, args.subjectId).filter((row) => row.turn_id === unfinished.id);
    const again = { ...unfinished, attempt: unfinished.attempt + 1 };
    const turn = startedTurn(db, again, { subject, rows, now: args.now });
    return { kind: "turn", fence: lane.fence, seized, turn };
  }
  return takePending(db, args, { subject, before, lane, seized });
}

function takePending(
  db: SqlConnection,
  args: TakeArgs,
  found: { readonly subject: SubjectRow; readonly before: Lane; readonly lane: Lane; readonly seized: boolean },
): Taken {
  const { subject, lane, seized } = found;
  const pending = openRows(db, args.subjectId).filter((row) => row.state === "pending");
  const chosen = new Set(chooseRows(pending));
  if (chosen.size === 0) return idle(db, args, found);
  const rows = pending.filter((row) => chosen.has(row.id));
  const turn = { id: newTurnId(args.now), subject_id: args.subjectId, attempt: 1, state: "bound", spoken: "" } as const;
  insertTurn(db, turn, args.now);
  for (const row of rows) bindRow(db, row.n, turn.id);
  writeLane(db, args.subjectId, { ...lane, turnId: turn.id });
  return {
    kind: "turn",
    fence: lane.fence,
    seized,
    turn: startedTurn(db, turn, { subject, rows, now: args.now }),
  };
}

function idle(
  db: SqlConnection,
  args: TakeArgs,
  found: { readonly before: Lane; readonly lane: Lane; readonly seized: boolean },
): Taken {
  const { before, lane, seized } = found;
  // A worker that looks in while a call is on the line must not take the lane from under it.
  if (args.keep === true || liveCallOf(db, args) !== undefined) {
    writeLane(db, args.subjectId, lane);
    return { kind: "idle", fence: lane.fence, seized };
  }
  if (before.holder !== undefined) freeLane(db, args.subjectId);
  return { kind: "idle", fence: before.fence, seized: false };
}

/** The data folder is locked, so a holder that is not this program is dead and need not be waited for. */
function heldByALivingOther(lane: Lane, args: TakeArgs & { readonly subjectId: SubjectId }): boolean {
  return lane.holder === args.program && lane.holder !== args.holder && lane.leaseUntil > args.now;
}
