import type { SubjectId } from "../../core/ids.ts";
import type { MergeOutcome, MergeRequest } from "../../core/ports/merges.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import { onThePhone } from "./call-rows.ts";
import { addEvent } from "./events.ts";
import { readLane, writeLane } from "./lanes.ts";
import { insertMerge, isBeingMerged, mergeById, mergeRecord, type MergeRow, type Moved } from "./merge-rows.ts";
import { headOf, promoteHead } from "./outbox-rows.ts";
import { customerActs, moveSession } from "./sessions.ts";
import { addressKeys, standsFor, subjectById, writeRoute, type SubjectRow } from "./subjects.ts";
import { actsUnderWay } from "./tool-calls.ts";
import { joinTotals } from "./totals.ts";

/** The two whom a merge makes one. */
interface Pair {
  readonly into: SubjectRow;
  readonly from: SubjectRow;
}

/** Makes one subject part of another. Ids are resolved first, so that nobody can become part of themselves in a circle. */
export function merge(db: SqlConnection, args: MergeRequest): MergeOutcome {
  const { now } = args;
  if (args.into === args.from) return refused("itself");
  const [named, other] = [subjectById(db, args.into), subjectById(db, args.from)];
  if (named === undefined || other === undefined) return refused("unknown");
  if (named.tenant !== args.tenant || other.tenant !== args.tenant) return refused("other_tenant");
  const pair = { into: standsFor(db, named), from: standsFor(db, other) };
  const { into, from } = pair;
  if (into.id === from.id || mergeById(db, args.mergeId) !== undefined) return refused("already");
  const busy = isBusy(db, into.id, now) || isBusy(db, from.id, now) || actsUnderWay(db, from.id);
  if (busy) return refused("busy");

  joinSessions(db, pair, args);
  const moved = moveEverything(db, pair, now);
  joinTotals(db, into.id, from.id);
  const row: MergeRow = {
    id: args.mergeId,
    tenant: args.tenant,
    into_id: into.id,
    from_id: from.id,
    reason: args.reason,
    by_name: args.by,
    at: now,
    state: "merging",
    moved: JSON.stringify(moved),
  };
  insertMerge(db, row);
  // Why it was done may name the person, so that only the merge itself keeps it.
  const detail = { mergeId: args.mergeId, by: args.by, from: from.id };
  addEvent(db, { name: "subjects_merged", tenant: args.tenant, subjectId: into.id, detail }, now);
  return { kind: "merged", merge: mergeRecord(row) };
}

/** Whether a turn or a call of a subject is under way, or the store is still at work on its last merge. */
export function isBusy(db: SqlConnection, subjectId: SubjectId, now: number): boolean {
  return readLane(db, subjectId).turnId !== undefined || onThePhone(db, subjectId, now) || isBeingMerged(db, subjectId);
}

/** The session of the one that goes ends; whoever was talking or waiting for a person in it does so in the other's. */
function joinSessions(db: SqlConnection, { into, from }: Pair, args: MergeRequest): void {
  const { by, now } = args;
  const resting = into.session === "CLOSED" || into.session === "IDLE";
  const talking = from.session === "NEW" || from.session === "ACTIVE";
  if (from.session === "WAITING_AGENT") moveSession(db, into, { cause: "escalated", by, now });
  else if (resting && talking) {
    const session = customerActs(db, into, { said: from.session_said === 1, now });
    // What was said a minute ago is still the talk that goes on: a session that begins here began with the other's.
    if (into.session === "CLOSED" && from.session_id !== null) {
      const sql = `UPDATE sessions SET started_at = min(started_at, (SELECT started_at FROM sessions WHERE id = ?)) WHERE id = ?`;
      db.run(sql, from.session_id, session);
    }
  }
  moveSession(db, from, { cause: "merged", by, now });
}

/** Gives the one what is the other's: addresses, what waits, calls, timers. What is over stays where it happened. */
function moveEverything(db: SqlConnection, { into, from }: Pair, now: number): Moved {
  const addresses = addressKeys(db, from.id);
  db.run(`UPDATE addresses SET subject_id = ? WHERE subject_id = ?`, into.id, from.id);
  const sql = `UPDATE inbox SET subject_id = ? WHERE subject_id = ? AND state IN ('pending', 'bound')`;
  db.run(sql, into.id, from.id);
  moveOutbox(db, { into: into.id, from: from.id }, now);
  db.run(`UPDATE calls SET subject_id = ? WHERE subject_id = ?`, into.id, from.id);
  db.run(`UPDATE timers SET subject_id = ? WHERE subject_id = ?`, into.id, from.id);
  db.run(`UPDATE codes SET subject_id = ? WHERE subject_id = ?`, into.id, from.id);
  db.run(`UPDATE code_counts SET subject_id = ? WHERE subject_id = ?`, into.id, from.id);
  db.run(`UPDATE subjects SET merged_into = ? WHERE id = ?`, into.id, from.id);
  raiseFence(db, into.id, from.id);
  const owner = from.owner === "operator" ? "operator" : into.owner;
  db.run(
    `UPDATE subjects SET owner = ?, last_active_at = max(last_active_at, ?), active_minute = max(active_minute, ?) WHERE id = ?`,
    owner,
    from.last_active_at,
    from.active_minute,
    into.id,
  );
  if (hasBetterRoute(from, into)) writeRoute(db, into.id, from);
  const { route_source, route } = into;
  return { addresses, route: { route_source, route } };
}

/** The store keeps the higher fence of the two, and takes nothing below it. */
function raiseFence(db: SqlConnection, into: SubjectId, from: SubjectId): void {
  const [lane, other] = [readLane(db, into), readLane(db, from)];
  if (other.fence > lane.fence) writeLane(db, into, { ...lane, fence: other.fence });
}

/** Puts the rows of one behind those of the other, in their order. */
function moveOutbox(db: SqlConnection, ids: { readonly into: SubjectId; readonly from: SubjectId }, now: number): void {
  const { into, from } = ids;
  // Only the first open row of a subject is due.
  if (headOf(db, into) !== undefined) {
    db.run(`UPDATE outbox SET next_at = NULL WHERE subject_id = ? AND next_at IS NOT NULL`, from);
  }
  const sql = `SELECT max(n) AS last FROM outbox WHERE subject_id = ?`;
  const last = db.get<{ readonly last: number | null }>(sql, into)?.last ?? 0;
  db.run(`UPDATE outbox SET subject_id = ?, n = n + ? WHERE subject_id = ?`, into, last, from);
  promoteHead(db, into, now);
}

/** The younger route wins; but what a call told of texting is only a guess against what a text told. */
function hasBetterRoute(one: SubjectRow, other: SubjectRow): boolean {
  if (one.route === null) return false;
  if (other.route === null) return true;
  if (one.route_source !== other.route_source) return one.route_source === "text";
  return one.last_active_at > other.last_active_at;
}

function refused(why: Extract<MergeOutcome, { kind: "refused" }>["why"]): MergeOutcome {
  return { kind: "refused", why };
}
