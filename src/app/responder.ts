import { fileURLToPath } from "node:url";
import { readAgentsConfig } from "../agent/agents-config.ts";
import { demoCommerce } from "../agent/commerce/demo.ts";
import { openKnowledge } from "../agent/knowledge/search.ts";
import { agentRegistry, type AgentRegistry } from "../agent/registry.ts";
import { agentsResponder } from "../agent/responder.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Responder } from "../core/ports/responder.ts";
import type { Config } from "./config.ts";
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

/** What answers turns, as configured. */
export async function responderOf(
  config: Config,
  given: { readonly overrides: Overrides; readonly registry: AgentRegistry; readonly clock: Clock },
): Promise<Responder> {
  const { overrides, registry, clock } = given;
  return agentsResponder({
    registry,
    models: overrides.models ?? modelsOf(config.model),
    commerce: overrides.commerce ?? demoCommerce(clock.now()),
    knowledge: await openKnowledge(knowledgeFolder),
    clock,
    maxTurns: config.model.maxTurns,
    streamTimeoutMs: config.model.streamTimeoutMs,
    workflowName: config.model.workflowName,
    tracing: config.model.tracing,
  });
}

/** The articles that come with the package. */
const knowledgeFolder = fileURLToPath(new URL("../../knowledge/", import.meta.url));
