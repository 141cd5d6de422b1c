import type { ClaimId, SubjectId, TurnId } from "./ids.ts";

/** What a tool does to the world. Reads always run; any other effect happens once in a turn. */
export type Effect = "reads" | "writes" | "pays" | "texts";

/** A tool call about to be made, as the ledger claims it. */
export interface ToolClaim {
  readonly id: ClaimId;
  readonly subjectId: SubjectId;
  readonly turnId: TurnId;
  /** The lane's fence under which the turn runs; a claim under an older fence is refused. */
  readonly fence: number;
  /** The model's id for the call; a second attempt gives the same act another one. */
  readonly callId: string;
  readonly tool: string;
  /** JSON. */
  readonly arguments: string;
  readonly effect: Effect;
  /** Two calls of one turn with the same act are the same act. */
  readonly act: string;
  /** Whether the tool may be asked again with the same key when its first answer was lost. */
  readonly idempotent: boolean;
  /** After this moment (milliseconds since 1970) a claim without a result is unknown. */
  readonly deadlineAt: number;
  readonly now: number;
}

/** What the ledger says of a claim. */
export type Claimed =
  /** Go ahead; `key` is what an idempotent tool passes on, the same in every attempt. */
  | { readonly kind: "claimed"; readonly id: ClaimId; readonly key: string }
  /** The same act was done before in this turn; this is its result. */
  | { readonly kind: "done"; readonly id: ClaimId; readonly callId: string; readonly output: string }
  /** The same act is under way elsewhere until its deadline. */
  | { readonly kind: "running"; readonly id: ClaimId; readonly untilMs: number }
  /** The same act was begun and nobody knows how it ended. */
  | { readonly kind: "unknown"; readonly id: ClaimId }
  /** Somebody else holds the lane now; this turn must stop. */
  | { readonly kind: "fenced" };

/** A tool call of a turn as the ledger knows it. */
export interface ToolCallRecord {
  readonly id: ClaimId;
  readonly callId: string;
  readonly tool: string;
  /** JSON. */
  readonly arguments: string;
  readonly effect: Effect;
  readonly state: "running" | "done" | "unknown";
  readonly output?: string;
  readonly startedAt: number;
  readonly finishedAt?: number;
}
