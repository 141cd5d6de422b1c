import type { z } from "zod";
import { ContinuoError } from "../core/errors.ts";
import type { ToolDefinition } from "./define-tool.ts";
import { unkeptEntities } from "./memory/entity-schema.ts";

/** An agent: who it is, what it may do, and what it says when no model is needed or none answers. */
export interface AgentDefinition {
  readonly name: string;
  /** What it is for and how it works; what never changes from turn to turn, so that it can be cached. */
  readonly instructions: string;
  readonly tools: readonly ToolDefinition[];
  /** Spoken when a call is answered. */
  readonly greeting: string;
  /** Said when no model answers. */
  readonly apology: string;
  /** Said when a turn took too many steps. */
  readonly stuck: string;
  /** Of the greeting and of the speech, for example `en-GB`. */
  readonly language: string;
  /** Instead of the configured model. */
  readonly model?: string;
  /**
   * What is to be noted of what a customer tells, by name: each value a text, a number, a yes or no, or a list of texts,
   * with a description by which it is recognised. Every one may be missing. What does not fit its schema is dropped.
   * Default: nothing is noted but facts and the intent.
   */
  readonly entities?: z.ZodObject;
  /**
   * Where the model reads what was said: our own record (`own`, the default), or a conversation that OpenAI keeps
   * (`openai`). The two are never mixed: with `openai` each request carries only what is new, and the record is kept
   * all the same, for people. Its limits: it needs the Responses API and the Conversations API; the window is OpenAI's
   * (everything, cut from the beginning when it is too long), so `MAX_MESSAGE_HISTORY` and summaries have no effect on
   * it; what a caller did not hear of a reply stays there and is corrected by a note with the next turn; what was said
   * lies with OpenAI until the customer is forgotten.
   */
  readonly history?: "own" | "openai";
}

/** Defines an agent. Throws `config_invalid` when two tools share a name, or an entity is of a kind that cannot be kept. */
export function defineAgent(spec: Omit<AgentDefinition, "stuck"> & { readonly stuck?: string }): AgentDefinition {
  const names = spec.tools.map((tool) => tool.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new ContinuoError("config_invalid", `agent ${spec.name} has two tools named ${twice}`);
  const [unkept] = unkeptEntities(spec.entities);
  if (unkept !== undefined) {
    throw new ContinuoError(
      "config_invalid",
      `agent ${spec.name}: the entity ${unkept} must be a text, a number, a yes or no, or a list of texts`,
    );
  }
  return {
    ...spec,
    stuck:
      spec.stuck ?? "I am sorry, I could not work that out just now. Shall I ask a colleague to look into it for you?",
  };
}

/** Whether something that a file or a program gave is an agent. */
export function isAgent(value: unknown): value is AgentDefinition {
  return (
    typeof value === "object" &&
    value !== null &&
    "instructions" in value &&
    typeof value.instructions === "string" &&
    "tools" in value &&
    Array.isArray(value.tools) &&
    "greeting" in value &&
    "apology" in value
  );
}
