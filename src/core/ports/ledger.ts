import type { CallRecord } from "../call-record.ts";
import type { DomainEvent, RecordedEvent } from "../events.ts";
import type {
  CallSid,
  ClaimId,
  InboxId,
  OutboxId,
  SubjectId,
  SubjectRef,
  TenantId,
  TimerId,
  TurnId,
  SessionId,
} from "../ids.ts";
import type { RateLimits } from "../limit.ts";
import type { InboxBody, InboxRow, Treatment } from "../message.ts";
import type { OutboxRow, OutboxState, SendOutcome } from "../outbox.ts";
import type { SessionChange, SessionClocks, SessionState } from "../session.ts";
import type { Claimed, ToolCallRecord, ToolClaim } from "../tool-call.ts";
import type { BoundTurn, Owner, Settlement } from "../turn-record.ts";
import type { Codes } from "./codes.ts";
import type { ApiKeys, Secrets } from "./keys.ts";
import type { LifeCycle } from "./life-cycle.ts";
import type { Merges } from "./merges.ts";
import type { Resolutions } from "./resolutions.ts";
import type { Sessions } from "./sessions.ts";
import type { Totals } from "./totals.ts";

/**
 * What must happen exactly once. A bag of small ports, one concern each, and the commits that cross concerns, each
 * named after what happens. Every method is one commit, or one read; it rejects with `ledger_unavailable` (locked,
 * gone) or `ledger_full`, and then nothing of it was written.
 */
export interface Ledger extends AsyncDisposable {
  readonly subjects: Subjects;
  readonly consent: ConsentBook;
  readonly inbox: Inbox;
  readonly lanes: Lanes;
  readonly toolCalls: ToolCalls;
  readonly outbox: Outbox;
  readonly timers: Timers;
  readonly calls: Calls;
  readonly owner: Ownership;
  readonly events: EventRecord;
  readonly sessions: Sessions;
  readonly merges: Merges;
  readonly resolutions: Resolutions;
  readonly codes: Codes;
  readonly totals: Totals;
  readonly secrets: Secrets;
  readonly apiKeys: ApiKeys;
  readonly lifeCycle: LifeCycle;

  /** Finds or makes the subject of an address, counts and checks the message, and keeps it: a message is acknowledged after this. */
  accept(arrival: Arrival): Promise<Accepted>;
  /** Keeps a row that the platform itself made for a known subject: what was heard, a late result. A second one with the same key has no effect. Rejects with `not_found` when the tenant has no such subject. */
  note(note: Note): Promise<{ readonly kind: "accepted" | "duplicate"; readonly inboxId: InboxId }>;
  /** Takes the subject's lane and binds its pending rows to a turn, or frees the lane when nothing is pending. */
  take(request: TakeRequest): Promise<Taken>;
  /** Accepts what a caller just said or pressed and binds it to a turn at once, on the lane that the call holds. */
  acceptSpoken(request: SpokenArrival): Promise<TakenSpoken>;
  /** Writes what a turn decided, all of it or nothing. A second settlement of the same turn changes nothing. */
  settle(request: SettleRequest): Promise<Settled>;
  /** Gives a bound turn up for a later text: its rows wait again, to be bound anew. Refused once a tool was claimed. */
  supersede(request: { readonly turnId: TurnId; readonly fence: number; readonly now: number }): Promise<boolean>;
  /** Records that an attempt did not end: its rows remember the failure. A turn that failed twice with several rows is split into turns of one row. */
  failAttempt(request: {
    readonly turnId: TurnId;
    readonly fence: number;
    readonly now: number;
  }): Promise<{ readonly failures: number; readonly split: boolean }>;
  /** Takes one due timer and does what it stands for in the same commit. Undefined when none is due. */
  fireTimer(now: number): Promise<FiredTimer | undefined>;
  /** Whether the ledger answers and its schema is this program's. Never rejects. */
  health(): Promise<{ readonly ok: boolean; readonly schema: string; readonly problem?: string }>;
}

