import type { SessionId, SubjectId, TenantId } from "./ids.ts";

/** Every state of a session, in the order of an ordinary life. */
export const sessionStates = ["NEW", "ACTIVE", "WAITING_AGENT", "IDLE", "CLOSED"] as const;

/**
 * Where a session is: `NEW` until something was answered, `ACTIVE` while the talk goes on, `WAITING_AGENT` from the
 * moment a person was asked for until one has answered, `IDLE` after a silence, `CLOSED` when it is over.
 */
export type SessionState = (typeof sessionStates)[number];

/** Every reason for which a session may change. */
export const sessionCauses = [
  "message",
  "answered",
  "escalated",
  "operator_answered",
  "idle_timeout",
  "close_timeout",
  "closed",
  "merged",
] as const;

/**
 * Why a session changes: the customer said something or called (`message`), a turn was answered, a person was asked
 * for, a person answered or gave back, a clock ran out, somebody closed it, or its conversation became part of another.
 */
export type SessionCause = (typeof sessionCauses)[number];

/** What becomes of a session: another state (or the same), or a new session of the same conversation. */
export type SessionStep = SessionState | "REOPEN";

// Whoever waits for a person waits through every clock; only a person or a close ends it.
const table: Readonly<Record<SessionState, Readonly<Record<SessionCause, SessionStep>>>> = {
  NEW: {
    message: "NEW",
    answered: "ACTIVE",
    escalated: "WAITING_AGENT",
    operator_answered: "ACTIVE",
    idle_timeout: "IDLE",
    close_timeout: "NEW",
    closed: "CLOSED",
    merged: "CLOSED",
  },
  ACTIVE: {
    message: "ACTIVE",
    answered: "ACTIVE",
    escalated: "WAITING_AGENT",
    operator_answered: "ACTIVE",
    idle_timeout: "IDLE",
    close_timeout: "ACTIVE",
    closed: "CLOSED",
    merged: "CLOSED",
  },
  WAITING_AGENT: {
    message: "WAITING_AGENT",
    answered: "WAITING_AGENT",
    escalated: "WAITING_AGENT",
    operator_answered: "ACTIVE",
    idle_timeout: "WAITING_AGENT",
    close_timeout: "WAITING_AGENT",
    closed: "CLOSED",
    merged: "CLOSED",
  },
  IDLE: {
    message: "ACTIVE",
    answered: "ACTIVE",
    escalated: "WAITING_AGENT",
    operator_answered: "ACTIVE",
    idle_timeout: "IDLE",
    close_timeout: "CLOSED",
    closed: "CLOSED",
    merged: "CLOSED",
  },
  CLOSED: {
    message: "REOPEN",
    // A result that came late is told, and does not open what is over; a person who is needed is.
    answered: "CLOSED",
    escalated: "WAITING_AGENT",
    operator_answered: "CLOSED",
    idle_timeout: "CLOSED",
    close_timeout: "CLOSED",
    closed: "CLOSED",
    merged: "CLOSED",
  },
};

/** The transition table: total, and the only place that says what a cause does to a state. */
export function nextSession(state: SessionState, cause: SessionCause): SessionStep {
  return table[state][cause];
}

/** Reads a state that a person or a database gave; undefined for any other word. */
export function sessionState(text: string): SessionState | undefined {
  return sessionStates.find((state) => state === text);
}

/** A session's clocks, and what its customer is asked when it is closed. Taken when the session begins. */
export interface SessionClocks {
  /** Milliseconds without a word after which it is idle. */
  readonly idleMs: number;
  /** Milliseconds from idle to closed. */
  readonly closeMs: number;
  /** The one question of the survey; absent means that nobody is asked. */
  readonly survey?: string;
}

/** One stretch of activity inside a conversation. */
export interface SessionRecord {
  readonly id: SessionId;
  readonly tenant: TenantId;
  readonly subjectId: SubjectId;
  /** Counts within the conversation, from 1. */
  readonly number: number;
  readonly state: SessionState;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly lastActiveAt: number;
  readonly endedAt?: number;
}

/** A change that was made. */
export interface SessionChange {
  readonly session: SessionRecord;
  readonly from: SessionState;
  readonly cause: SessionCause;
}
