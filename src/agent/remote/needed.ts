import { ContinuoError } from "../../core/errors.ts";
import type { AgentDefinition } from "../define-agent.ts";
import type { Models, RemoteModels } from "../models/models.ts";

/** What an agent answers with whose history lies at OpenAI. Throws `config_invalid` where the models have no such thing. */
export function remoteModelsFor(agent: Pick<AgentDefinition, "name">, models: Models): RemoteModels {
  if (models.remote !== undefined) return models.remote;
  const why = models.offline ? "the offline model has no such thing" : "a server of chat completions has no such thing";
  throw new ContinuoError(
    "config_invalid",
    `the agent ${agent.name} keeps its history in OpenAI's Conversations API, and ${why}; set OPENAI_API_KEY (with OPENAI_BASE_URL and OPENAI_API=responses for another server that has it), or write history: "own" in the agent`,
  );
}
