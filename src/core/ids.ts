import { randomFillSync } from "node:crypto";

declare const brand: unique symbol;

/** A string that is known to be an id of one kind, so that two kinds cannot be mixed up. */
export type Branded<Kind extends string> = string & { readonly [brand]: Kind };

/** Whom we talk with: `sub_…`, opaque, within one tenant. It also names the subject's one conversation. */
export type SubjectId = Branded<"subject">;
/** One business; the dialled number chooses it. */
export type TenantId = Branded<"tenant">;
/** One turn: `turn_…`. */
export type TurnId = Branded<"turn">;
/** One accepted row of the inbox: `in_…`. */
export type InboxId = Branded<"inbox">;
/** One row of the outbox: `out_…`. */
export type OutboxId = Branded<"outbox">;
/** One claimed tool call: `act_…`. */
export type ClaimId = Branded<"claim">;
/** One timer: `tmr_…`. */
export type TimerId = Branded<"timer">;
/** One phone call as Twilio names it: `CA` and 32 hexadecimal digits. */
export type CallSid = Branded<"call">;

/** One session of a conversation: `ses_…`. */
export type SessionId = Branded<"session">;
/** One merge of two subjects: `mrg_…`. */
export type MergeId = Branded<"merge">;
/** One remembered fact: `fact_…`. */
export type FactId = Branded<"fact">;

/** One tenant's subject. What is read or written of a subject is asked for under its tenant; another tenant's is as if it were not there. */
export interface SubjectRef {
  readonly tenant: TenantId;
  readonly subjectId: SubjectId;
}

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/** A new opaque subject id. */
export function newSubjectId(nowMs: number): SubjectId {
  return branded<SubjectId>(sortable("sub", nowMs));
}

/** A new turn id. */
export function newTurnId(nowMs: number): TurnId {
  return branded<TurnId>(sortable("turn", nowMs));
}

/** A new inbox id. */
export function newInboxId(nowMs: number): InboxId {
  return branded<InboxId>(sortable("in", nowMs));
}

/** A new outbox id. */
export function newOutboxId(nowMs: number): OutboxId {
  return branded<OutboxId>(sortable("out", nowMs));
}

/** A new claim id. */
export function newClaimId(nowMs: number): ClaimId {
  return branded<ClaimId>(sortable("act", nowMs));
}

/** A new timer id. */
export function newTimerId(nowMs: number): TimerId {
  return branded<TimerId>(sortable("tmr", nowMs));
}

/** A new session id. */
export function newSessionId(nowMs: number): SessionId {
  return branded<SessionId>(sortable("ses", nowMs));
}

/** A new merge id. */
export function newMergeId(nowMs: number): MergeId {
  return branded<MergeId>(sortable("mrg", nowMs));
}

/** A new fact id. */
export function newFactId(nowMs: number): FactId {
  return branded<FactId>(sortable("fact", nowMs));
}

/** Reads a tenant's name from configuration. */
export function tenantId(text: string): TenantId {
  return branded<TenantId>(text);
}

/** Reads a CallSid that was checked at the border. */
export function callSid(text: string): CallSid {
  return branded<CallSid>(text);
}

/** Reads an outbox id that came back in a callback's URL; it may name nothing. */
export function outboxId(text: string): OutboxId {
  return branded<OutboxId>(text);
}

/** Reads a subject id that a person or a database gave; it may name nobody. */
export function subjectId(text: string): SubjectId {
  return branded<SubjectId>(text);
}

/** Reads back an id of any kind that this program wrote itself. */
export function branded<Id extends Branded<string>>(text: string): Id {
  // The one place where a plain string becomes an id.
  return text as Id;
}

/** Ids made later sort later, so that a new row lands at the end of its index; 80 random bits keep them unguessable. */
function sortable(prefix: string, nowMs: number): string {
  let time = "";
  for (let rest = Math.floor(nowMs), i = 0; i < 9; i += 1, rest = Math.floor(rest / 32))
    time = `${alphabet[rest % 32] ?? "0"}${time}`;
  let random = "";
  for (const byte of sixteenRandomBytes()) random += alphabet[byte % 32] ?? "0";
  return `${prefix}_${time}${random}`;
}

// Asking the system for randomness costs as much as writing a row, so it is asked for many ids at once.
const pool = Buffer.alloc(4_096);
let used = pool.length;

function sixteenRandomBytes(): Buffer {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += 16;
  return pool.subarray(used - 16, used);
}