/** One message as it comes in from a customer, ready to be kept. */
export interface Arrival {
  readonly tenant: TenantId;
  /** The key of the address map: see `addressKey`. */
  readonly addressKey: string;
  /** The alias a person may use for the subject: see `aliasOf`. */
  readonly alias: string;
  /** Unique together with the body's channel: the provider's message id. */
  readonly providerId: string;
  readonly idempotencyToken?: string;
  readonly body: Extract<InboxBody, { kind: "text" }>;
  readonly optOutType?: string;
  readonly limits: RateLimits;
  /** What a customer over the limit is told, once per window. */
  readonly limitNotice: string;
  /** What HELP is answered with where the carrier does not answer itself; undefined means silence. */
  readonly helpNotice?: string;
  /** What a customer is told who answered the survey. */
  readonly surveyNotice: string;
  /** False for a sender that cannot be written back to (a short code, a name): the text is kept, and nobody answers. */
  readonly answerable: boolean;
  /** The clocks of the session that this text may begin. */
  readonly session: SessionClocks;
  readonly now: number;
}

/** What became of a message. Everything but a duplicate is durable when this is returned. */
export type Accepted =
  | { readonly kind: "accepted"; readonly subjectId: SubjectId; readonly inboxId: InboxId }
  | {
      readonly kind: "recorded";
      readonly reason: "limited" | "stop" | "start" | "help" | "opted_out" | "survey" | "unanswerable";
      readonly subjectId: SubjectId;
      readonly inboxId: InboxId;
      /** Whether something now waits in the outbox. */
      readonly notified: boolean;
    }
  | { readonly kind: "duplicate"; readonly subjectId: SubjectId; readonly inboxId: InboxId };

/** A row that the platform makes itself. */
export interface Note {
  readonly tenant: TenantId;
  readonly subjectId: SubjectId;
  /** Unique among notes, for example `heard/turn_…`. */
  readonly key: string;
  readonly body: Exclude<InboxBody, { kind: "text" }>;
  readonly treatment: Treatment;
  readonly now: number;
}

/** Who wants a lane, and for what. */
export interface TakeRequest {
  readonly subjectId: SubjectId;
  /** One running program; a new one on every start. */
  readonly holder: string;
  readonly leaseMs: number;
  /** Keeps the lane although nothing is pending, because a live call holds it. */
  readonly keep?: boolean;
  readonly now: number;
}

/** What `take` found. */
export type Taken =
  | { readonly kind: "turn"; readonly fence: number; readonly seized: boolean; readonly turn: BoundTurn }
  /** Nothing is pending; the lane was freed, or kept when the request said so. */
  | { readonly kind: "idle"; readonly fence: number; readonly seized: boolean }
  /** Somebody else holds the lane until the given moment. */
  | { readonly kind: "busy"; readonly untilMs: number };

/** What a caller said or pressed, to be accepted and bound in one commit. */
export interface SpokenArrival {
  readonly subjectId: SubjectId;
  readonly callSid: CallSid;
  readonly epoch: number;
  readonly fence: number;
  readonly holder: string;
  readonly turnId: TurnId;
  readonly inboxId: InboxId;
  /** Unique within the call, so that a frame that is replayed has no second effect. */
  readonly key: string;
  readonly body: Extract<InboxBody, { kind: "speech" | "keys" }>;
  /** False keeps it without binding it, because another turn is under way; given again by the same key, it is bound. */
  readonly bind?: false;
  readonly now: number;
}

/** What became of it. */
export type TakenSpoken =
  | { readonly kind: "turn"; readonly turn: BoundTurn }
  /** Another turn is bound on this lane: the row is kept and waits for `take`. */
  | { readonly kind: "queued" }
  | { readonly kind: "duplicate" }
  /** A newer socket or another holder owns the call: the row was kept, and that one will answer. */
  | { readonly kind: "fenced" };

/** A settlement and the right to write it. */
export interface SettleRequest {
  readonly settlement: Settlement;
  readonly fence: number;
  readonly now: number;
}

/** What settling did. `suppressed` are the replies that nobody wanted any more. */
export type Settled =
  | { readonly kind: "settled"; readonly suppressed: readonly OutboxId[]; readonly toSend: boolean }
  | { readonly kind: "repeated" }
  | { readonly kind: "fenced" };

