import type { Ledger } from "../../core/ports/ledger.ts";
import type { SqlConnection, WriterCalls } from "../../core/ports/writer.ts";
import { callBySid, callRecord } from "./call-rows.ts";
import { optedOutSince } from "./consent.ts";
import { eventsAfter, lastEvent } from "./events.ts";
import { inboxRow, openDepth, openRows, waitingSubjects } from "./inbox.ts";
import { forgottenOptOut } from "./kept-hashes.ts";
import { dueSubjects, outboxOf } from "./outbox-rows.ts";
import { ownerOf } from "./owner.ts";
import type { alone, operations } from "./part.ts";
import { peoplePorts } from "./people-ports.ts";
import { resolutionsOf } from "./resolutions.ts";
import { sessionById, sessionRecord, sessionsOf } from "./session-rows.ts";
import { findSubject, recentSubjects, subjectById, subjectKnownTo, subjectRecord } from "./subjects.ts";
import { nextTimerAt } from "./timers.ts";
import { callsOfTurn } from "./tool-calls.ts";

/** The way to the writer. */
export type Write = WriterCalls<typeof operations & typeof alone>;

/** A reading connection, and the name of the running program. */
export interface Side {
  readonly read: SqlConnection;
  readonly holder: string;
}

type NamedCommits = Pick<
  Ledger,
  "accept" | "note" | "take" | "acceptSpoken" | "settle" | "supersede" | "failAttempt" | "fireTimer"
>;
type SmallPorts = Pick<
  Ledger,
  | "merges"
  | "codes"
  | "totals"
  | "secrets"
  | "apiKeys"
  | "lifeCycle"
  | "subjects"
  | "consent"
  | "inbox"
  | "lanes"
  | "toolCalls"
  | "outbox"
  | "timers"
  | "calls"
  | "owner"
  | "events"
  | "sessions"
  | "resolutions"
>;

/** The commits that cross concerns. */
export function namedCommits(write: Write, holder: string): NamedCommits {
  return {
    accept: (arrival) => write("accept", arrival),
    note: (note) => write("note", note),
    take: (request) => write("take", { ...request, program: holder }),
    acceptSpoken: (request) => write("acceptSpoken", request),
    settle: (request) => write("settle", request),
    supersede: (request) => write("supersede", request),
    failAttempt: (request) => write("failAttempt", request),
    fireTimer: (now) => write("fireTimer", { now }),
  };
}

/** The small ports: what writes goes to the writer, what reads is read here, from small indexes. */
export function smallPorts(write: Write, side: Side): SmallPorts {
  return {
    ...subjectPorts(write, side),
    ...sessionPorts(write, side),
    ...resolutionPorts(write, side),
    ...workPorts(write, side),
    ...deliveryPorts(write, side),
    ...peoplePorts(write, side),
  };
}

function subjectPorts(write: Write, { read }: Side): Pick<Ledger, "subjects" | "consent" | "owner" | "events"> {
  return {
    subjects: {
      find: async (tenant, addressKey) => findSubject(read, tenant, addressKey),
      findOrMake: (request) => write("findOrMakeSubject", request),
      async get(who) {
        const subject = subjectKnownTo(read, who);
        return subject === undefined ? undefined : subjectRecord(read, subject);
      },
      async whose(subjectId) {
        const subject = subjectById(read, subjectId);
        return subject === undefined ? undefined : { tenant: subject.tenant, subjectId };
      },
      recent: async (tenant, limit) => recentSubjects(read, tenant, limit),
      join: (request) => write("joinAddress", request),
    },
    consent: {
      async optedOut(tenant, addressKey) {
        const address = { tenant, addressKey };
        const since = optedOutSince(read, address) ?? forgottenOptOut(read, address);
        return since === undefined ? undefined : { since };
      },
    },
    owner: {
      get: async (who) => ownerOf(read, who),
      change: (request) => write("changeOwner", request),
    },
    events: {
      add: (events, now) => write("addEvents", { events, now }),
      latest: async () => lastEvent(read),
      after: async (seq, limit) => eventsAfter(read, seq, limit),
    },
  };
}

function sessionPorts(write: Write, { read }: Side): Pick<Ledger, "sessions"> {
  return {
    sessions: {
      async current(who) {
        const subject = subjectKnownTo(read, who);
        if (typeof subject?.session_id !== "string") return undefined;
        const session = sessionById(read, subject.session_id);
        return session === undefined ? undefined : sessionRecord(session, subject);
      },
      async list(who, limit) {
        const subject = subjectKnownTo(read, who);
        if (subject === undefined) return [];
        const { tenant, id: subjectId } = subject;
        return sessionsOf(read, { tenant, subjectId }, limit).map((session) => sessionRecord(session, subject));
      },
      async get({ tenant, sessionId }) {
        const session = sessionById(read, sessionId);
        if (session?.tenant !== tenant) return undefined;
        const subject = subjectKnownTo(read, { tenant, subjectId: session.subject_id });
        return subject === undefined ? undefined : sessionRecord(session, subject);
      },
      change: (request) => write("changeSession", request),
    },
  };
}

function resolutionPorts(write: Write, { read }: Side): Pick<Ledger, "resolutions"> {
  return {
    resolutions: {
      async of(who, resolver) {
        const subject = subjectKnownTo(read, who);
        return subject === undefined ? [] : resolutionsOf(read, { ...who, subjectId: subject.id }, resolver);
      },
      keep: (answer) => write("keepResolution", answer),
      part: (request) => write("partResolutions", request),
    },
  };
}

function workPorts(write: Write, { read }: Side): Pick<Ledger, "inbox" | "lanes" | "toolCalls" | "timers"> {
  return {
    inbox: {
      waiting: async (options) => waitingSubjects(read, options),
      async pending(who) {
        const subject = subjectKnownTo(read, who);
        return subject === undefined ? [] : openRows(read, subject.id).map((row) => inboxRow(row, subject.tenant));
      },
      depth: async () => openDepth(read),
    },
    lanes: {
      renew: (request) => write("renew", request),
      free: (request) => write("free", request),
      spoke: (request) => write("spoke", request),
    },
    toolCalls: {
      claim: (claim) => write("claimTool", claim),
      finish: (result) => write("finishTool", result),
      record: (call) => write("recordTool", call),
      expire: (now) => write("expireTools", { now }),
      ofTurn: async (turnId) => callsOfTurn(read, turnId),
    },
    timers: {
      set: (timer) => write("setTimer", timer),
      cancel: (key) => write("cancelTimer", { key }),
      nextAt: async () => nextTimerAt(read),
    },
  };
}

function deliveryPorts(write: Write, { read, holder }: Side): Pick<Ledger, "outbox" | "calls"> {
  return {
    outbox: {
      claim: (request) => write("claimNext", { ...request, program: holder }),
      record: (request) => write("recordOutcome", request),
      resolve: (request) => write("resolve", request),
      callback: (status) => write("callback", status),
      due: async (options) => dueSubjects(read, options),
      async of(who, options) {
        const subject = subjectKnownTo(read, who);
        return subject === undefined ? [] : outboxOf(read, { ...who, subjectId: subject.id }, options?.last);
      },
      takeSpeech: (request) => write("takeSpeech", request),
    },
    calls: {
      open: (call) => write("openCall", call),
      async get(callSid) {
        const call = callBySid(read, callSid);
        return call === undefined ? undefined : callRecord(call);
      },
      connect: (request) => write("connectCall", request),
      drop: (request) => write("dropCall", request),
      loseOthers: (request) => write("loseOthers", request),
      end: (request) => write("endCall", request),
      keepDigits: (request) => write("keepDigits", request),
    },
  };
}
