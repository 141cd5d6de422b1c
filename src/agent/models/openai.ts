import { OpenAIChatCompletionsModel, OpenAIResponsesModel, type Model } from "@openai/agents";
import OpenAI from "openai";
import type { Models } from "./models.ts";

/** How to reach OpenAI or a server that speaks like it. */
export interface OpenAIModelsOptions {
  readonly apiKey: string;
  /** The model's name, for example `gpt-4o-mini`. */
  readonly model: string;
  /** For example `http://localhost:11434/v1`. */
  readonly baseUrl?: string;
  /** `responses` is OpenAI's own; most compatible servers speak only `chat`. Default: `chat` when `baseUrl` is set. */
  readonly api?: "responses" | "chat";
  /** Longest time for one request, in milliseconds. */
  readonly timeoutMs: number;
}

/** Models of OpenAI or of a compatible server. Retries are the responder's, so the client makes none. */
export function openaiModels(options: OpenAIModelsOptions): Models {
  const api = options.api ?? (options.baseUrl === undefined ? "responses" : "chat");
  const client = new OpenAI({
    apiKey: options.apiKey,
    // Said explicitly, so that nothing is read from the process's environment.
    baseURL: options.baseUrl ?? "https://api.openai.com/v1",
    organization: null,
    project: null,
    maxRetries: 0,
    timeout: options.timeoutMs,
    logLevel: "off",
  });
  const models = new Map<string, Model>();
  return {
    name: options.model,
    offline: false,
    // Customers' words are not left lying on the provider's side.
    settings: api === "responses" ? { store: false } : {},
    get(name = options.model) {
      const known = models.get(name);
      if (known !== undefined) return known;
      const model =
        api === "responses" ? new OpenAIResponsesModel(client, name) : new OpenAIChatCompletionsModel(client, name);
      models.set(name, model);
      return model;
    },
  };
}
