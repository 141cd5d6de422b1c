import { newOutboxId, type CallSid, type OutboxId, type SubjectId, type TurnId } from "../../core/ids.ts";
import type { OutboxState } from "../../core/outbox.ts";
import type { SqlConnection } from "../../core/ports/writer.ts";
import type { Settlement } from "../../core/turn-record.ts";
import { callBySid, type CallRow } from "./call-rows.ts";
import { optedOutSince } from "./consent.ts";
import { tellSuppressed } from "./delivery.ts";
import { insertOutbox, promoteHead, type NewOutboxRow } from "./outbox-rows.ts";
import { recipientKey, routeOf, subjectById, type SubjectRow } from "./subjects.ts";
import { textsOfSpeech } from "./texts-of-speech.ts";

/** What a turn's replies became. */
export interface WrittenReplies {
  readonly suppressed: readonly OutboxId[];
  /** Whether a text waits to be sent. */
  readonly toSend: boolean;
}

type Part = Omit<NewOutboxRow, "state">;
type VoiceReply = Extract<Settlement["replies"][number]["reply"], { kind: "voice" }>;

/** Writes the outbox rows of a settlement: what nobody wants any more is written as suppressed. */
export function writeReplies(
  db: SqlConnection,
  settlement: Settlement,
  at: { readonly subject: SubjectRow; readonly now: number },
): WrittenReplies {
  const parts = settlement.replies.flatMap((each) => partsOf(db, each, { ...at, settlement }));
  const suppressed: OutboxId[] = [];
  let toSend = false;
  for (const part of parts) {
    const state = part.state === "waiting" && unwanted(db, part, at.subject) ? "suppressed" : part.state;
    insertOutbox(db, { ...part, state });
    if (state === "suppressed") {
      suppressed.push(part.id);
      tellSuppressed(db, part);
    }
    toSend ||= state === "waiting" && part.channel !== "voice";
  }
  if (toSend) promoteHead(db, at.subject.id, at.now);
  return { suppressed, toSend };
}

/** Turns what waits to be spoken on a call that is over into texts; true when something now waits to be sent. */
export function textInsteadOfSpeech(db: SqlConnection, call: CallRow, now: number): boolean {
  const waiting = waitingSpeech(db, call.call_sid);
  const subject = subjectById(db, call.subject_id);
  if (waiting.length === 0 || subject === undefined) return false;
  let toSend = false;
  for (const row of waiting) {
    db.run(`DELETE FROM outbox WHERE id = ?`, row.id);
    const kept = { subjectId: subject.id, tenant: subject.tenant, turnId: row.turn_id ?? undefined, now };
    for (const part of spokenAsText(call, subject, { ...kept, id: row.id, text: row.body })) {
      const state = part.state === "waiting" && unwanted(db, part, subject) ? "suppressed" : part.state;
      insertOutbox(db, { ...part, state });
      if (state === "suppressed") tellSuppressed(db, part);
      toSend ||= state === "waiting";
    }
  }
  if (toSend) promoteHead(db, subject.id, now);
  return toSend;
}

/** Makes a reply that was spoken into the void wait to be spoken once more. */
export function speakAgain(db: SqlConnection, callSid: CallSid, turnId: TurnId): void {
  const sql = `UPDATE outbox SET state = 'waiting' WHERE call_sid = ? AND turn_id = ? AND state = 'spoken' AND channel = 'voice'`;
  db.run(sql, callSid, turnId);
}

/** A row that waits to be spoken. */
export interface SpeechRow {
  readonly id: OutboxId;
  readonly turn_id: TurnId | null;
  readonly body: string;
}

/** What waits to be spoken on a call, in order. */
export function waitingSpeech(db: SqlConnection, callSid: CallSid): readonly SpeechRow[] {
  const sql = `SELECT id, turn_id, body FROM outbox WHERE call_sid = ? AND state = 'waiting' AND channel = 'voice' ORDER BY n`;
  return db.all<SpeechRow>(sql, callSid);
}

function partsOf(
  db: SqlConnection,
  each: Settlement["replies"][number],
  at: { readonly settlement: Settlement; readonly subject: SubjectRow; readonly now: number },
): readonly NewOutboxRow[] {
  const { reply, ids } = each;
  const { subject, now } = at;
  const { turnId } = at.settlement;
  const kept = { subjectId: subject.id, tenant: subject.tenant, turnId, now };
  if (reply.kind === "voice") return voiceParts(db, reply, { ...kept, id: ids[0] ?? newOutboxId(now), subject });
  return reply.parts.map((body, index) => ({
    ...kept,
    id: ids[index] ?? newOutboxId(now),
    channel: reply.channel,
    to: reply.to,
    from: reply.from,
    addressKey: recipientKey(subject, reply.to),
    body,
    state: "waiting",
  }));
}

interface KeptSpeech {
  readonly id: OutboxId;
  readonly subjectId: SubjectId;
  readonly tenant: SubjectRow["tenant"];
  readonly turnId: TurnId | undefined;
  readonly now: number;
}

function voiceParts(
  db: SqlConnection,
  reply: VoiceReply,
  kept: KeptSpeech & { readonly subject: SubjectRow },
): readonly NewOutboxRow[] {
  const { subject, ...row } = kept;
  const call = callBySid(db, reply.callSid);
  const ended = call === undefined || call.state === "over";
  if (!reply.spoken && ended) return spokenAsText(call, subject, { ...row, text: reply.text });
  const state: OutboxState = reply.spoken ? "spoken" : "waiting";
  const { to, from } = numbersOf(call);
  const addressKey = call?.address_key ?? recipientKey(subject, to);
  return [{ ...row, channel: "voice", callSid: reply.callSid, to, from, addressKey, body: reply.text, state }];
}

/** What should have been spoken, as texts by the subject's text route. Whoever cannot be texted gets nothing. */
function spokenAsText(
  call: CallRow | undefined,
  subject: SubjectRow,
  speech: KeptSpeech & { readonly text: string },
): readonly NewOutboxRow[] {
  const { text, ...kept } = speech;
  const known = routeOf(subject);
  const numbers = { channel: "sms", ...numbersOf(call), key: call?.address_key ?? "" } as const;
  const { channel, to, from, key } = known ?? numbers;
  const reachable = to !== "" && key !== "" && !key.startsWith("anonymous:");
  const state: OutboxState = reachable ? "waiting" : "suppressed";
  return textsOfSpeech(text).map((body, index) => ({
    ...kept,
    id: index === 0 ? kept.id : newOutboxId(kept.now),
    channel,
    to,
    from,
    addressKey: key,
    body,
    state,
  }));
}

/** The customer's and our number of a call. */
function numbersOf(call: CallRow | undefined): { readonly to: string; readonly from: string } {
  if (call === undefined) return { to: "", from: "" };
  if (call.direction === "inbound") return { to: call.from_address, from: call.to_address };
  return { to: call.to_address, from: call.from_address };
}

function unwanted(db: SqlConnection, part: Part, subject: SubjectRow): boolean {
  if (subject.owner === "operator") return true;
  return part.channel !== "voice" && optedOutSince(db, part) !== undefined;
}
