import { access } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { z } from "zod";
import { ContinuoError } from "../core/errors.ts";
import { isAgent, type AgentDefinition } from "./define-agent.ts";

/** Which agents there are: what `agents.config.ts` exports by default. */
export interface AgentsConfig {
  /** The agent for every number that names no other. */
  readonly defaultAgent: string;
  /**
   * Name to file, relative to the configuration file, which exports `agent` and is loaded when it is first needed; or
   * the agent itself.
   */
  readonly agents: Readonly<Record<string, string | AgentDefinition>>;
}

/** A configuration of agents and the place its paths are relative to. */
export interface LocatedAgents {
  readonly config: AgentsConfig;
  /** A `file:` URL. */
  readonly base: string;
}

/** The agents that come with the package, for whoever has no configuration file. */
export const builtInAgents: LocatedAgents = {
  config: { defaultAgent: "customer-support", agents: { "customer-support": "./agents/customer-support.ts" } },
  base: import.meta.url,
};

const shape = z.object({
  default: z.object({
    defaultAgent: z.string().min(1),
    agents: z.record(z.string().min(1), z.union([z.string().min(1), z.custom<AgentDefinition>(isAgent)])),
  }),
});

/**
 * Reads `agents.config.ts` (or `.js`) from a folder; without such a file, the agents that come with the package.
 * Throws `config_invalid` when the file cannot be loaded or names a default agent that it does not list.
 */
export async function readAgentsConfig(folder: string): Promise<LocatedAgents> {
  for (const name of ["agents.config.ts", "agents.config.js", "agents.config.mjs"]) {
    const file = resolve(folder, name);
    if (await exists(file)) return await load(pathToFileURL(file).href);
  }
  return builtInAgents;
}

async function load(url: string): Promise<LocatedAgents> {
  const loaded: unknown = await import(url).catch((cause: unknown) => {
    throw new ContinuoError("config_invalid", `${fileURLToPath(url)} cannot be loaded`, { cause });
  });
  const parsed = shape.safeParse(loaded);
  if (!parsed.success) {
    throw new ContinuoError(
      "config_invalid",
      `${fileURLToPath(url)} must export by default { defaultAgent, agents: { name: path } }`,
      {
        cause: parsed.error,
      },
    );
  }
  const config = parsed.data.default;
  if (!Object.hasOwn(config.agents, config.defaultAgent)) {
    throw new ContinuoError(
      "config_invalid",
      `${fileURLToPath(url)} lists no agent named ${config.defaultAgent}, its default`,
    );
  }
  return { config, base: url };
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
