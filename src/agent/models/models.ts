import type { Model, ModelSettings } from "@openai/agents";

/** Where models come from. */
export interface Models {
  /** What answers, for status and logs. */
  readonly name: string;
  /** Whether this is no language model at all. */
  readonly offline: boolean;
  /** A model by name, and how it is asked; undefined means the configured one. */
  get(name: string | undefined): { readonly model: Model; readonly settings: ModelSettings };
}
