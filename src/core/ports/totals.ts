import type { SubjectId, SubjectRef, TenantId } from "../ids.ts";

/** Counts that are kept as things happen, so that nothing is ever scanned for them. */
export interface Totals {
  /** Place of the last event that was counted, 0 at first. */
  counted(): Promise<number>;
  /** Adds what events up to a place come to; false, and nothing is added, when another has counted them already. */
  add(request: {
    readonly after: number;
    readonly through: number;
    readonly subjects: readonly { readonly subjectId: SubjectId; readonly counts: Counts }[];
    readonly days: readonly { readonly tenant: TenantId; readonly day: string; readonly counts: Counts }[];
  }): Promise<boolean>;
  /** What was counted of a subject. */
  ofSubject(who: SubjectRef): Promise<Counts>;
  /** What was counted of a tenant, day by day (`2026-11-21`, in UTC), from one day to another, both included; days without anything are left out. */
  ofDays(
    tenant: TenantId,
    range: { readonly from: string; readonly to: string },
  ): Promise<readonly { readonly day: string; readonly counts: Counts }[]>;
}

/** Names of what is counted. */
export const counters = [
  "calls",
  "smsTexts",
  "whatsappTexts",
  "webTexts",
  "spoken",
  "turns",
  "replies",
  "responseMs",
  "answered",
  "failed",
  "escalations",
  "interruptions",
  "undelivered",
  "sessions",
  "closedSessions",
  "switches",
  "surveys",
  "surveyPoints",
] as const;

/** How often each thing happened; `replies` are all messages that went out, notices among them; `responseMs` is milliseconds over all `answered` messages, `surveyPoints` points over all `surveys`. */
export type Counts = Readonly<Partial<Record<(typeof counters)[number], number>>>;
