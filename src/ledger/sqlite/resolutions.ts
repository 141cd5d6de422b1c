import { ContinuoError } from "../../core/errors.ts";
import { branded, type SubjectId, type SubjectRef, type TenantId } from "../../core/ids.ts";
import type { Resolution, ResolutionAnswer } from "../../core/ports/resolutions.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import { addEvent } from "./events.ts";
import { subjectKnownTo } from "./subjects.ts";

interface ResolutionRow {
  readonly address_key: string;
  readonly outcome: Resolution["outcome"];
  readonly found_key: string | null;
  readonly holder: string | null;
  readonly apart: number;
  readonly failures: number;
  readonly next_at: number;
}

/** What one resolver told of a subject's addresses, each with whoever is known under the key that it told. */
export function resolutionsOf(db: SqlConnection, who: SubjectRef, resolver: string): readonly Resolution[] {
  const rows = db.all<ResolutionRow>(
    `SELECT r.address_key, r.outcome, r.found_key, r.apart, r.failures, r.next_at, known.subject_id AS holder
     FROM addresses a
     JOIN resolutions r ON r.tenant = a.tenant AND r.address_key = a.address_key AND r.resolver = ?
     LEFT JOIN addresses known ON known.tenant = a.tenant AND known.address_key = r.found_key
     WHERE a.subject_id = ? AND a.tenant = ? ORDER BY r.address_key`,
    resolver,
    who.subjectId,
    who.tenant,
  );
  return rows.map((row) => ({
    addressKey: row.address_key,
    outcome: row.outcome,
    ...(row.found_key === null ? {} : { foundKey: row.found_key }),
    ...(row.holder === null ? {} : { holder: branded<SubjectId>(row.holder) }),
    apart: row.apart === 1,
    failures: row.failures,
    nextAt: row.next_at,
  }));
}

/** Keeps what a resolver told of an address, and tells of it. */
export function keepResolution(db: SqlConnection, args: ResolutionAnswer): void {
  const { tenant, subjectId, addressKey, resolver, answer } = args;
  if (subjectKnownTo(db, { tenant, subjectId }) === undefined)
    throw new ContinuoError("not_found", "the tenant has no such subject");
  const foundKey = answer.kind === "found" ? answer.foundKey : null;
  // Whoever was known by another key may have given the number away: its next owner is not brought together with them.
  db.run(
    `INSERT INTO resolutions (tenant, address_key, resolver, outcome, found_key, apart, failures, next_at)
     VALUES (?, ?, ?, ?, ?, 0, ?, ?)
     ON CONFLICT (tenant, address_key, resolver) DO UPDATE SET
       outcome = excluded.outcome,
       apart = iif(found_key <> excluded.found_key, 1, apart),
       found_key = coalesce(excluded.found_key, found_key),
       failures = iif(excluded.outcome = 'failed', failures + 1, 0),
       next_at = excluded.next_at`,
    tenant,
    addressKey,
    resolver,
    answer.kind,
    foundKey,
    answer.kind === "failed" ? 1 : 0,
    args.nextAt,
  );
  const detail = answer.kind === "found" ? { resolver } : { resolver, why: why(answer) };
  const name = answer.kind === "found" ? "subject_resolved" : "subject_unresolved";
  addEvent(db, { name, tenant, subjectId, detail }, args.now);
}

/** What was told of the subjects' addresses brings nobody together any more, and is asked anew. */
export function partResolutions(
  db: SqlConnection,
  args: { readonly tenant: TenantId; readonly subjects: readonly SubjectId[]; readonly now: number },
): void {
  for (const subjectId of args.subjects) {
    db.run(
      `UPDATE resolutions SET apart = 1, next_at = min(next_at, ?)
       WHERE tenant = ? AND address_key IN (SELECT address_key FROM addresses WHERE subject_id = ? AND tenant = ?)`,
      args.now,
      args.tenant,
      subjectId,
      args.tenant,
    );
  }
}

function why(answer: Exclude<ResolutionAnswer["answer"], { kind: "found" }>): string {
  return answer.kind === "failed" ? answer.why : "nobody";
}
