import { branded, type SubjectId, type TurnId } from "../../core/ids.ts";
import { inboxRow, type KeptRow } from "./inbox.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import type { BoundTurn } from "../../core/turn-record.ts";
import { addEvent } from "./events.ts";
import { provenAddresses, routeOf, type SubjectRow } from "./subjects.ts";
import { callsOfTurn } from "./tool-calls.ts";

/** A turn's row. */
export interface TurnRow {
  readonly id: TurnId;
  readonly subject_id: SubjectId;
  readonly attempt: number;
  readonly state: "bound" | "settled" | "superseded" | "split";
  readonly spoken: string;
}

/** A turn by id. */
export function turnById(db: SqlConnection, turnId: TurnId): TurnRow | undefined {
  return db.get(`SELECT id, subject_id, attempt, state, spoken FROM turns WHERE id = ?`, turnId);
}

/** Makes a turn, in its first attempt. */
export function insertTurn(db: SqlConnection, turn: TurnRow, now: number): void {
  const sql = `INSERT INTO turns (id, subject_id, attempt, state, spoken, taken_at) VALUES (?, ?, ?, ?, ?, ?)`;
  db.run(sql, turn.id, turn.subject_id, turn.attempt, turn.state, turn.spoken, now);
}

/** Ends a turn in one of the ways it can end. */
export function endTurn(
  db: SqlConnection,
  turnId: TurnId,
  end: { readonly state: "settled" | "superseded" | "split"; readonly outcome?: string; readonly now: number },
): void {
  const sql = `UPDATE turns SET state = ?, outcome = ?, settled_at = ?, spoken = '' WHERE id = ?`;
  db.run(sql, end.state, end.outcome ?? null, end.now, turnId);
}

/** A taken turn as the port gives it, with the word that it starts. */
export function startedTurn(
  db: SqlConnection,
  turn: TurnRow,
  start: { readonly subject: SubjectRow; readonly rows: readonly KeptRow[]; readonly now: number },
): BoundTurn {
  const { subject, rows, now } = start;
  const { tenant } = subject;
  const detail = { attempt: turn.attempt };
  addEvent(db, { name: "turn_started", tenant, subjectId: subject.id, turnId: turn.id, detail }, now);
  const route = routeOf(subject);
  return {
    id: branded<TurnId>(turn.id),
    subjectId: subject.id,
    tenant,
    attempt: turn.attempt,
    rows: rows.map((row) => inboxRow(row, tenant)),
    // A first attempt has made none.
    calls: turn.attempt === 1 ? [] : callsOfTurn(db, turn.id),
    spoken: turn.spoken,
    owner: subject.owner,
    addresses: provenAddresses(db, subject.id),
    ...(route === undefined ? {} : { textRoute: { channel: route.channel, to: route.to, from: route.from } }),
  };
}
