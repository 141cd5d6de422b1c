/** A table in which rows belong to subjects. Both statements take the id of one. */
export interface PersonalTable {
  readonly name: string;
  /** Gives the subject's rows, without secrets. */
  readonly select: string;
  /** Removes them. */
  readonly remove: string;
  /** Columns that hold JSON. */
  readonly json: readonly string[];
}

const mine = `subject_id = ?1`;
const ofAddresses = `(tenant, address_key) IN (SELECT tenant, address_key FROM addresses WHERE subject_id = ?1)`;
const turnIds = `SELECT id FROM turns WHERE settled_at IS NOT NULL AND subject_id = ?1
  UNION ALL SELECT turn_id FROM lanes WHERE subject_id = ?1 AND turn_id IS NOT NULL`;

/** Opt-outs of a subject's addresses, and of those that were only ever written to for it, unless they are somebody else's. */
export const consentTable = personal(
  "consent",
  `${ofAddresses} OR ((tenant, address_key) IN (SELECT tenant, address_key FROM outbox WHERE subject_id = ?1)
    AND (tenant, address_key) NOT IN (SELECT tenant, address_key FROM addresses))`,
);

/**
 * Every table of the ledger in which rows belong to a subject, in an order in which they can be removed: one whose rows
 * are found by another comes before it. Events are not among them, since they hold no personal data.
 */
export const personalTables: readonly PersonalTable[] = [
  personal("codes", ofKey("codes", "code_key"), {
    columns: "tenant, code_key, subject_id, expires_at, tries, spent",
  }),
  personal("code_counts", ofKey("code_counts", "who")),
  consentTable,
  personal("resolutions", ofAddresses),
  personal("addresses", mine),
  // In the words of its two indexes, which hold what is open and what is over.
  personal(
    "inbox",
    `(subject_id = ?1 AND state IN ('pending', 'bound')) OR (subject_id = ?1 AND state IN ('done', 'dead'))`,
    { json: ["body"], order: "n" },
  ),
  personal("outbox", mine),
  personal("tool_calls", `turn_id IN (${turnIds})`, { json: ["arguments", "output"], order: "n" }),
  personal("turns", `id IN (${turnIds})`),
  personal("lanes", mine),
  personal("timers", mine, { json: ["body"] }),
  personal("calls", mine, {
    columns: `call_sid, subject_id, tenant, address_key, from_address, to_address, direction, state, epoch, reconnects,
      session_id, digits, started_at, ended_at, greeting`,
  }),
  personal("sessions", mine),
  // But not one that the store has still to take apart: the other's conversation holds words of this one until then.
  personal("merges", `into_id = ?1 OR (from_id = ?1 AND state <> 'splitting')`, { json: ["moved"] }),
  personal("subject_totals", mine, { json: ["counts"] }),
  personal("subjects", `id = ?1`, { json: ["rate", "route"] }),
];

function personal(
  name: string,
  where: string,
  rows: { readonly columns?: string; readonly order?: string; readonly json?: readonly string[] } = {},
): PersonalTable {
  const order = rows.order === undefined ? "" : ` ORDER BY ${rows.order}`;
  return {
    name,
    select: `SELECT ${rows.columns ?? "*"} FROM ${name} WHERE ${where}${order}`,
    remove: `DELETE FROM ${name} WHERE ${where}`,
    json: rows.json ?? [],
  };
}

/** Keys of codes, and of what is counted for them, are made of address keys between slashes; these tables are small. */
function ofKey(table: string, column: string): string {
  return `subject_id = ?1 OR EXISTS (SELECT 1 FROM addresses a WHERE a.subject_id = ?1 AND a.tenant = ${table}.tenant
    AND instr('/' || ${table}.${column} || '/', '/' || a.address_key || '/') > 0)`;
}