/** Whom we talk with, and by which addresses. */
export interface Subjects {
  /** The subject of an address, if there is one. */
  find(tenant: TenantId, addressKey: string): Promise<SubjectId | undefined>;
  /** The subject of an address; it is made where there is none, without a message. */
  findOrMake(request: {
    readonly tenant: TenantId;
    readonly addressKey: string;
    readonly alias: string;
    /** The clocks of the session that it begins with. */
    readonly session: SessionClocks;
    readonly now: number;
  }): Promise<SubjectId>;
  /** A subject by id. */
  get(who: SubjectRef): Promise<SubjectRecord | undefined>;
  /** Whose subject an id of our own work is. Never for an id that came from outside: there its tenant is known. */
  whose(subjectId: SubjectId): Promise<SubjectRef | undefined>;
  /** The tenant's subjects that were active last, the newest first. */
  recent(tenant: TenantId, limit: number): Promise<readonly SubjectRecord[]>;
  /**
   * Gives an address to a subject, unless it is somebody's already; whose it is now. The alias, where one is given,
   * becomes the subject's, unless that is a phone number's. Rejects with `not_found` when the tenant has no such subject.
   */
  join(request: SubjectRef & { readonly addressKey: string; readonly alias?: string }): Promise<SubjectId>;
}

/** A subject as the ledger knows it. */
export interface SubjectRecord {
  readonly id: SubjectId;
  readonly tenant: TenantId;
  readonly alias: string;
  readonly addressKeys: readonly string[];
  /** Our number or address that they wrote to last; of somebody who never wrote, the number that they called. */
  readonly ours?: string;
  readonly lastActiveAt: number;
  readonly session: SessionState;
}

/** Who may be texted. */
export interface ConsentBook {
  /** Whether an address opted out, with when. */
  optedOut(tenant: TenantId, addressKey: string): Promise<{ readonly since: number } | undefined>;
}

/** Accepted and not yet settled. */
export interface Inbox {
  /** Subjects with rows that could start a turn now and whose lane is free or lapsed; the oldest first. */
  waiting(options: {
    readonly holder: string;
    readonly now: number;
    readonly limit: number;
  }): Promise<
    readonly { readonly subjectId: SubjectId; readonly newestTextAt?: number; readonly oldestTextAt?: number }[]
  >;
  /** A subject's rows that are not done yet, the oldest first. */
  pending(who: SubjectRef): Promise<readonly InboxRow[]>;
  /** How many rows are not done, for status and metrics. */
  depth(): Promise<number>;
}

/** Who works on which subject. */
export interface Lanes {
  /** Renews the lease of a lane that a long turn or a live call holds; false when somebody else has it. */
  renew(request: {
    readonly subjectId: SubjectId;
    readonly holder: string;
    readonly leaseMs: number;
    readonly now: number;
  }): Promise<boolean>;
  /** Gives a lane back that was kept for a call. */
  free(request: { readonly subjectId: SubjectId; readonly holder: string }): Promise<void>;
  /** Keeps what a running turn has spoken so far, for the attempt after it if this one dies. */
  spoke(request: { readonly turnId: TurnId; readonly fence: number; readonly text: string }): Promise<void>;
}

/** Acts with an effect, once each. */
export interface ToolCalls {
  /** Claims an act before it is done. */
  claim(claim: ToolClaim): Promise<Claimed>;
  /** Writes a result, whoever holds the lane by now. When the turn settled before, the result becomes a row of the inbox (`late`). */
  finish(result: {
    readonly id: ClaimId;
    readonly output: string;
    readonly now: number;
  }): Promise<{ readonly late: boolean; readonly subjectId?: SubjectId }>;
  /** Writes a call that only read, after the fact, so that a second attempt need not read again. */
  record(
    call: Omit<ToolClaim, "act" | "idempotent" | "deadlineAt"> & {
      readonly output: string;
      readonly startedAt: number;
    },
  ): Promise<void>;
  /** Acts whose deadline passed without a result although their turn is settled are unknown now: the customer is told, and a person looks. Returns whose they were. */
  expire(now: number): Promise<readonly SubjectId[]>;
  /** The calls of a turn, in order. */
  ofTurn(turnId: TurnId): Promise<readonly ToolCallRecord[]>;
}

