import type { Models } from "../agent/models/models.ts";
import { offlineModels } from "../agent/models/offline.ts";
import { openaiModels } from "../agent/models/openai.ts";
import type { ModelConfig } from "./config.ts";

/** The models a configuration asks for; without a key and an address, the offline one. */
export function modelsOf(config: ModelConfig): Models {
  if (config.apiKey === undefined && config.baseUrl === undefined) return offlineModels();
  return openaiModels({
    // A server of one's own often wants no key; the client wants one all the same.
    apiKey: config.apiKey ?? "none",
    model: config.name,
    timeoutMs: config.streamTimeoutMs,
    ...(config.baseUrl === undefined ? {} : { baseUrl: config.baseUrl }),
    ...(config.api === undefined ? {} : { api: config.api }),
  });
}
