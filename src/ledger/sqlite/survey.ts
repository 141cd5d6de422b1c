import { newOutboxId } from "../../core/ids.ts";
import type { ChannelName } from "../../core/message.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import type { SessionChange } from "../../core/session.ts";
import { SURVEY_OPEN_MS, surveyScore } from "../../core/survey.ts";
import { optedOutSince } from "./consent.ts";
import { addEvent } from "./events.ts";
import { insertOutbox, promoteHead } from "./outbox-rows.ts";
import { sessionById } from "./session-rows.ts";
import { routeOf, type KeptRoute, type SubjectRow } from "./subjects.ts";

const WHATSAPP_WINDOW_MS = 24 * 60 * 60_000;

/**
 * Asks the one question of the survey when a change closed a session in which the customer said something and can be
 * texted; once for each session. True when the question now waits in the outbox.
 */
export function askSurvey(db: SqlConnection, subject: SubjectRow, change: SessionChange): boolean {
  const now = change.session.endedAt;
  if (now === undefined || subject.session_said === 0) return false;
  const session = sessionById(db, change.session.id);
  const route = routeOf(subject);
  if (typeof session?.survey !== "string" || session.survey_asked_at !== null) return false;
  if (route === undefined || route.to === "" || isOutOfReach(route, subject, now)) return false;
  const { id: subjectId, tenant } = subject;
  if (optedOutSince(db, { tenant, addressKey: route.key }) !== undefined) return false;
  const { channel, to, from, key: addressKey } = route;
  const address = { channel, to, from, addressKey };
  insertOutbox(db, {
    id: newOutboxId(now),
    subjectId,
    tenant,
    ...address,
    body: session.survey,
    state: "waiting",
    now,
  });
  promoteHead(db, subjectId, now);
  db.run(`UPDATE sessions SET survey_asked_at = ? WHERE id = ?`, now, session.id);
  db.run(`UPDATE subjects SET survey_until = ? WHERE id = ?`, now + SURVEY_OPEN_MS, subjectId);
  addEvent(db, { name: "survey_asked", tenant, subjectId, channel, detail: { session: session.id } }, now);
  return true;
}

/** Whether a provider would refuse a text that is no answer to anything: WhatsApp takes one for a day after the customer's last. */
function isOutOfReach(route: KeptRoute, subject: SubjectRow, now: number): boolean {
  return route.channel === "whatsapp" && now - subject.last_active_at >= WHATSAPP_WINDOW_MS;
}

/** What a subject's row tells of a question that may still be open. */
type SurveyedSubject = Pick<SubjectRow, "id" | "tenant" | "session" | "session_id" | "survey_until">;

/** The score that a customer's words give to the session that was closed, when they were asked for one; else undefined. */
export function scoreIn(subject: SurveyedSubject, words: string, now: number): number | undefined {
  if (subject.session !== "CLOSED" || subject.survey_until === null || subject.survey_until <= now) return undefined;
  return surveyScore(words);
}

/** Keeps that the survey was answered; it is not open any more. */
export function answerSurvey(
  db: SqlConnection,
  subject: SurveyedSubject,
  answer: { readonly score: number; readonly channel: ChannelName; readonly now: number },
): void {
  const { id: subjectId, tenant, session_id: session } = subject;
  db.run(`UPDATE subjects SET survey_until = NULL WHERE id = ?`, subjectId);
  const detail = { score: answer.score, ...(session === null ? {} : { session }) };
  addEvent(db, { name: "survey_answered", tenant, subjectId, channel: answer.channel, detail }, answer.now);
}