/** Decided and not yet delivered. */
export interface Outbox {
  /** Takes the subject's first undelivered text for sending; owner, consent and call are checked in the same commit. */
  claim(request: {
    readonly subjectId: SubjectId;
    readonly now: number;
    readonly ambiguousAfterMs: number;
  }): Promise<OutboxClaim>;
  /** Writes what became of an attempt. Returns the row's state after it. */
  record(request: {
    readonly id: OutboxId;
    readonly outcome: SendOutcome;
    readonly nextAt?: number;
    readonly now: number;
  }): Promise<OutboxState>;
  /** Writes what looking for an ambiguous row found: absent rows may be sent again, unclear ones are a person's. */
  resolve(request: {
    readonly id: OutboxId;
    readonly found: "found" | "absent" | "unclear";
    readonly providerId?: string;
    readonly nextAt?: number;
    readonly now: number;
  }): Promise<OutboxState>;
  /** Takes in a status callback, in any order and any number of times. */
  callback(
    callback: MessageStatus,
  ): Promise<{ readonly known: boolean; readonly subjectId?: SubjectId; readonly state?: OutboxState }>;
  /** Subjects with a text that is due, the oldest first, and when the next one after `now` is. */
  due(options: {
    readonly now: number;
    readonly limit: number;
  }): Promise<{ readonly subjectIds: readonly SubjectId[]; readonly nextAt?: number }>;
  /** A subject's rows, or the last so many of them, the oldest first. */
  of(who: SubjectRef, options?: { readonly last?: number }): Promise<readonly OutboxRow[]>;
  /** Marks what waits to be spoken on a call as spoken, and returns it. */
  takeSpeech(request: {
    readonly callSid: CallSid;
    readonly epoch: number;
    readonly now: number;
  }): Promise<readonly OutboxRow[]>;
}

/** What there is to do for a subject's outbox. */
export type OutboxClaim =
  | { readonly kind: "send"; readonly row: OutboxRow }
  /** The first row's fate is in doubt and it is time to look. */
  | { readonly kind: "look"; readonly row: OutboxRow }
  | { readonly kind: "suppressed"; readonly row: OutboxRow }
  | { readonly kind: "wait"; readonly untilMs: number }
  | { readonly kind: "empty" };

/** A message's status as the provider tells it. */
export interface MessageStatus {
  /** From the callback's URL, when it is there. */
  readonly outboxId?: OutboxId;
  readonly providerId: string;
  readonly status:
    | "accepted"
    | "scheduled"
    | "queued"
    | "sending"
    | "sent"
    | "delivered"
    | "undelivered"
    | "failed"
    | "read"
    | "canceled";
  readonly errorCode?: string;
  readonly now: number;
}

/** Things that happen later, once, also after a restart. */
export interface Timers {
  /** Sets a timer; an earlier one with the same key is replaced. */
  set(timer: {
    readonly id: TimerId;
    readonly key: string;
    readonly subjectId: SubjectId;
    readonly dueAt: number;
    readonly body: TimerBody;
  }): Promise<void>;
  /** Takes a timer back. */
  cancel(key: string): Promise<void>;
  /** When the next one is due. */
  nextAt(): Promise<number | undefined>;
}

/** What a timer stands for. */
export type TimerBody =
  | { readonly kind: "call_grace"; readonly callSid: CallSid; readonly epoch: number }
  /** A session may have been silent long enough: to be idle, or, when it is idle, to be closed. */
  | { readonly kind: "session"; readonly sessionId: SessionId }
  /** A conversation at OpenAI is to be deleted, whose customer is forgotten. It fires again, later and later, until it is taken back. */
  | {
      readonly kind: "forget_remote";
      readonly tenant: TenantId;
      readonly conversationId: string;
      /** From 1. */
      readonly attempt: number;
    }
  /** Something was removed that may still be read in the files. It fires again every ten minutes, until it is taken back. */
  | { readonly kind: "scrub"; readonly tenant: TenantId }
  /** Somebody is forgotten whose conversation the store has still to seal. It fires again every ten minutes, until it is taken back. */
  | { readonly kind: "seal"; readonly tenant: TenantId; readonly subjectId: SubjectId };

