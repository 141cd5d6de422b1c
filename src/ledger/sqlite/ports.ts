import type { Ledger } from "../../core/ports/ledger.ts";
import type { SqlConnection, WriterCalls } from "../../core/ports/writer.ts";
import { callBySid, callRecord } from "./call-rows.ts";
import { optedOutSince } from "./consent.ts";
import { eventsAfter, lastEvent } from "./events.ts";
import { inboxRow, openDepth, openRows, waitingSubjects } from "./inbox.ts";
import { dueSubjects, outboxOf } from "./outbox-rows.ts";
import { ownerOf } from "./owner.ts";
import type { operations } from "./part.ts";
import { findSubject, recentSubjects, subjectById, subjectRecord } from "./subjects.ts";
import { nextTimerAt } from "./timers.ts";
import { callsOfTurn } from "./tool-calls.ts";

/** The way to the writer. */
export type Write = WriterCalls<typeof operations>;

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
  "subjects" | "consent" | "inbox" | "lanes" | "toolCalls" | "outbox" | "timers" | "calls" | "owner" | "events"
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
  return { ...subjectPorts(write, side), ...workPorts(write, side), ...deliveryPorts(write, side) };
}

function subjectPorts(write: Write, { read }: Side): Pick<Ledger, "subjects" | "consent" | "owner" | "events"> {
  return {
    subjects: {
      find: async (tenant, addressKey) => findSubject(read, tenant, addressKey),
      async get(subjectId) {
        const subject = subjectById(read, subjectId);
        return subject === undefined ? undefined : subjectRecord(read, subject);
      },
      recent: async (limit) => recentSubjects(read, limit),
    },
    consent: {
      async optedOut(tenant, addressKey) {
        const since = optedOutSince(read, { tenant, addressKey });
        return since === undefined ? undefined : { since };
      },
    },
    owner: {
      get: async (subjectId) => ownerOf(read, subjectId),
      change: (request) => write("changeOwner", request),
    },
    events: {
      add: (events, now) => write("addEvents", { events, now }),
      latest: async () => lastEvent(read),
      after: async (seq, limit) => eventsAfter(read, seq, limit),
    },
  };
}

function workPorts(write: Write, { read }: Side): Pick<Ledger, "inbox" | "lanes" | "toolCalls" | "timers"> {
  return {
    inbox: {
      waiting: async (options) => waitingSubjects(read, options),
      async pending(subjectId) {
        const tenant = subjectById(read, subjectId)?.tenant;
        return tenant === undefined ? [] : openRows(read, subjectId).map((row) => inboxRow(row, tenant));
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
      of: async (subjectId) => outboxOf(read, subjectId),
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
