import type { CallSid, OutboxId, SubjectId } from "../../core/ids.ts";
import {
  MAX_SEND_ATTEMPTS,
  retryDelayMs,
  type OutboxRow,
  type OutboxState,
  type SendOutcome,
} from "../../core/outbox.ts";
import type { OutboxClaim } from "../../core/ports/ledger.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import { callBySid } from "./call-rows.ts";
import { optedOutSince, optOut } from "./consent.ts";
import { tellSuppressed } from "./delivery.ts";
import { addEvent } from "./events.ts";
import { leaveOutbox, sent } from "./outbox-fate.ts";
import { headOf, outboxById, outboxRow, setNextAt, type KeptOutboxRow } from "./outbox-rows.ts";
import { waitingSpeech } from "./replies.ts";
import { subjectById } from "./subjects.ts";

/** A wish to send, with the name of the running program. */
export interface ClaimArgs {
  readonly subjectId: SubjectId;
  readonly now: number;
  readonly ambiguousAfterMs: number;
  readonly program: string;
}

/** Takes the subject's first undelivered text for sending, or tells what stands in the way. */
export function claimNext(db: SqlConnection, args: ClaimArgs): OutboxClaim {
  const head = headOf(db, args.subjectId);
  if (head === undefined) return { kind: "empty" };
  if (head.state === "waiting") return claimWaiting(db, args, head);
  const doubtful = head.state === "sending" ? doubt(db, args, head) : head;
  if (doubtful === undefined) return wait(db, head, (head.sending_at ?? args.now) + args.ambiguousAfterMs);
  const since = doubtful.ambiguous_at ?? doubtful.sending_at ?? args.now;
  const lookAt = Math.max(since + patience(args, head), doubtful.next_at ?? 0);
  if (args.now < lookAt) return wait(db, doubtful, lookAt);
  // Until the answer is written nobody else needs to look; if it never is, somebody will.
  setNextAt(db, doubtful, args.now + args.ambiguousAfterMs);
  return { kind: "look", row: outboxRow(doubtful) };
}

/** Writes what became of an attempt. A late answer never undoes what is known already. */
export function recordOutcome(
  db: SqlConnection,
  args: { readonly id: OutboxId; readonly outcome: SendOutcome; readonly nextAt?: number; readonly now: number },
): OutboxState {
  const { outcome, now } = args;
  const row = outboxById(db, args.id);
  if (row === undefined) return "unknown";
  if (outcome.kind === "sent") return sent(db, row, { providerId: outcome.providerId, now });
  if (row.state !== "sending" && row.state !== "ambiguous") return row.state;
  switch (outcome.kind) {
    case "retry": {
      if (row.attempts >= MAX_SEND_ATTEMPTS) return leaveOutbox(db, row, { state: "failed", code: outcome.code, now });
      const nextAt = args.nextAt ?? now + retryDelayMs(row.attempts, Math.random(), outcome.afterMs);
      return waitAgain(db, row, { nextAt, resent: row.resent });
    }
    case "refused":
      if (outcome.reason === "opted_out") keepRefusal(db, row, now);
      return leaveOutbox(db, row, { state: "failed", code: outcome.code, now });
    case "ambiguous":
      if (row.state === "sending") becomeAmbiguous(db, row, { since: now, nextAt: args.nextAt ?? now, now });
      return "ambiguous";
  }
}

/** Writes what looking for an ambiguous row found. It is sent again at most once. */
export function resolve(
  db: SqlConnection,
  args: {
    readonly id: OutboxId;
    readonly found: "found" | "absent" | "unclear";
    readonly providerId?: string;
    readonly nextAt?: number;
    readonly now: number;
  },
): OutboxState {
  const row = outboxById(db, args.id);
  if (row === undefined) return "unknown";
  if (row.state !== "ambiguous") return row.state;
  const { now } = args;
  switch (args.found) {
    case "found":
      return sent(db, row, { providerId: args.providerId, now });
    case "absent":
      if (row.resent === 1) return leaveOutbox(db, row, { state: "unknown", now });
      return waitAgain(db, row, { nextAt: args.nextAt ?? now, resent: 1 });
    case "unclear":
      if (args.nextAt === undefined) return leaveOutbox(db, row, { state: "unknown", now });
      setNextAt(db, row, args.nextAt);
      return "ambiguous";
  }
}

