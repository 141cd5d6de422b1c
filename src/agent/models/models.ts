import type { Model, ModelSettings } from "@openai/agents";

/** Where models come from. */
export interface Models {
  /** What answers, for status and logs. */
  readonly name: string;
  /** Whether this is no language model at all. */
  readonly offline: boolean;
  /** How every request is made. */
  readonly settings: ModelSettings;
  /** A model by name; undefined means the configured one. */
  get(name: string | undefined): Model;
}
