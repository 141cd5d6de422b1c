import type { SubjectId, TenantId, TurnId } from "../ids.ts";
import type { MemoryView } from "../memory.ts";
import type { ChannelName } from "../message.ts";
import type { RemoteTurn, RemoteUse } from "../remote.ts";
import type { ToolGate } from "../tool-gate.ts";
import type { Escalation } from "../turn-record.ts";
import type { WindowItem } from "../window.ts";

/** Answers a turn: an agent with its instructions, tools and model. */
export interface Responder {
  /** The fixed words of an agent that need no model. Undefined name means the default agent. */
  voiceOf(agent: string | undefined): Promise<AgentVoice>;
  /**
   * Streams the answer to a window whose last entries are what the customer just said. Ends when the agent is done or
   * the signal aborts; throws `model_unavailable` when no model answers, before or after the first words.
   */
  respond(request: RespondRequest, signal: AbortSignal): AsyncIterable<ResponderEvent>;
  /** What answers, for status: the model's name, and whether it is a language model at all. */
  readonly model: { readonly name: string; readonly offline: boolean };
}

/** The sentences an agent says without a model. */
export interface AgentVoice {
  readonly name: string;
  /** Spoken when a call is answered. */
  readonly greeting: string;
  readonly language: string;
  /** Said when no model answers. */
  readonly apology: string;
  /** Where the agent's history lies: in our items, or in OpenAI's Conversations API. */
  readonly history: "own" | "openai";
}

/** One turn as the responder sees it. */
export interface RespondRequest {
  readonly agent: string | undefined;
  readonly tenant: TenantId;
  readonly subjectId: SubjectId;
  readonly turnId: TurnId;
  readonly channel: ChannelName;
  readonly window: readonly WindowItem[];
  /** What is known of the customer beside the window. */
  readonly memory: MemoryView;
  /** For an agent whose history lies at OpenAI: where, and what was not told there; such an agent is never shown the window. */
  readonly remote?: RemoteTurn;
  /** The subject's proven addresses; who the customer is never comes from text. */
  readonly addresses: readonly string[];
  /** Through which every tool call goes. */
  readonly tools: ToolGate;
  readonly now: number;
}

/** What a responder tells while it works. */
export type ResponderEvent =
  | { readonly kind: "text"; readonly delta: string }
  /** One whole message of the agent ended; another may follow after a tool. */
  | { readonly kind: "message_end" }
  | { readonly kind: "tool_call"; readonly callId: string; readonly tool: string; readonly arguments: string }
  | { readonly kind: "tool_result"; readonly callId: string; readonly tool: string; readonly output: string }
  | { readonly kind: "escalation"; readonly escalation: Escalation }
  /** The conversation at OpenAI has everything of this turn. */
  | ({ readonly kind: "remote" } & RemoteUse)
  | {
      readonly kind: "usage";
      readonly modelCalls: number;
      readonly inputTokens: number;
      readonly outputTokens: number;
    };
