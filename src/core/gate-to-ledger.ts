import { ContinuoError } from "./errors.ts";
import { newClaimId, type SubjectId, type TurnId } from "./ids.ts";
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
  /** The model's ids of acts that are still running. */
  running(): readonly string[];
  /** The names of the tools that ran. */
  tools(): readonly string[];
  /** Resolves when what was read is written down; await it before the turn is appended. */
  flush(): Promise<void>;
}

type Run = { readonly call: GateCall; readonly execute: (key: string, signal: AbortSignal) => Promise<string> };

/** Opens the gate of one attempt: reads always run, an act with an effect happens once in a turn. */
export function openToolGate(parts: GateParts): TurnGate {
  const acts = new Map<string, Promise<string>>();
  const runningCalls = new Set<string>();
  const names = new Set<string>();
  const writes: Promise<void>[] = [];
  let touched = false;
  return {
    async run(call, execute) {
      await parts.durable;
      if (parts.signal.aborted) throw new ContinuoError("tool_failed", "the turn was interrupted before this call began");
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
    tools: () => [...names],
    flush: async () => {
      await Promise.all(writes);
    },
  };

  async function read({ call, execute }: Run): Promise<string> {
    const startedAt = parts.clock.now();
    const output = await bounded({ call, execute }, "");
    const text = output ?? failure(`${call.tool} did not answer in time`);
    writes.push(
      parts.toolCalls.record({
        ...owned(call),
        id: newClaimId(startedAt),
        output: text,
        startedAt,
        now: parts.clock.now(),
      }),
    );
    return text;
  }

  async function once(run: Run): Promise<string> {
    const { call } = run;
    for (;;) {
      const now = parts.clock.now();
      // One after the other: each round waits for what the round before found under way.
      // oxlint-disable-next-line no-await-in-loop
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
          return await perform(run, claimed);
        case "done":
          return claimed.output;
        case "unknown":
          return sentences.unknownAct;
        case "fenced":
          throw new ContinuoError("tool_failed", "another worker holds this conversation now");
        case "running":
          // oxlint-disable-next-line no-await-in-loop
          await parts.clock.sleep(Math.max(1, claimed.untilMs - now), parts.signal);
          if (parts.signal.aborted) throw new ContinuoError("tool_failed", "the turn was interrupted");
          break;
      }
    }
  }

  async function perform(run: Run, claimed: { readonly id: Parameters<ToolCalls["finish"]>[0]["id"]; readonly key: string }): Promise<string> {
    const { call } = run;
    runningCalls.add(call.callId);
    const finished = bounded(run, claimed.key).then(async (output) => {
      // Without an answer the claim stays open: after its deadline it is unknown, and a person looks.
      if (output === undefined) return sentences.unknownAct;
      const { late } = await parts.toolCalls.finish({ id: claimed.id, output, now: parts.clock.now() });
      if (late) parts.onLate();
      return output;
    });
    try {
      return await finished;
    } finally {
      runningCalls.delete(call.callId);
    }
  }

  /** Undefined when the deadline passed first. A tool that throws has failed, and says so to the model. */
  async function bounded({ call, execute }: Run, key: string): Promise<string | undefined> {
    const deadline = new AbortController();
    const answered = new AbortController();
    const late = parts.clock.sleep(call.timeoutMs, answered.signal).then(() => {
      if (!answered.signal.aborted) deadline.abort();
      return undefined;
    });
    const answer = execute(key, deadline.signal).catch((error: unknown) =>
      deadline.signal.aborted ? undefined : failure(error instanceof Error ? error.message : String(error)),
    );
    const first = await Promise.race([answer, late]);
    answered.abort();
    return first;
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
