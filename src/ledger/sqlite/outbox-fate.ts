import type { EventName } from "../../core/events.ts";
import type { OutboxState } from "../../core/outbox.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import { recordDelivery, tellSuppressed } from "./delivery.ts";
import { addEvent } from "./events.ts";
import { outboxRow, promoteHead, type KeptOutboxRow } from "./outbox-rows.ts";

/** How a row can end without having been taken by the provider, or after it. */
export type Fate = {
  readonly state: "failed" | "undelivered" | "suppressed" | "unknown";
  readonly code?: string;
  readonly now: number;
};

/** The provider took the row. What is known already (delivered, failed) stays. */
export function sent(
  db: SqlConnection,
  row: KeptOutboxRow,
  taken: { readonly providerId: string | undefined; readonly now: number },
): OutboxState {
  const providerId = row.provider_id ?? taken.providerId ?? null;
  const open =
    row.state === "sending" || row.state === "ambiguous" || row.state === "waiting" || row.state === "unknown";
  if (!open) {
    if (providerId !== row.provider_id) setProvider(db, row, providerId);
    return row.state;
  }
  db.run(
    `UPDATE outbox SET state = 'sent', provider_id = ?, next_at = NULL, status_rank = max(status_rank, 1)
     WHERE subject_id = ? AND n = ?`,
    providerId,
    row.subject_id,
    row.n,
  );
  tell(db, row, { name: "message_sent", detail: { attempts: row.attempts }, now: taken.now });
  promoteHead(db, row.subject_id, taken.now);
  return "sent";
}

/** The row will not arrive, or nobody will ever know: it leaves the way free for the next one, and the record is told. */
export function leaveOutbox(db: SqlConnection, row: KeptOutboxRow, fate: Fate): OutboxState {
  const { state, code, now } = fate;
  const sql = `UPDATE outbox SET state = ?, next_at = NULL WHERE subject_id = ? AND n = ?`;
  db.run(sql, state, row.subject_id, row.n);
  const part = { ...outboxRow(row), turnId: row.turn_id ?? undefined, now };
  switch (state) {
    case "suppressed":
      tellSuppressed(db, part);
      break;
    case "unknown":
      tell(db, row, { name: "delivery_unknown", now });
      break;
    case "failed":
    case "undelivered":
      tell(db, row, { name: "message_undelivered", detail: { state, ...(code === undefined ? {} : { code }) }, now });
      recordDelivery(db, { ...part, status: state, ...(code === undefined ? {} : { code }) });
      break;
  }
  promoteHead(db, row.subject_id, now);
  return state;
}

/** The provider says that the customer has it. */
export function delivered(db: SqlConnection, row: KeptOutboxRow, now: number): OutboxState {
  const sql = `UPDATE outbox SET state = 'delivered' WHERE subject_id = ? AND n = ?`;
  db.run(sql, row.subject_id, row.n);
  if (row.state !== "delivered") tell(db, row, { name: "message_delivered", now });
  return "delivered";
}

function setProvider(db: SqlConnection, row: KeptOutboxRow, providerId: string | null): void {
  const sql = `UPDATE outbox SET provider_id = ? WHERE subject_id = ? AND n = ?`;
  db.run(sql, providerId, row.subject_id, row.n);
}

function tell(
  db: SqlConnection,
  row: KeptOutboxRow,
  event: {
    readonly name: EventName;
    readonly detail?: Readonly<Record<string, string | number | boolean>>;
    readonly now: number;
  },
): void {
  addEvent(
    db,
    {
      name: event.name,
      tenant: row.tenant,
      subjectId: row.subject_id,
      channel: row.channel,
      ...(row.turn_id === null ? {} : { turnId: row.turn_id }),
      ...(event.detail === undefined ? {} : { detail: event.detail }),
    },
    event.now,
  );
}
