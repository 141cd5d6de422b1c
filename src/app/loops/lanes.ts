import { FAILURES_BEFORE_DEATH } from "../../core/binding.ts";
import { burstDueAt } from "../../core/burst.ts";
import { ContinuoError } from "../../core/errors.ts";
import { newInboxId, newTurnId, type CallSid, type SubjectId, type TurnId } from "../../core/ids.ts";
import type { InboxRow } from "../../core/message.ts";
import type { Dispatch } from "../../core/ports/dispatch.ts";
import type { Taken } from "../../core/ports/ledger.ts";
import { routeOf } from "../../core/settlement.ts";
import type { BoundTurn } from "../../core/turn-record.ts";
import type { Line, Said } from "../line.ts";
import type { Lines } from "../lines.ts";
import {
  giveUp,
  runAttempt,
  settleKept,
  type Attempt,
  type AttemptParts,
  type AttemptVoice,
  type RunningAttempt,
} from "./attempt.ts";

/** What the lanes stand on. */
export interface LaneParts extends Omit<AttemptParts, "onUnspoken"> {
  readonly dispatch: Dispatch;
  readonly lines: Lines;
  readonly holder: string;
  readonly leaseMs: number;
  /** The quiet time after a text before it is answered, in milliseconds; 0 means none. */
  readonly burstWindowMs: number;
  /** Finds out who a subject is, where somebody else may know; the answer may be another subject, whose lane it is then. */
  readonly identify: (subjectId: SubjectId, signal: AbortSignal) => Promise<SubjectId>;
  /** Told of an attempt that did not end, and when the next one is. */
  readonly onAttemptFailed: (subjectId: SubjectId, error: unknown, retryMs: number) => void;
}

/** One subject's order of turns, for all subjects. */
export interface Lanes {
  /** Does what there is to do for a subject, one turn after the other; given to the dispatch. */
  work(subjectId: SubjectId, signal: AbortSignal): Promise<void>;
  /** A text was accepted: the quiet time starts anew, and a reply in the making may be given up for it. */
  textAccepted(subjectId: SubjectId, at: number): void;
  /**
   * The caller spoke: a text's turn in the making makes way when it still can. Whoever `waits` for a reply that a
   * running tool holds up is answered now; the tool goes on by itself, and its result is told later.
   */
  callerSpoke(subjectId: SubjectId, waits: boolean): void;
}

type Burst = { readonly oldestAt: number; readonly newestAt: number };
type Running = RunningAttempt & { superseded: boolean };

const RETRY_MS = [200, 1_000, 3_000, 10_000] as const;

