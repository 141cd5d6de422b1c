import { sum } from "../../core/counting.ts";
import type { SubjectId, SubjectRef, TenantId } from "../../core/ids.ts";
import { counters, type Counts, type Totals } from "../../core/ports/totals.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import { standsFor, subjectById, subjectKnownTo } from "./subjects.ts";

interface CountsRow {
  /** JSON, so that a new counter needs no change of the table. */
  readonly counts: string;
}

/** Place of the last event that was counted. */
export function countedThrough(db: SqlConnection): number {
  return db.get<{ readonly seq: number }>(`SELECT seq FROM counted_events WHERE one = 1`)?.seq ?? 0;
}

/** Adds what a stretch of events comes to and moves the place on; false, and nothing is added, when it was counted before. */
export function addTotals(db: SqlConnection, args: Parameters<Totals["add"]>[0]): boolean {
  if (countedThrough(db) !== args.after) return false;
  const sql = `INSERT INTO counted_events (one, seq) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET seq = excluded.seq`;
  db.run(sql, args.through);
  for (const { subjectId, counts } of args.subjects) {
    const subject = subjectById(db, subjectId);
    // Whoever was forgotten since is not counted any more.
    if (subject !== undefined) addToSubject(db, standsFor(db, subject).id, counts);
  }
  for (const each of args.days) addToDay(db, each);
  return true;
}

/** What was counted of a tenant's subject. */
export function totalsOfSubject(db: SqlConnection, who: SubjectRef): Counts {
  const subject = subjectKnownTo(db, who);
  return subject === undefined ? {} : keptCounts(db, subject.id);
}

/** What was counted of a tenant, day by day. */
export function totalsOfDays(
  db: SqlConnection,
  tenant: TenantId,
  range: { readonly from: string; readonly to: string },
): readonly { readonly day: string; readonly counts: Counts }[] {
  const sql = `SELECT day, counts FROM day_totals WHERE tenant = ? AND day >= ? AND day <= ? ORDER BY day`;
  const rows = db.all<CountsRow & { readonly day: string }>(sql, tenant, range.from, range.to);
  return rows.map((row) => ({ day: row.day, counts: countsOf(row) }));
}

/** Counts of one subject as those of another too. What was counted of the first stays, for the case that they are split. */
export function joinTotals(db: SqlConnection, into: SubjectId, from: SubjectId): void {
  addToSubject(db, into, keptCounts(db, from));
}

/** Takes what one subject brought along away from the other. */
export function partTotals(db: SqlConnection, into: SubjectId, from: SubjectId): void {
  const brought = keptCounts(db, from);
  const taken = counters.map((name) => [name, -(brought[name] ?? 0)] as const).filter(([, count]) => count !== 0);
  addToSubject(db, into, Object.fromEntries(taken));
}

function keptCounts(db: SqlConnection, subjectId: SubjectId): Counts {
  return countsOf(db.get<CountsRow>(`SELECT counts FROM subject_totals WHERE subject_id = ?`, subjectId));
}

function addToSubject(db: SqlConnection, subjectId: SubjectId, counts: Counts): void {
  if (Object.keys(counts).length === 0) return;
  const total = JSON.stringify(sum(keptCounts(db, subjectId), counts));
  const sql = `INSERT INTO subject_totals (subject_id, counts) VALUES (?, ?) ON CONFLICT (subject_id) DO UPDATE SET counts = excluded.counts`;
  db.run(sql, subjectId, total);
}

function addToDay(
  db: SqlConnection,
  each: { readonly tenant: TenantId; readonly day: string; readonly counts: Counts },
): void {
  const { tenant, day } = each;
  const before = countsOf(db.get<CountsRow>(`SELECT counts FROM day_totals WHERE tenant = ? AND day = ?`, tenant, day));
  const total = JSON.stringify(sum(before, each.counts));
  const sql = `INSERT INTO day_totals (tenant, day, counts) VALUES (?, ?, ?) ON CONFLICT (tenant, day) DO UPDATE SET counts = excluded.counts`;
  db.run(sql, tenant, day, total);
}

function countsOf(row: CountsRow | undefined): Counts {
  // This program wrote the JSON itself, from this type.
  return row === undefined ? {} : (JSON.parse(row.counts) as Counts);
}
