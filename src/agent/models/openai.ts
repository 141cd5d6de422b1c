import { OpenAIChatCompletionsModel, OpenAIResponsesModel, type Model, type ModelSettings } from "@openai/agents";
import OpenAI from "openai";
import { openaiConversations } from "../remote/conversations.ts";
import { eitherApi } from "./either-api.ts";
import type { Models } from "./models.ts";

/** How to reach OpenAI or a server that speaks like it. */
export interface OpenAIModelsOptions {
  readonly apiKey: string;
  /** The model's name, for example `gpt-4o-mini`. */
  readonly model: string;
  /** For example `http://localhost:11434/v1`. */
  readonly baseUrl?: string;
  /**
   * `responses` is OpenAI's own; many compatible servers speak only `chat`. Without a word, OpenAI is asked by
   * `responses`, and a server at `baseUrl` by whichever it turns out to have.
   */
  readonly api?: "responses" | "chat" | undefined;
  /** Longest time for one request, in milliseconds. */
  readonly timeoutMs: number;
}

/** Models of OpenAI or of a compatible server. Retries are the responder's, so the client makes none. */
export function openaiModels(options: OpenAIModelsOptions): Models {
  const api = options.api ?? (options.baseUrl === undefined ? "responses" : "either");
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
  const inConversation = new Map<string, Model>();
  return {
    name: options.model,
    offline: false,
    get(name = options.model) {
      const model = models.get(name) ?? modelOf(name);
      models.set(name, model);
      return { model, settings: api === "chat" ? {} : settingsFor(name) };
    },
    ...(api === "chat" ? {} : { remote: { conversations: openaiConversations(client), get: remoteModelOf } }),
  };

  function remoteModelOf(name = options.model): ReturnType<Models["get"]> {
    const model = inConversation.get(name) ?? new OpenAIResponsesModel(client, name);
    inConversation.set(name, model);
    // What is kept is kept there on purpose; what has become too long loses its beginning instead of failing.
    return { model, settings: { truncation: "auto" } };
  }

  function modelOf(name: string): Model {
    if (api === "responses") return new OpenAIResponsesModel(client, name);
    const chat = new OpenAIChatCompletionsModel(client, name);
    return api === "chat" ? chat : eitherApi(new OpenAIResponsesModel(client, name), chat);
  }
}

/** Customers' words are not left lying on the provider's side. */
function settingsFor(name: string): ModelSettings {
  // Nothing kept means that a model which reasons between two calls must carry its reasoning along, and only such a
  // model may be asked for it.
  const reasons = /^(?:o\d|gpt-[5-9](?!.*chat))/u.test(name);
  return reasons ? { store: false, providerData: { include: ["reasoning.encrypted_content"] } } : { store: false };
}
