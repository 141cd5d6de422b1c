import type { TenantId } from "../ids.ts";
import type { Entry } from "../item.ts";
import type { Fact, Intent, Memory, MemoryValue } from "../memory.ts";

/**
 * Makes memory of what was said. It works behind the turns and never in their way; it rejects with `model_unavailable`
 * when no model answers, and is asked again later.
 */
export interface MemoryModel {
  /** One summary of an earlier summary and of what was said since. */
  summarise(request: SummaryRequest, signal: AbortSignal): Promise<string>;
  /** What entries tell of the customer: values of the agent's entity schema, facts, the intent. Values that do not fit are counted, not given. */
  extract(request: ExtractRequest, signal: AbortSignal): Promise<Extraction>;
}

/** What is to be summarised. */
export interface SummaryRequest {
  readonly tenant: TenantId;
  /** Undefined means the default agent. */
  readonly agent: string | undefined;
  /** The summary so far; empty when there is none. */
  readonly earlier: string;
  /** Whole turns, in order. */
  readonly entries: readonly Entry[];
}

/** What is to be looked through. */
export interface ExtractRequest {
  readonly tenant: TenantId;
  /** Undefined means the default agent. */
  readonly agent: string | undefined;
  /** Whole turns, in order. */
  readonly entries: readonly Entry[];
  /** What is known already. */
  readonly known: Pick<Memory, "entities" | "facts" | "intent">;
  readonly now: number;
}

/** What was found. */
export interface Extraction {
  readonly entities: readonly {
    readonly name: string;
    readonly value: MemoryValue;
    readonly confidence: number;
    /** Place of the entry it came from. */
    readonly seq: number;
  }[];
  readonly facts: readonly {
    readonly type: Fact["type"];
    readonly about: string;
    readonly content: string;
    readonly confidence: number;
    readonly seq: number;
    /** Milliseconds since 1970; absent means never. */
    readonly expires?: number;
  }[];
  readonly intent?: Omit<Intent, "at" | "session">;
  /** How many values did not fit. */
  readonly dropped: number;
}