/** The lanes of one process. */
export function openLanes(parts: LaneParts): Lanes {
  const { clock, dispatch, ledger, lines } = parts;
  const attemptParts: AttemptParts = { ...parts, onUnspoken };
  const bursts = new Map<SubjectId, Burst>();
  const running = new Map<SubjectId, Running>();
  const failing = new Map<SubjectId, number>();
  /** Turns whose last attempt ended for no fault of their own: it does not count against them. */
  const excused = new Set<TurnId>();
  let stopping: AbortSignal | undefined;

  return { work, textAccepted, callerSpoke };

  /** The socket went while a reply was made, and the call may be back on another by now. */
  function onUnspoken(subjectId: SubjectId, callSid: CallSid): void {
    lines
      .of(subjectId)
      .find((line) => line.callSid === callSid)
      ?.leave();
  }

  async function work(subjectId: SubjectId, signal: AbortSignal): Promise<void> {
    if (stopping !== signal) {
      stopping = signal;
      signal.addEventListener("abort", haltAll, { once: true });
    }
    try {
      while (!signal.aborted && (await oneTurn(subjectId)));
      failing.delete(subjectId);
    } catch (error) {
      const failures = failing.get(subjectId) ?? 0;
      const retryMs = RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] ?? 10_000;
      failing.set(subjectId, failures + 1);
      parts.onAttemptFailed(subjectId, error, retryMs);
      dispatch.wake(subjectId, clock.now() + retryMs);
    }
  }

  function textAccepted(subjectId: SubjectId, at: number): void {
    const known = bursts.get(subjectId);
    const burst = { oldestAt: known?.oldestAt ?? at, newestAt: at };
    if (parts.burstWindowMs > 0) bursts.set(subjectId, burst);
    if (running.has(subjectId)) supersede(subjectId, "text");
    dispatch.wake(subjectId, burstDueAt(burst, parts.burstWindowMs));
  }

  function callerSpoke(subjectId: SubjectId, waits: boolean): void {
    supersede(subjectId, "speech");
    const now = running.get(subjectId);
    const spoken = now?.turn.rows.some((row) => row.body.kind === "speech" || row.body.kind === "keys") === true;
    if (waits && spoken && now.gate.running().length > 0) now.control.abort();
  }

  /** Gives the reply to a text up, once, and only before anything was done for it. */
  function supersede(subjectId: SubjectId, cause: "text" | "speech"): void {
    const now = running.get(subjectId);
    if (now === undefined || now.superseded || now.turn.attempt > 1 || now.gate.touched()) return;
    const answers = now.turn.rows.filter((row) => row.treatment === "answer");
    if (answers.some((row) => row.body.kind !== "text" || row.superseded)) return;
    if (cause === "text" && parts.burstWindowMs === 0) return;
    now.superseded = true;
    now.control.abort();
  }

  /** The program ends: what is still being made is let go, and made anew after the next start. */
  function haltAll(): void {
    for (const attempt of running.values()) halt(attempt);
  }

  function halt(attempt: Running): void {
    // The result of an act under way is waited for, or nobody would ever know it.
    if (attempt.gate.running().length > 0) return;
    attempt.superseded = true;
    attempt.control.abort();
  }

  /** Answers the next thing there is; false when there is nothing more to do now. */
  async function oneTurn(subjectId: SubjectId): Promise<boolean> {
    await sayLeft(subjectId);
    const open = lines.of(subjectId);
    const speaking = open.find((line) => line.waiting() > 0);
    const said = speaking?.next();
    if (speaking !== undefined && said !== undefined) {
      const end = await answerSaid(speaking, said);
      if (end !== "queued") return true;
    }
    const burst = bursts.get(subjectId);
    if (burst !== undefined) {
      const dueAt = burstDueAt(burst, parts.burstWindowMs);
      if (dueAt > clock.now()) {
        dispatch.wake(subjectId, dueAt);
        return false;
      }
    }
    // While somebody speaks, what did not come from the line waits; the line says when it is quiet.
    if (open.some((line) => !line.quiet())) return false;
    bursts.delete(subjectId);
    if (open.length === 0 && stopping !== undefined) {
      const known = await parts.identify(subjectId, stopping);
      if (known !== subjectId) {
        dispatch.wake(known);
        return false;
      }
      // Somebody may have called meanwhile, and what they say comes first.
      if (lines.of(subjectId).length > 0) return true;
    }
    const taken = await ledger.take({
      subjectId,
      holder: parts.holder,
      leaseMs: parts.leaseMs,
      keep: open.length > 0,
      now: clock.now(),
    });
    if (taken.kind === "busy") dispatch.wake(subjectId, taken.untilMs);
    if (taken.kind !== "turn") return false;
    return await answerTaken(taken);
  }

  /** Says on a call that is back what was decided while it was away. */
  async function sayLeft(subjectId: SubjectId): Promise<void> {
    for (const line of lines.of(subjectId)) {
      if (line.hasLeft()) await line.sayLeft();
    }
  }

  async function answerTaken(taken: Extract<Taken, { kind: "turn" }>): Promise<boolean> {
    const { turn, fence } = taken;
    for (const line of lines.of(turn.subjectId)) line.goesOnIn(turn);
    if (taken.seized) await parts.store.raiseFence(turn, fence);
    if (turn.attempt > 1) {
      const kept = await parts.store.settlementOf(turn, turn.id);
      if (kept !== undefined) return (await settleKept(attemptParts, kept, fence)) === "settled";
      if (!excused.delete(turn.id)) {
        const failed = await ledger.failAttempt({ turnId: turn.id, fence, now: clock.now() });
        if (failed.split) return true;
        if (failed.failures >= FAILURES_BEFORE_DEATH) return (await giveUp(attemptParts, turn, fence)) === "settled";
      }
    }
    // The call may have come back while the turn was taken; what it missed is said before anything newer.
    await sayLeft(turn.subjectId);
    const end = await attempting(turn, () =>
      runAttempt(attemptParts, {
        turn,
        fence,
        voice: voiceFor(turn),
        durable: Promise.resolve(turn),
        watch: watcher(turn),
      }),
    );
    if (end === "superseded" && stopping?.aborted !== true) await makeWay(turn, fence);
    return end === "settled";
  }

  /** The attempt was stopped for something newer: the rows are bound anew, or the turn runs again when they cannot be. */
  async function makeWay(turn: BoundTurn, fence: number): Promise<void> {
    const given = await ledger.supersede({ turnId: turn.id, fence, now: clock.now() });
    if (!given) excused.add(turn.id);
    const burst = bursts.get(turn.subjectId);
    dispatch.wake(turn.subjectId, burst === undefined ? undefined : burstDueAt(burst, parts.burstWindowMs));
  }

  /** What a caller just said: it is accepted and bound in one commit, beside which the model already starts. */
  async function answerSaid(
    line: Line,
    said: Said,
  ): Promise<"settled" | "fenced" | "superseded" | "queued" | "dropped"> {
    const now = clock.now();
    const turnId = newTurnId(now);
    const inboxId = newInboxId(now);
    const arrival = line.arrival(said);
    const row: InboxRow = {
      id: inboxId,
      subjectId: line.subjectId,
      tenant: line.tenant,
      receivedAt: said.at,
      treatment: "answer",
      failures: 0,
      superseded: false,
      body: arrival.body,
    };
    const turn: BoundTurn = {
      id: turnId,
      subjectId: line.subjectId,
      tenant: line.tenant,
      attempt: 1,
      rows: [row],
      calls: [],
      spoken: "",
      owner: "agent",
      ...line.session,
      addresses: line.addresses,
    };
    const speaker = line.speaker(turnId, said.cause);
    const accepting = ledger.acceptSpoken({ ...arrival, turnId, inboxId, now });
    const durable = accepting.then((taken) => {
      if (taken.kind !== "turn") throw new NotBound(taken.kind);
      line.goesOnIn(taken.turn);
      // Somebody took the conversation over while the caller spoke: it is bound, and will be recorded, not answered.
      if (taken.turn.owner !== "agent") throw new NotBound("held");
      speaker.open();
      return taken.turn;
    });
    durable.catch(() => speaker.control.abort());
    try {
      return await attempting(turn, () =>
        runAttempt(attemptParts, {
          turn,
          fence: line.fence(),
          voice: { line, speaker },
          durable,
          watch: watcher(turn),
        }),
      );
    } catch (error) {
      if (!(error instanceof NotBound)) {
        const kept = await accepting.then(
          () => true,
          () => false,
        );
        if (!kept) {
          // It was never bound, so there is nothing to excuse.
          excused.delete(turnId);
          line.again(said);
        }
        throw error;
      }
      if (error.why === "held") excused.add(turnId);
      if (error.why === "fenced") line.close();
      return error.why === "duplicate" || error.why === "fenced" ? "dropped" : "queued";
    }
  }

  /** Where a turn that was taken speaks: on the call it came from, or, for late news, on whichever is on the line. */
  function voiceFor(turn: BoundTurn): AttemptVoice | undefined {
    const open = lines.of(turn.subjectId);
    const route = routeOf(turn, open.at(-1)?.callSid);
    if (route.kind !== "voice") return undefined;
    const line = open.find((candidate) => candidate.callSid === route.callSid);
    if (line === undefined) return undefined;
    const speaker = line.speaker(turn.id, turn.rows.at(-1)?.body.kind === "keys" ? "keys" : "other");
    speaker.open();
    return { line, speaker };
  }

  function watcher(turn: BoundTurn): Attempt["watch"] {
    return (attempt) => {
      const shown: Running = { ...attempt, superseded: false };
      running.set(turn.subjectId, shown);
      if (stopping?.aborted === true) halt(shown);
      return {
        superseded: () => shown.superseded,
        done: () => {
          if (running.get(turn.subjectId) === shown) running.delete(turn.subjectId);
        },
      };
    };
  }

  /** What fails because a database is away is no fault of the turn's. */
  async function attempting<T>(turn: BoundTurn, attempt: () => Promise<T>): Promise<T> {
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof ContinuoError && unavailable.has(error.code)) excused.add(turn.id);
      throw error;
    }
  }
}

const unavailable = new Set(["ledger_unavailable", "ledger_full", "store_unavailable"]);

/** What was said was not bound to this attempt. */
class NotBound extends Error {
  readonly why: "queued" | "duplicate" | "fenced" | "held";

  constructor(why: NotBound["why"]) {
    super(`the turn was not bound: ${why}`);
    this.why = why;
  }
}