/** Marks what waits to be spoken on a call as spoken, and returns it; only for the call's newest socket. */
export function takeSpeech(
  db: SqlConnection,
  args: { readonly callSid: CallSid; readonly epoch: number; readonly now: number },
): readonly OutboxRow[] {
  const call = callBySid(db, args.callSid);
  if (call?.state !== "live" || call.epoch !== args.epoch) return [];
  const owner = subjectById(db, call.subject_id)?.owner;
  const spoken: OutboxRow[] = [];
  for (const { id } of waitingSpeech(db, args.callSid)) {
    const row = outboxById(db, id);
    if (row === undefined) continue;
    const state = owner === "operator" ? "suppressed" : "spoken";
    db.run(`UPDATE outbox SET state = ? WHERE id = ?`, state, id);
    if (state === "suppressed") tellSuppressed(db, { ...outboxRow(row), now: args.now });
    else spoken.push(outboxRow({ ...row, state }));
  }
  return spoken;
}

function claimWaiting(db: SqlConnection, args: ClaimArgs, head: KeptOutboxRow): OutboxClaim {
  if (head.next_at !== null && head.next_at > args.now) return { kind: "wait", untilMs: head.next_at };
  if (unwanted(db, head)) {
    leaveOutbox(db, head, { state: "suppressed", now: args.now });
    return { kind: "suppressed", row: outboxRow({ ...head, state: "suppressed" }) };
  }
  const nextAt = args.now + args.ambiguousAfterMs;
  db.run(
    `UPDATE outbox SET state = 'sending', attempts = attempts + 1, sending_at = ?, next_at = ?, holder = ?
     WHERE subject_id = ? AND n = ?`,
    args.now,
    nextAt,
    args.program,
    head.subject_id,
    head.n,
  );
  const row = { ...head, state: "sending", attempts: head.attempts + 1, sending_at: args.now } as const;
  return { kind: "send", row: outboxRow(row) };
}

/** An operator's takeover silences the agent, not the line itself; an opt-out silences both. */
function unwanted(db: SqlConnection, row: KeptOutboxRow): boolean {
  const address = { tenant: row.tenant, addressKey: row.address_key };
  if (optedOutSince(db, address) !== undefined) return true;
  return row.turn_id !== null && subjectById(db, row.subject_id)?.owner === "operator";
}

/** The provider may need this long, in milliseconds, to have what a program sent right before it died. */
const DEAD_SENDER_MS = 3_000;

/** How long the provider gets before it is asked. What a dead program had on its way ended with its sockets: less to wait for. */
function patience(args: ClaimArgs, row: KeptOutboxRow): number {
  return row.holder === args.program ? args.ambiguousAfterMs : Math.min(args.ambiguousAfterMs, DEAD_SENDER_MS);
}

/** A row whose sending nobody answers for: its program is dead, or it takes far too long. Undefined while it is under way. */
function doubt(db: SqlConnection, args: ClaimArgs, head: KeptOutboxRow): KeptOutboxRow | undefined {
  const { now } = args;
  const startedAt = head.sending_at ?? now;
  const dead = head.holder !== args.program;
  if (!dead && now < startedAt + args.ambiguousAfterMs) return undefined;
  // A request of this very program may still be answered: its doubt begins now, not when it was sent.
  const since = dead ? startedAt : now;
  const nextAt = since + patience(args, head);
  becomeAmbiguous(db, head, { since, nextAt, now });
  return { ...head, state: "ambiguous", ambiguous_at: since, next_at: nextAt };
}

function wait(db: SqlConnection, row: KeptOutboxRow, untilMs: number): OutboxClaim {
  setNextAt(db, row, untilMs);
  return { kind: "wait", untilMs };
}

function waitAgain(
  db: SqlConnection,
  row: KeptOutboxRow,
  again: { readonly nextAt: number; readonly resent: number },
): OutboxState {
  db.run(
    `UPDATE outbox SET state = 'waiting', next_at = ?, resent = ?, ambiguous_at = NULL WHERE subject_id = ? AND n = ?`,
    again.nextAt,
    again.resent,
    row.subject_id,
    row.n,
  );
  return "waiting";
}

function becomeAmbiguous(
  db: SqlConnection,
  row: KeptOutboxRow,
  doubtful: { readonly since: number; readonly nextAt: number; readonly now: number },
): void {
  db.run(
    `UPDATE outbox SET state = 'ambiguous', ambiguous_at = ?, next_at = ? WHERE subject_id = ? AND n = ?`,
    doubtful.since,
    doubtful.nextAt,
    row.subject_id,
    row.n,
  );
  const { tenant, subject_id: subjectId, channel } = row;
  addEvent(db, { name: "delivery_ambiguous", tenant, subjectId, channel }, doubtful.now);
}

function keepRefusal(db: SqlConnection, row: KeptOutboxRow, now: number): void {
  const { tenant, subject_id: subjectId, channel } = row;
  if (!optOut(db, { tenant, addressKey: row.address_key }, now)) return;
  addEvent(db, { name: "opted_out", tenant, subjectId, channel }, now);
}
