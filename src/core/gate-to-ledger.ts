import { ContinuoError } from "./errors.ts";
import { newClaimId, type ClaimId, type SubjectId, type TurnId } from "./ids.ts";
import type { Clock } from "./ports/clock.ts";
import type { ToolCalls } from "./ports/ledger.ts";
import { sentences } from "./sentences.ts";
import type { GateCall, ToolGate } from "./tool-gate.ts";

/** What the gate of one attempt stands on. */
export interface GateParts {
  readonly toolCalls: ToolCalls;
  readonly clock: Clock;
  readonly subjectId: SubjectId;
  readonly turnId: TurnId;
  readonly fence: number;
  /** Resolves when the turn is bound for good; no tool starts before. Rejects when the turn may not go on. */
  readonly durable: Promise<unknown>;
  /** Aborts when the turn is interrupted: nothing new starts, what runs goes on. */
  readonly signal: AbortSignal;
  /** Called when a result came in after its turn was settled and now waits in the inbox. */
  readonly onLate: () => void;
}

/** The gate of one attempt, with what the turn needs to know of it at its end. */
export interface TurnGate extends ToolGate {
  /** Whether an act with an effect was begun; from then on the turn cannot be given up for a later text. */
  touched(): boolean;
  /** The model's ids of acts that are still running, also of those whose deadline has passed. */
  running(): readonly string[];
  /** The acts with an effect that this attempt began, in order. They belong into the record, whoever was told of them. */
  begun(): readonly BegunAct[];
  /** The names of the tools that ran. */
  tools(): readonly string[];
  /** Resolves when what was read is written down; await it before the turn is appended. */
  flush(): Promise<void>;
}

/** An act with an effect that was begun. */
export interface BegunAct {
  readonly callId: string;
  readonly tool: string;
  /** JSON. */
  readonly arguments: string;
  /** What the model is told; undefined while it runs. */
  readonly output: string | undefined;
}

type Run = { readonly call: GateCall; readonly execute: (key: string, signal: AbortSignal) => Promise<string> };

type Claim = { readonly id: ClaimId; readonly key: string };

/** Opens the gate of one attempt: reads always run, an act with an effect happens once in a turn. */
export function openToolGate(parts: GateParts): TurnGate {
  const acts = new Map<string, Promise<string>>();
  const runningCalls = new Set<string>();
  const begun = new Map<string, BegunAct>();
  const names = new Set<string>();
  const writes: Promise<void>[] = [];
  let touched = false;
  return {
    async run(call, execute) {
      await parts.durable;
      if (parts.signal.aborted)
        throw new ContinuoError("tool_failed", "the turn was interrupted before this call began");
      names.add(call.tool);
      if (call.effect === "reads") return await read({ call, execute });
      touched = true;
      const same = acts.get(call.act);
      if (same !== undefined) return await same;
      const act = once({ call, execute });
      acts.set(call.act, act);
      return await act;
    },
    touched: () => touched,
    running: () => [...runningCalls],
    begun: () => [...begun.values()],
    tools: () => [...names],
    flush: async () => {
      await Promise.all(writes);
    },
  };

  async function read({ call, execute }: Run): Promise<string> {
    const startedAt = parts.clock.now();
    const output = await start({ call, execute }, "").inTime;
    const text = output ?? failure(`${call.tool} did not answer in time`);
    const now = parts.clock.now();
    const write = parts.toolCalls.record({ ...owned(call), id: newClaimId(startedAt), output: text, startedAt, now });
    // What goes wrong here is told to whoever flushes; until then nobody listens.
    write.catch(() => undefined);
    writes.push(write);
    return text;
  }

  async function once(run: Run): Promise<string> {
    const { call } = run;
    for (;;) {
      const now = parts.clock.now();
      // One after the other: each round waits for what the round before found under way.
      const claimed = await parts.toolCalls.claim({
        ...owned(call),
        id: newClaimId(now),
        act: call.act,
        idempotent: call.idempotent,
        deadlineAt: now + call.timeoutMs,
        now,
      });
      switch (claimed.kind) {
        case "claimed":
          return parts.signal.aborted ? await leave(claimed) : await perform(run, claimed);
        case "done":
          return claimed.output;
        case "unknown":
          return sentences.unknownAct;
        case "fenced":
          throw new ContinuoError("tool_failed", "another worker holds this conversation now");
        case "running":
          await parts.clock.sleep(Math.max(1, claimed.untilMs - now), parts.signal);
          if (parts.signal.aborted) throw new ContinuoError("tool_failed", "the turn was interrupted");
          break;
      }
    }
  }

  /** The turn was interrupted while the act was claimed: it is not begun, and the claim says so. */
  async function leave(claimed: Claim): Promise<never> {
    await finish(claimed, failure("not begun: the customer interrupted"));
    throw new ContinuoError("tool_failed", "the turn was interrupted before this call began");
  }

  async function perform(run: Run, claimed: Claim): Promise<string> {
    const { callId, tool, arguments: args } = run.call;
    runningCalls.add(callId);
    begun.set(callId, { callId, tool, arguments: args, output: undefined });
    const { inTime, atLast } = start(run, claimed.key);
    // A result is written whenever it comes, also after the deadline or the end of the turn.
    const written = atLast
      .then((output) => (output === undefined ? undefined : finish(claimed, output)))
      .finally(() => runningCalls.delete(callId));
    // Where nobody waits for it any more, a result that could not be written leaves the claim open: it is unknown.
    written.catch(() => undefined);
    const output = await inTime;
    // Without an answer the claim stays open: after its deadline it is unknown, and a person looks.
    if (output !== undefined) await written;
    const told = output ?? sentences.unknownAct;
    begun.set(callId, { callId, tool, arguments: args, output: told });
    return told;
  }

  async function finish(claimed: Claim, output: string): Promise<void> {
    const { late } = await parts.toolCalls.finish({ id: claimed.id, output, now: parts.clock.now() });
    if (late) parts.onLate();
  }

  /**
   * Starts a call. `inTime` is undefined when the deadline passed first, `atLast` when the tool gave up after it. A
   * tool that throws before has failed, and says so to the model.
   */
  function start(
    { call, execute }: Run,
    key: string,
  ): { readonly inTime: Promise<string | undefined>; readonly atLast: Promise<string | undefined> } {
    const deadline = new AbortController();
    const answered = new AbortController();
    const atLast = (async () => await execute(key, deadline.signal))().catch((error: unknown) =>
      deadline.signal.aborted ? undefined : failure(error instanceof Error ? error.message : String(error)),
    );
    const late = parts.clock.sleep(call.timeoutMs, answered.signal).then(() => {
      if (!answered.signal.aborted) deadline.abort();
      return undefined;
    });
    const inTime = Promise.race([atLast, late]).finally(() => answered.abort());
    return { inTime, atLast };
  }

  function owned(call: GateCall) {
    return {
      subjectId: parts.subjectId,
      turnId: parts.turnId,
      fence: parts.fence,
      callId: call.callId,
      tool: call.tool,
      arguments: call.arguments,
      effect: call.effect,
    };
  }
}

function failure(message: string): string {
  return JSON.stringify({ error: message });
}
