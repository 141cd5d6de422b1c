import type { SubjectId, TurnId } from "../../core/ids.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";

/** Who works on a subject now. A lane that was never taken is free at fence 0. */
export interface Lane {
  readonly holder: string | undefined;
  readonly leaseUntil: number;
  readonly fence: number;
  /** The turn that was taken and is not settled. */
  readonly turnId: TurnId | undefined;
}

interface LaneRow {
  readonly holder: string | null;
  readonly lease_until: number;
  readonly fence: number;
  readonly turn_id: TurnId | null;
}

/** A subject's lane. */
export function readLane(db: SqlConnection, subjectId: SubjectId): Lane {
  const sql = `SELECT holder, lease_until, fence, turn_id FROM lanes WHERE subject_id = ?`;
  const row = db.get<LaneRow>(sql, subjectId);
  if (row === undefined) return { holder: undefined, leaseUntil: 0, fence: 0, turnId: undefined };
  return {
    holder: row.holder ?? undefined,
    leaseUntil: row.lease_until,
    fence: row.fence,
    turnId: row.turn_id ?? undefined,
  };
}

/** Writes a subject's lane. */
export function writeLane(db: SqlConnection, subjectId: SubjectId, lane: Lane): void {
  db.run(
    `INSERT INTO lanes (subject_id, holder, lease_until, fence, turn_id) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (subject_id) DO UPDATE SET holder = excluded.holder, lease_until = excluded.lease_until,
       fence = excluded.fence, turn_id = excluded.turn_id`,
    subjectId,
    lane.holder ?? null,
    lane.leaseUntil,
    lane.fence,
    lane.turnId ?? null,
  );
}

/** A lane in new hands: the fence rises with every change of holder, also from nobody. */
export function handOver(
  lane: Lane,
  request: { readonly holder: string; readonly leaseMs: number; readonly now: number },
): { readonly lane: Lane; readonly seized: boolean } {
  const changed = lane.holder !== request.holder;
  return {
    lane: {
      holder: request.holder,
      leaseUntil: request.now + request.leaseMs,
      fence: changed ? lane.fence + 1 : lane.fence,
      turnId: lane.turnId,
    },
    // Somebody may still be at work who does not know of this: a former holder, or an attempt whose lane was freed.
    seized: changed && (lane.holder !== undefined || lane.turnId !== undefined),
  };
}

/** Lets go of a lane; its fence stays. */
export function freeLane(db: SqlConnection, subjectId: SubjectId): void {
  db.run(`UPDATE lanes SET holder = NULL, lease_until = 0 WHERE subject_id = ?`, subjectId);
}

/** Renews the lease of a lane; false when somebody else has it. */
export function renew(
  db: SqlConnection,
  args: { readonly subjectId: SubjectId; readonly holder: string; readonly leaseMs: number; readonly now: number },
): boolean {
  const sql = `UPDATE lanes SET lease_until = ? WHERE subject_id = ? AND holder = ?`;
  return db.run(sql, args.now + args.leaseMs, args.subjectId, args.holder) > 0;
}

/** Gives a lane back, if it is the holder's. */
export function free(db: SqlConnection, args: { readonly subjectId: SubjectId; readonly holder: string }): void {
  const sql = `UPDATE lanes SET holder = NULL, lease_until = 0 WHERE subject_id = ? AND holder = ?`;
  db.run(sql, args.subjectId, args.holder);
}

/** Keeps what a running turn has spoken so far. An attempt that lost its lane writes nothing. */
export function spoke(
  db: SqlConnection,
  args: { readonly turnId: TurnId; readonly fence: number; readonly text: string },
): void {
  db.run(
    `UPDATE turns SET spoken = ? WHERE id = ? AND state = 'bound'
       AND (SELECT fence FROM lanes WHERE lanes.subject_id = turns.subject_id) <= ?`,
    args.text,
    args.turnId,
    args.fence,
  );
}
