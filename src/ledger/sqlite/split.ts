import type { TenantId } from "../../core/ids.ts";
import type { Merges, SplitOutcome } from "../../core/ports/merges.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import { addEvent } from "./events.ts";
import { mergeById, mergeRecord, movedBy, type Moved } from "./merge-rows.ts";
import { isBusy } from "./merge.ts";
import { promoteHead } from "./outbox-rows.ts";
import { customerActs } from "./sessions.ts";
import { routeOf, subjectById, writeRoute, type SubjectRow } from "./subjects.ts";
import { partTotals } from "./totals.ts";

/** The two whom a split takes apart. */
interface Pair {
  readonly tenant: TenantId;
  readonly into: SubjectRow;
  readonly from: SubjectRow;
}

/** Takes a merge back: what belongs to the addresses that came along goes with them. */
export function split(db: SqlConnection, args: Parameters<Merges["split"]>[0]): SplitOutcome {
  const { tenant, now } = args;
  const row = mergeById(db, args.mergeId);
  if (row?.tenant !== tenant) return refused("unknown");
  if (row.state === "splitting" || row.state === "split") return refused("already");
  const [into, from] = [subjectById(db, row.into_id), subjectById(db, row.from_id)];
  if (into === undefined || from === undefined) return refused("unknown");
  if (into.merged_into !== null) return refused("superseded");
  if (isBusy(db, into.id, now)) return refused("busy");

  giveBack(db, { tenant, into, from }, { ...movedBy(row), now });
  partTotals(db, into.id, from.id);
  db.run(`UPDATE merges SET state = 'splitting' WHERE id = ?`, row.id);
  const detail = { mergeId: row.id, by: args.by, from: from.id };
  addEvent(db, { name: "subject_split", tenant, subjectId: into.id, detail }, now);
  return { kind: "split", merge: mergeRecord({ ...row, state: "splitting" }) };
}

function giveBack(db: SqlConnection, pair: Pair, moved: Moved & { readonly now: number }): void {
  const { into, from } = pair;
  const { now } = moved;
  const addresses = moved.addresses.filter((key) => giveAddress(db, pair, key));
  db.run(
    `UPDATE subjects SET merged_into = NULL, last_active_at = max(last_active_at, ?), active_minute = max(active_minute, ?) WHERE id = ?`,
    into.last_active_at,
    into.active_minute,
    from.id,
  );
  giveOutbox(db, pair, { addresses: new Set(addresses), now });
  for (const key of addresses) {
    const sql = `UPDATE calls SET subject_id = ? WHERE subject_id = ? AND address_key = ?`;
    db.run(sql, from.id, into.id, key);
  }
  if (addresses.includes(routeOf(into)?.key ?? "")) {
    writeRoute(db, from.id, into);
    writeRoute(db, into.id, moved.route);
  }
  const waiting = addresses.reduce((count, key) => count + giveTexts(db, pair, key), 0);
  if (waiting > 0) customerActs(db, from, { said: true, now });
}

function giveAddress(db: SqlConnection, { tenant, into, from }: Pair, key: string): boolean {
  const sql = `UPDATE addresses SET subject_id = ? WHERE tenant = ? AND address_key = ? AND subject_id = ?`;
  return db.run(sql, from.id, tenant, key, into.id) > 0;
}

/** Gives the rows that go to the addresses back, in their order. */
function giveOutbox(
  db: SqlConnection,
  { into, from }: Pair,
  back: { readonly addresses: ReadonlySet<string>; readonly now: number },
): void {
  const rows = db.all<{ readonly n: number; readonly address_key: string }>(
    `SELECT n, address_key FROM outbox WHERE subject_id = ? ORDER BY n`,
    into.id,
  );
  for (const row of rows) {
    if (!back.addresses.has(row.address_key)) continue;
    db.run(
      `UPDATE outbox SET subject_id = ?1, n = 1 + coalesce((SELECT max(n) FROM outbox WHERE subject_id = ?1), 0)
       WHERE subject_id = ?2 AND n = ?3`,
      from.id,
      into.id,
      row.n,
    );
  }
  for (const id of [into.id, from.id]) promoteHead(db, id, back.now);
}

/** Gives the texts that came from an address back; how many of them still wait. */
function giveTexts(db: SqlConnection, { into, from }: Pair, key: string): number {
  const sender = key.slice(key.indexOf(":") + 1);
  db.run(
    `UPDATE inbox SET subject_id = ?
     WHERE subject_id = ? AND state IN ('done', 'dead') AND kind = 'text' AND json_extract(body, '$.from') = ?`,
    from.id,
    into.id,
    sender,
  );
  return db.run(
    `UPDATE inbox SET subject_id = ?
     WHERE subject_id = ? AND state IN ('pending', 'bound') AND kind = 'text' AND json_extract(body, '$.from') = ?`,
    from.id,
    into.id,
    sender,
  );
}

function refused(why: Extract<SplitOutcome, { kind: "refused" }>["why"]): SplitOutcome {
  return { kind: "refused", why };
}
