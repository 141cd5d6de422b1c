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
import { insertOutbox, promoteHead } from "./outbox-rows.ts";
import { rateOf, keepText, makeSubject, subjectOf } from "./subjects.ts";

type Reason = Extract<Accepted, { kind: "recorded" }>["reason"];

/** What is done with a text, decided before anything is written. */
interface Verdict {
  readonly treatment: Treatment;
  readonly event: EventName;
  readonly reason?: Reason;
  /** What the line itself answers. */
  readonly notice?: string | undefined;
}

/** Finds or makes the subject of an address, counts and checks its text, and keeps it. */
export function accept(db: SqlConnection, args: Arrival): Accepted {
  const { body, now } = args;
  const key = `${body.channel}/${args.providerId}`;
  const known = subjectOf(db, args);
  // Nobody is made a subject by a repeated message; for everybody else the row's own keys tell a repeat.
  const earlier = known === undefined ? earlierRow(db, args, key) : undefined;
  if (earlier !== undefined) return { kind: "duplicate", subjectId: earlier.subject_id, inboxId: earlier.id };
  const subject = known ?? makeSubject(db, args);
  const optedOut = typeof known?.opted_out_at === "number";
  const counted = countText(rateOf(subject), now, args.limits);
  const keyword = keywordOf(body.text, body.channel, {
    optedOut,
    ...(args.optOutType === undefined ? {} : { optOutType: args.optOutType }),
  });
  const verdict = judge(args, { keyword, optedOut, allowed: counted.allowed, notify: counted.notify });

  const id = newInboxId(now);
  const { treatment } = verdict;
  const row = { id, key, token: args.idempotencyToken, subjectId: subject.id, treatment, body, now };
  if (!insertRow(db, row)) return repeated(db, args, key);
  keepText(db, subject, {
    now,
    count: counted.count,
    route: { channel: body.channel, to: body.from, from: body.to, key: args.addressKey },
  });
  addEvent(db, { name: verdict.event, tenant: args.tenant, subjectId: subject.id, channel: body.channel }, now);
  if (keyword === "stop") optOut(db, args, now);
  if (keyword === "start") optIn(db, args);
  if (verdict.notice !== undefined) notify(db, subject.id, { arrival: args, text: verdict.notice });
  return accepted(verdict, subject.id, id);
}

function judge(
  arrival: Arrival,
  state: {
    readonly keyword: Keyword | undefined;
    readonly optedOut: boolean;
    readonly allowed: boolean;
    readonly notify: boolean;
  },
): Verdict {
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
  if (state.allowed) return { treatment: "answer", event: "message_received" };
  const notice = state.notify ? arrival.limitNotice : undefined;
  return { treatment: "join", event: "message_limited", reason: "limited", notice };
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

function repeated(db: SqlConnection, args: Arrival, key: string): Accepted {
  const earlier = earlierRow(db, args, key);
  if (earlier === undefined) throw new Error("a message was refused as a repeat of one that is not there");
  return { kind: "duplicate", subjectId: earlier.subject_id, inboxId: earlier.id };
}
