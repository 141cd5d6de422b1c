import { keywordOf, type Keyword } from "../../core/consent.ts";
import type { EventName } from "../../core/events.ts";
import { newInboxId, newOutboxId, type InboxId, type SubjectId } from "../../core/ids.ts";
import { countText } from "../../core/limit.ts";
import type { Treatment } from "../../core/message.ts";
import type { Accepted, Arrival } from "../../core/ports/ledger.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import { optIn, optOut } from "./consent.ts";
import { addEvent } from "./events.ts";
import { insertRow, rowByKey, rowByToken } from "./inbox.ts";
import { forgottenRow } from "./kept-hashes.ts";
import { insertOutbox, promoteHead } from "./outbox-rows.ts";
import { customerActs } from "./sessions.ts";
import { rateOf, keepText, makeSubject, subjectOf, touchSubject, type ActingSubject } from "./subjects.ts";
import { answerSurvey, scoreIn } from "./survey.ts";

type Reason = Extract<Accepted, { kind: "recorded" }>["reason"];

/** What is done with a text, decided before anything is written. */
interface Verdict {
  readonly treatment: Treatment;
  readonly event: EventName;
  readonly reason?: Reason;
  /** The answer to the survey that it is. */
  readonly score?: number;
  /** What the line itself answers. */
  readonly notice?: string | undefined;
}

/** Finds or makes the subject of an address, counts and checks its text, and keeps it. */
export function accept(db: SqlConnection, args: Arrival): Accepted {
  const { body, now } = args;
  const key = `${body.channel}/${args.providerId}`;
  const known = subjectOf(db, args);
  // Nobody is made a subject by a repeated message; for everybody else the row's own keys tell a repeat.
  const earlier = known === undefined ? (earlierRow(db, args, key) ?? forgottenRow(db, keysOf(args, key))) : undefined;
  if (earlier !== undefined) return { kind: "duplicate", subjectId: earlier.subject_id, inboxId: earlier.id };
  const subject = known ?? makeSubject(db, args, { said: true });
  const optedOut = subject.opted_out_at !== null;
  const counted = countText(rateOf(subject), now, args.limits);
  const keyword = keywordOf(body.text, body.channel, {
    optedOut,
    ...(args.optOutType === undefined ? {} : { optOutType: args.optOutType }),
  });
  const score = scoreIn(subject, body.text, now);
  const { allowed } = counted;
  const verdict = judge(args, { keyword, optedOut, score, allowed, notify: counted.notify });

  const id = newInboxId(now);
  const { treatment } = verdict;
  const row = { id, key, token: args.idempotencyToken, subjectId: subject.id, treatment, body, now };
  if (!insertRow(db, row)) return repeated(db, args, key);
  keepMeaning(db, args, { subject, verdict });
  if (args.answerable) {
    const route = { channel: body.channel, to: body.from, from: body.to, key: args.addressKey };
    keepText(db, subject, { now, count: counted.count, route });
  } else touchSubject(db, subject, now);
  if (verdict.notice !== undefined) notify(db, subject.id, { arrival: args, text: verdict.notice });
  return accepted(verdict, subject.id, id);
}

function judge(
  arrival: Arrival,
  state: {
    readonly keyword: Keyword | undefined;
    readonly optedOut: boolean;
    /** What the text says in answer to the survey. */
    readonly score: number | undefined;
    readonly allowed: boolean;
    readonly notify: boolean;
  },
): Verdict {
  // Nobody can write to such a sender, so that it has nothing to opt out of, and nothing to be told.
  if (!arrival.answerable) return { treatment: "record", event: "message_unanswerable", reason: "unanswerable" };
  switch (state.keyword) {
    case "stop":
      return { treatment: "record", event: "opted_out", reason: "stop" };
    case "start":
      return { treatment: "record", event: "opted_in", reason: "start" };
    case "help":
      // Asking for help over and over is a flood like any other: beyond the limit it is kept, in silence.
      return {
        treatment: "record",
        event: "help_requested",
        reason: "help",
        notice: state.allowed ? arrival.helpNotice : undefined,
      };
    case undefined:
      break;
  }
  if (state.optedOut) return { treatment: "record", event: "message_received", reason: "opted_out" };
  if (state.score !== undefined) {
    const notice = state.allowed && arrival.surveyNotice !== "" ? arrival.surveyNotice : undefined;
    return { treatment: "record", event: "survey_answered", reason: "survey", score: state.score, notice };
  }
  if (state.allowed) return { treatment: "answer", event: "message_received" };
  const notice = state.notify ? arrival.limitNotice : undefined;
  return { treatment: "join", event: "message_limited", reason: "limited", notice };
}

/** Writes what a text means for its subject's session and consent. An answer to the survey opens no session. */
function keepMeaning(
  db: SqlConnection,
  args: Arrival,
  found: { readonly subject: ActingSubject; readonly verdict: Verdict },
): void {
  const { subject, verdict } = found;
  const { now, tenant, session: clocks } = args;
  const { channel } = args.body;
  if (verdict.score !== undefined) {
    answerSurvey(db, subject, { score: verdict.score, channel, now });
    return;
  }
  customerActs(db, subject, { said: true, clocks, now });
  addEvent(db, { name: verdict.event, tenant, subjectId: subject.id, channel }, now);
  if (verdict.reason === "stop") optOut(db, args, now);
  if (verdict.reason === "start") optIn(db, args);
}

function notify(
  db: SqlConnection,
  subjectId: SubjectId,
  notice: { readonly arrival: Arrival; readonly text: string },
): void {
  const { body, now, addressKey } = notice.arrival;
  insertOutbox(db, {
    id: newOutboxId(now),
    subjectId,
    tenant: notice.arrival.tenant,
    channel: body.channel,
    to: body.from,
    from: body.to,
    addressKey,
    body: notice.text,
    state: "waiting",
    now,
  });
  promoteHead(db, subjectId, now);
}

function accepted(verdict: Verdict, subjectId: SubjectId, inboxId: InboxId): Accepted {
  if (verdict.reason === undefined) return { kind: "accepted", subjectId, inboxId };
  const notified = verdict.notice !== undefined;
  return { kind: "recorded", reason: verdict.reason, subjectId, inboxId, notified };
}

/** The row that this very message made when it came before. */
function earlierRow(db: SqlConnection, args: Arrival, key: string): ReturnType<typeof rowByKey> {
  const { idempotencyToken: token } = args;
  return rowByKey(db, key) ?? (token === undefined ? undefined : rowByToken(db, token));
}

function keysOf(args: Arrival, key: string): readonly string[] {
  return args.idempotencyToken === undefined ? [key] : [key, args.idempotencyToken];
}

function repeated(db: SqlConnection, args: Arrival, key: string): Accepted {
  const earlier = earlierRow(db, args, key);
  if (earlier === undefined) throw new Error("a message was refused as a repeat of one that is not there");
  return { kind: "duplicate", subjectId: earlier.subject_id, inboxId: earlier.id };
}
