import { newInboxId, type OutboxId, type SubjectId, type TurnId } from "../../core/ids.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import { addEvent } from "./events.ts";
import { insertRow } from "./inbox.ts";
import type { NewOutboxRow } from "./outbox-rows.ts";

/** Tells the record and the listeners that a part will not be sent. */
export function tellSuppressed(
  db: SqlConnection,
  part: Pick<NewOutboxRow, "id" | "subjectId" | "tenant" | "turnId" | "channel" | "now">,
): void {
  const { id, subjectId, tenant, turnId, channel, now } = part;
  const turn = turnId === undefined ? {} : { turnId };
  addEvent(db, { name: "message_suppressed", tenant, subjectId, channel, ...turn }, now);
  recordDelivery(db, { id, subjectId, turnId, status: "suppressed", now });
}

/** Keeps a row for the record that says a reply did not arrive; once per outbox row, and only for a turn's replies. */
export function recordDelivery(
  db: SqlConnection,
  delivery: {
    readonly id: OutboxId;
    readonly subjectId: SubjectId;
    readonly turnId: TurnId | undefined;
    readonly status: "undelivered" | "failed" | "suppressed";
    readonly code?: string;
    readonly now: number;
  },
): void {
  const { id, subjectId, turnId, status, code, now } = delivery;
  if (turnId === undefined) return;
  insertRow(db, {
    id: newInboxId(now),
    key: `delivery/${id}`,
    subjectId,
    treatment: "record",
    body: { kind: "delivery", turnId, outboxId: id, status, ...(code === undefined ? {} : { code }) },
    now,
  });
}
