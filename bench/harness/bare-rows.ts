import { account } from "./account.ts";
import type { Write } from "./bare-writer.ts";

/** The statements that write what one text writes. The tables and indexes are the ledger's own. */
export const textStatements = {
  subject: `INSERT INTO subjects (id, tenant, alias, created_at, last_active_at, active_minute, session, session_id, session_said, owner, rate, route_source, route)
    VALUES (?, 'default', ?, ?, ?, ?, 'NEW', ?, 1, 'agent', ?, 'text', ?)`,
  session: `INSERT INTO sessions (id, subject_id, tenant, number, state, started_at, last_active_at, idle_ms, close_ms)
    VALUES (?, ?, 'default', 1, 'NEW', ?, ?, 1800000, 86400000)`,
  timer: `INSERT INTO timers (timer_key, id, subject_id, due_at, body) VALUES (?, ?, ?, ?, ?)`,
  address: `INSERT INTO addresses (tenant, address_key, subject_id) VALUES ('default', ?, ?)`,
  row: `INSERT INTO inbox (id, dedupe_key, token, subject_id, received_at, treatment, kind, body, state) VALUES (?, ?, NULL, ?, ?, 'answer', ?, ?, 'pending') ON CONFLICT DO NOTHING`,
  touch: `UPDATE subjects SET last_active_at = ?, rate = ? WHERE id = ?`,
  event: `INSERT INTO events (at, name, tenant, subject_id, turn_id, channel, detail) VALUES (?, ?, 'default', ?, NULL, ?, ?)`,
} as const;

/** A text as the bare servers keep it. */
export interface BareText {
  readonly sid: string;
  readonly from: string;
  readonly body: string;
  readonly now: number;
}

/** The rows of one text; those of its subject come along when it is new. */
export function textWrites(
  text: BareText,
  subject: { readonly id: string; readonly known: boolean },
): readonly Write[] {
  const { sid, from, body, now } = text;
  const minute = Math.floor(now / 60_000);
  const key = `tel:${from}`;
  const rate = JSON.stringify({ minute, inMinute: 1, day: Math.floor(now / 86_400_000), inDay: 1, noticed: "" });
  const route = JSON.stringify({ channel: "sms", to: from, from: account.number, key });
  const kept = JSON.stringify({
    kind: "text",
    channel: "sms",
    from,
    to: account.number,
    text: body,
    media: [],
    providerId: sid,
  });
  const session = rowId(now).replace("in_", "ses_");
  const timer = JSON.stringify({ kind: "session", sessionId: session });
  const made: readonly Write[] = subject.known
    ? []
    : [
        ["session", session, subject.id, now, now],
        ["timer", `session/${session}`, rowId(now).replace("in_", "tmr_"), subject.id, now + 1_800_000, timer],
        ["event", now, "session_started", subject.id, null, JSON.stringify({ session, number: 1 })],
        ["subject", subject.id, `phone_${from.slice(1)}`, now, now, minute, session, rate, route],
        ["address", key, subject.id],
      ];
  return [
    ...made,
    ["row", rowId(now), `sms/${sid}`, subject.id, now, "text", kept],
    ["touch", now, rate, subject.id],
    ["event", now, "message_received", subject.id, "sms", null],
  ];
}

/** The id of a subject that is told by its number. */
export function subjectIdOf(number: string): string {
  return `sub_${number.slice(1).padStart(25, "0")}`;
}

/** As long as a real id, and growing with time as they do. */
export function rowId(now: number): string {
  counter += 1;
  return `in_${now.toString(36)}${String(counter).padStart(16, "0")}`;
}

let counter = 0;
