import type { EventName, RecordedEvent } from "./events.ts";
import type { SubjectId, TenantId } from "./ids.ts";
import type { ChannelName } from "./message.ts";
import type { Counts, Totals } from "./ports/totals.ts";

/** What a stretch of the record comes to, by subject and by tenant and day. */
export type Counted = Pick<Parameters<Totals["add"]>[0], "subjects" | "days">;

/** Counts events. The same events always come to the same counts, whatever they are put together with. */
export function countEvents(events: readonly RecordedEvent[]): Counted {
  const subjects = new Map<SubjectId, Counts>();
  const days = new Map<string, { readonly tenant: TenantId; readonly day: string; readonly counts: Counts }>();
  for (const event of events) {
    const counts = counting[event.name]?.(event);
    if (counts === undefined) continue;
    if (event.subjectId !== undefined) subjects.set(event.subjectId, sum(subjects.get(event.subjectId) ?? {}, counts));
    const day = dayOf(event.at);
    const key = `${day} ${event.tenant}`;
    days.set(key, { tenant: event.tenant, day, counts: sum(days.get(key)?.counts ?? {}, counts) });
  }
  return {
    subjects: [...subjects].map(([subjectId, counts]) => ({ subjectId, counts })),
    days: [...days.values()],
  };
}

/** Adds two counts up. */
export function sum(left: Counts, right: Counts): Counts {
  const total: { -readonly [Name in keyof Counts]: Counts[Name] } = { ...left };
  for (const name of namesIn(right)) total[name] = (total[name] ?? 0) + (right[name] ?? 0);
  return total;
}

/** The day of a moment, in UTC. */
export function dayOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

/** What each event counts for; the others count for nothing. */
const counting: Readonly<Partial<Record<EventName, (event: RecordedEvent) => Counts>>> = {
  message_received: received,
  message_limited: received,
  message_unanswerable: received,
  opted_out: received,
  opted_in: received,
  help_requested: received,
  survey_answered: (event) => sum(received(event), survey(event.detail?.["score"])),
  call_started: () => ({ calls: 1 }),
  turn_settled: (event) => settled(event.detail),
  message_sent: () => ({ replies: 1 }),
  message_undelivered: () => ({ undelivered: 1 }),
  escalation: () => ({ escalations: 1 }),
  reply_interrupted: () => ({ interruptions: 1 }),
  session_started: () => ({ sessions: 1 }),
  session_ended: () => ({ closedSessions: 1 }),
  modality_switched: () => ({ switches: 1 }),
};

const byChannel = {
  sms: { smsTexts: 1 },
  whatsapp: { whatsappTexts: 1 },
  web: { webTexts: 1 },
  voice: { spoken: 1 },
} satisfies Record<ChannelName, Counts>;

function received(event: RecordedEvent): Counts {
  return event.channel === undefined ? {} : byChannel[event.channel];
}

function survey(score: unknown): Counts {
  return typeof score === "number" ? { surveys: 1, surveyPoints: score } : {};
}

function settled(detail: RecordedEvent["detail"]): Counts {
  const outcome = detail?.["outcome"];
  const waitedMs = detail?.["waitedMs"];
  if (outcome === "failed") return { turns: 1, failed: 1 };
  if (outcome !== "replied") return { turns: 1 };
  return { turns: 1, ...(typeof waitedMs === "number" ? { answered: 1, responseMs: waitedMs } : {}) };
}

function namesIn(counts: Counts): readonly (keyof Counts)[] {
  // Counts are made here and have no other keys.
  return Object.keys(counts) as (keyof Counts)[];
}
