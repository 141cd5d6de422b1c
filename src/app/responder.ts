import { fileURLToPath } from "node:url";
import { readAgentsConfig } from "../agent/agents-config.ts";
import { demoCommerce } from "../agent/commerce/demo.ts";
import { openKnowledge } from "../agent/knowledge/search.ts";
import type { Models } from "../agent/models/models.ts";
import { agentRegistry, type AgentRegistry } from "../agent/registry.ts";
import { remoteModelsFor } from "../agent/remote/needed.ts";
import { agentsResponder } from "../agent/responder.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Responder } from "../core/ports/responder.ts";
import type { Config } from "./config.ts";
import { remoteLost } from "./events-log.ts";
import type { Log } from "./log.ts";
import { modelsOf } from "./models.ts";
import type { Overrides } from "./overrides.ts";

/** The agents of `agents.config.ts` in the working folder; a broken one is an alarm in the log. */
export async function registryOf(overrides: Overrides, log: Log): Promise<AgentRegistry> {
  const located = overrides.agents ?? (await readAgentsConfig(process.cwd()));
  return agentRegistry(located, ({ agent, why, cause }) => {
    log.error({ agent, why, err: cause }, "agent_broken");
  });
}

/** What answers turns, as configured. Rejects with `config_invalid` when the default agent's history needs what the models do not have. */
export async function responderOf(
  config: Config,
  given: {
    readonly overrides: Overrides;
    readonly registry: AgentRegistry;
    readonly clock: Clock;
    readonly models?: Models;
    readonly log?: Log;
  },
): Promise<Responder> {
  const { overrides, registry, clock, log } = given;
  const models = given.models ?? overrides.models ?? modelsOf(config.model);
  const { defaultAgent } = config.identity;
  const main = await (defaultAgent === undefined ? registry.getDefault() : registry.get(defaultAgent));
  if (main.history === "openai") remoteModelsFor(main, models);
  return agentsResponder({
    registry,
    models,
    commerce: overrides.commerce ?? demoCommerce(clock.now()),
    knowledge: await openKnowledge(knowledgeFolder),
    clock,
    maxTurns: config.model.maxTurns,
    streamTimeoutMs: config.model.streamTimeoutMs,
    workflowName: config.model.workflowName,
    tracing: config.model.tracing,
    onRemoteLost(lost) {
      if (log !== undefined) remoteLost(log, lost);
    },
  });
}

/** The articles that come with the package. */
const knowledgeFolder = fileURLToPath(new URL("../../knowledge/", import.meta.url));
