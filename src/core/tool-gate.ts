import type { Effect } from "./tool-call.ts";

/** The one way to a tool: whatever a responder wants done goes through here. */
export interface ToolGate {
  /**
   * Runs a call, or gives the result that the same act already had in this turn. `execute` gets the idempotency key
   * and a signal that fires at the deadline. Resolves with what the model is told, also when the tool failed; rejects
   * only when this turn may not go on.
   */
  run(call: GateCall, execute: (key: string, signal: AbortSignal) => Promise<string>): Promise<string>;
}

/** A call as the model made it, with what its tool declares. */
export interface GateCall {
  /** The model's id for the call. */
  readonly callId: string;
  readonly tool: string;
  /** JSON. */
  readonly arguments: string;
  readonly effect: Effect;
  /** Two calls of one turn with the same act are the same act. */
  readonly act: string;
  /** Whether the tool may be asked again with the same key when its answer was lost. */
  readonly idempotent: boolean;
  readonly timeoutMs: number;
}
