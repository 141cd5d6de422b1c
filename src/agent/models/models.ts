import type { Model, ModelSettings } from "@openai/agents";
import type { Conversations } from "../remote/conversations.ts";

/** Where models come from. */
export interface Models {
  /** What answers, for status and logs. */
  readonly name: string;
  /** Whether this is no language model at all. */
  readonly offline: boolean;
  /** A model by name, and how it is asked; undefined means the configured one. */
  get(name: string | undefined): { readonly model: Model; readonly settings: ModelSettings };
  /** For agents whose history lies in OpenAI's Conversations API; undefined where there is no such thing. */
  readonly remote?: RemoteModels;
}

/** The same models, asked by the Responses API only, and the conversations in which they answer. */
export interface RemoteModels {
  readonly conversations: Conversations;
  /** A model by name, and how it is asked inside a conversation; undefined means the configured one. */
  get(name: string | undefined): { readonly model: Model; readonly settings: ModelSettings };
}
