import type { SqlConnection } from "../../core/ports/writer.ts";
import type { BoundTurn } from "../../core/turn-record.ts";
import { addEvent } from "./events.ts";
import { inboxRow, type KeptRow } from "./inbox.ts";
import { currentSession } from "./sessions.ts";
import { provenAddresses, routeOf, type SubjectRow } from "./subjects.ts";
import { callsOfTurn } from "./tool-calls.ts";
import type { TurnRow } from "./turns.ts";

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
    id: turn.id,
    subjectId: subject.id,
    tenant,
    attempt: turn.attempt,
    rows: rows.map((row) => inboxRow(row, tenant)),
    // A first attempt has made none.
    calls: turn.attempt === 1 ? [] : callsOfTurn(db, turn.id),
    spoken: turn.spoken,
    owner: subject.owner,
    ...currentSession(db, subject, { now }),
    addresses: provenAddresses(db, subject.id),
    ...(route === undefined ? {} : { textRoute: { channel: route.channel, to: route.to, from: route.from } }),
  };
}
