import type { SubjectId } from "../../core/ids.ts";
import type { OutboxState } from "../../core/outbox.ts";
import type { MessageStatus } from "../../core/ports/ledger.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import { delivered, leaveOutbox, sent } from "./outbox-fate.ts";
import { outboxById, outboxByProvider, type KeptOutboxRow } from "./outbox-rows.ts";

// Callbacks come in any order; a message only ever moves up.
const ranks: Readonly<Record<MessageStatus["status"], number>> = {
  accepted: 1,
  scheduled: 1,
  queued: 1,
  sending: 2,
  sent: 3,
  delivered: 4,
  undelivered: 4,
  failed: 4,
  canceled: 4,
  read: 5,
};

/** Takes in a status callback; it may come before the answer to the request, late, or twice. */
export function callback(
  db: SqlConnection,
  args: MessageStatus,
): { readonly known: boolean; readonly subjectId?: SubjectId; readonly state?: OutboxState } {
  const named = args.outboxId === undefined ? undefined : outboxById(db, args.outboxId);
  const row = named ?? outboxByProvider(db, args.providerId);
  if (row === undefined) return { known: false };
  return { known: true, subjectId: row.subject_id, state: advance(db, row, args) };
}

function advance(db: SqlConnection, row: KeptOutboxRow, args: MessageStatus): OutboxState {
  // A row that was sent again after a doubt has two messages: only the one it is known by counts.
  const stranger = row.provider_id !== null && row.provider_id !== args.providerId;
  const ended = row.state === "suppressed" || row.state === "undelivered" || row.state === "failed";
  if (stranger || ended || row.attempts === 0 || row.channel === "voice") return row.state;
  const rank = ranks[args.status];
  if (rank <= row.status_rank && row.state !== "unknown") return row.state;
  const state = sent(db, row, { providerId: args.providerId, now: args.now });
  db.run(`UPDATE outbox SET status_rank = ? WHERE subject_id = ? AND n = ?`, rank, row.subject_id, row.n);
  const taken = { ...row, state, provider_id: args.providerId };
  const { now } = args;
  const code = args.errorCode === undefined ? {} : { code: args.errorCode };
  switch (args.status) {
    case "delivered":
    case "read":
      return delivered(db, taken, now);
    case "undelivered":
      return leaveOutbox(db, taken, { state: "undelivered", ...code, now });
    case "failed":
    case "canceled":
      return leaveOutbox(db, taken, { state: "failed", ...code, now });
    case "accepted":
    case "scheduled":
    case "queued":
    case "sending":
    case "sent":
      return state;
  }
}
