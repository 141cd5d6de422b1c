import { ContinuoError } from "../core/errors.ts";
import type { ToolDefinition } from "./define-tool.ts";

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
}

/** Defines an agent. Throws `config_invalid` when two tools share a name. */
export function defineAgent(spec: Omit<AgentDefinition, "stuck"> & { readonly stuck?: string }): AgentDefinition {
  const names = spec.tools.map((tool) => tool.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new ContinuoError("config_invalid", `agent ${spec.name} has two tools named ${twice}`);
  return {
    ...spec,
    stuck:
      spec.stuck ?? "I am sorry, I could not work that out just now. Shall I ask a colleague to look into it for you?",
  };
}