/** A timer that fired, and what it did. */
export interface FiredTimer {
  readonly body: TimerBody;
  readonly subjectId: SubjectId;
  readonly tenant: TenantId;
  /** Whether something now waits in the outbox. */
  readonly toSend: boolean;
  /** The change of a session that it made. */
  readonly session?: SessionChange;
}

/** Phone calls, which outlive sockets, processes and replicas. */
export interface Calls {
  /** Keeps a call that rings, with the token that will admit its socket; finds or makes its subject. A call that is known already gets the new token and keeps everything else. */
  open(call: {
    readonly callSid: CallSid;
    readonly tenant: TenantId;
    readonly addressKey: string;
    readonly alias: string;
    readonly from: string;
    readonly to: string;
    readonly direction: "inbound" | "outbound";
    readonly tokenHash: string;
    /** What the caller is greeted with; empty when nothing is said. */
    readonly greeting: string;
    /** The clocks of the session that this call may begin. */
    readonly session: SessionClocks;
    /** Whether this gives a lost call another relay, which is counted. */
    readonly resume: boolean;
    readonly now: number;
  }): Promise<CallRecord>;
  /** A call by its sid. */
  get(callSid: CallSid): Promise<CallRecord | undefined>;
  /** A socket said `setup`: raises the epoch, and takes the subject's lane from whoever held the call before. Undefined when the call is over or unknown. */
  connect(request: {
    readonly callSid: CallSid;
    readonly sessionId: string;
    readonly holder: string;
    readonly leaseMs: number;
    readonly now: number;
  }): Promise<
    | {
        readonly call: CallRecord;
        readonly fence: number;
        readonly seized: boolean;
        readonly resumed: boolean;
        readonly session: SessionId;
        /** Milliseconds since 1970. */
        readonly sessionSince: number;
      }
    | undefined
  >;
  /** The socket of this epoch is gone; the call may go on with another. Starts the grace timer. */
  drop(request: {
    readonly callSid: CallSid;
    readonly epoch: number;
    readonly graceMs: number;
    readonly timerId: TimerId;
    /** Turns whose replies were spoken into the void: they wait to be spoken once more. */
    readonly unheard?: readonly TurnId[];
    readonly now: number;
  }): Promise<boolean>;
  /** Calls whose socket was another, dead program's are lost from now on, with the usual grace; how many. Call it once, at start. */
  loseOthers(request: { readonly holder: string; readonly graceMs: number; readonly now: number }): Promise<number>;
  /** The caller is gone: what waited to be spoken becomes a text. */
  end(request: {
    readonly callSid: CallSid;
    readonly now: number;
  }): Promise<{ readonly subjectId?: SubjectId; readonly toSend: boolean }>;
  /** Keeps the keys that were pressed and not yet used. */
  keepDigits(request: { readonly callSid: CallSid; readonly epoch: number; readonly digits: string }): Promise<void>;
}

/** Who answers the customer now. */
export interface Ownership {
  /** The owner of a subject's conversation; the agent, also of a subject that is not there. */
  get(who: SubjectRef): Promise<Owner>;
  /** Changes the owner if it is what the caller thinks it is; false otherwise. */
  change(request: {
    readonly tenant: TenantId;
    readonly subjectId: SubjectId;
    readonly from: Owner;
    readonly to: Owner;
    readonly now: number;
  }): Promise<boolean>;
}

/** What happened. */
export interface EventRecord {
  /** Adds events that stand alone. */
  add(events: readonly DomainEvent[], now: number): Promise<void>;
  /** Place of the last event, 0 when there is none. */
  latest(): Promise<number>;
  /** Events after a place in the record, in order. */
  after(seq: number, limit: number): Promise<readonly RecordedEvent[]>;
}
