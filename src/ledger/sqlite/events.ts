import type { DomainEvent, EventName, RecordedEvent } from "../../core/events.ts";
import { branded, type SubjectId, type TenantId, type TurnId } from "../../core/ids.ts";
import type { ChannelName } from "../../core/message.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";

/** Writes that something happened. */
export function addEvent(db: SqlConnection, event: DomainEvent, now: number): void {
  db.run(
    `INSERT INTO events (at, name, tenant, subject_id, turn_id, channel, detail) VALUES (?, ?, ?, ?, ?, ?, ?)`,
    now,
    event.name,
    event.tenant,
    event.subjectId ?? null,
    event.turnId ?? null,
    event.channel ?? null,
    event.detail === undefined ? null : JSON.stringify(event.detail),
  );
}

/** Writes events that stand alone. */
export function addEvents(
  db: SqlConnection,
  args: { readonly events: readonly DomainEvent[]; readonly now: number },
): void {
  for (const event of args.events) addEvent(db, event, args.now);
}

interface EventRow {
  readonly seq: number;
  readonly at: number;
  readonly name: EventName;
  readonly tenant: string;
  readonly subject_id: string | null;
  readonly turn_id: string | null;
  readonly channel: ChannelName | null;
  readonly detail: string | null;
}

/** Events after a place in the record, in order. */
export function eventsAfter(db: SqlConnection, seq: number, limit: number): readonly RecordedEvent[] {
  return db.all<EventRow>(`SELECT * FROM events WHERE seq > ? ORDER BY seq LIMIT ?`, seq, limit).map(recorded);
}

/** Place of the last event, 0 when there is none. */
export function lastEvent(db: SqlConnection): number {
  return db.get<{ readonly seq: number }>(`SELECT seq FROM events ORDER BY seq DESC LIMIT 1`)?.seq ?? 0;
}

function recorded(row: EventRow): RecordedEvent {
  return {
    seq: row.seq,
    at: row.at,
    name: row.name,
    tenant: branded<TenantId>(row.tenant),
    ...(row.subject_id === null ? {} : { subjectId: branded<SubjectId>(row.subject_id) }),
    ...(row.turn_id === null ? {} : { turnId: branded<TurnId>(row.turn_id) }),
    ...(row.channel === null ? {} : { channel: row.channel }),
    // This program wrote the JSON itself, from this type.
    ...(row.detail === null ? {} : { detail: JSON.parse(row.detail) as NonNullable<DomainEvent["detail"]> }),
  };
}
