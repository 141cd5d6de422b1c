import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ContinuoError } from "../core/errors.ts";
import type { LocatedAgents } from "./agents-config.ts";
import { isAgent, type AgentDefinition } from "./define-agent.ts";

/** Finds agents by name, loads each when it is first needed, and keeps it. */
export interface AgentRegistry {
  /** The default agent. Rejects with `agent_not_found` when it cannot be loaded. */
  getDefault(): Promise<AgentDefinition>;
  /** An agent by name; one that is unknown or broken is replaced by the default one, with an alarm. */
  get(name: string): Promise<AgentDefinition>;
  /** The names of all agents. */
  list(): readonly string[];
  /** The name of the default agent. */
  readonly defaultName: string;
}

/** An agent that could not be had. */
export interface BrokenAgent {
  readonly agent: string;
  readonly why: "unknown" | "broken";
  readonly cause?: unknown;
}

/** Makes the registry of a configuration. `onBroken` is told once for each agent that could not be had. */
export function agentRegistry(located: LocatedAgents, onBroken: (broken: BrokenAgent) => void): AgentRegistry {
  const loaded = new Map<string, Promise<AgentDefinition>>();
  const { config, base } = located;
  const registry: AgentRegistry = {
    getDefault: () => once(loaded, config.defaultAgent, () => loadDefault(located)),
    get(name) {
      if (name === config.defaultAgent) return registry.getDefault();
      return once(loaded, name, async () => {
        const given = Object.hasOwn(config.agents, name) ? config.agents[name] : undefined;
        if (given === undefined) {
          onBroken({ agent: name, why: "unknown" });
          return await registry.getDefault();
        }
        try {
          return await loadAgent(given, base);
        } catch (cause) {
          onBroken({ agent: name, why: "broken", cause });
          return await registry.getDefault();
        }
      });
    },
    list: () => Object.keys(config.agents),
    defaultName: config.defaultAgent,
  };
  return registry;
}

// Names come from configuration, but also from a stored call; a thousand wrong ones must not grow the map for ever.
const MOST_KEPT = 1_000;

async function once(
  loaded: Map<string, Promise<AgentDefinition>>,
  name: string,
  load: () => Promise<AgentDefinition>,
): Promise<AgentDefinition> {
  const known = loaded.get(name);
  if (known !== undefined) return await known;
  if (loaded.size >= MOST_KEPT) loaded.clear();
  const loading = load();
  loaded.set(name, loading);
  return await loading;
}

async function loadDefault({ config, base }: LocatedAgents): Promise<AgentDefinition> {
  const given = config.agents[config.defaultAgent];
  if (given === undefined)
    throw new ContinuoError("agent_not_found", `the default agent ${config.defaultAgent} is not listed`);
  try {
    return await loadAgent(given, base);
  } catch (cause) {
    const where = typeof given === "string" ? given : "the configuration, where it is no agent";
    throw new ContinuoError(
      "agent_not_found",
      `the default agent ${config.defaultAgent} cannot be loaded from ${where}`,
      { cause },
    );
  }
}

/** Loads what a path leads to; an agent that was given itself is taken as it is. */
async function loadAgent(given: string | AgentDefinition, base: string): Promise<AgentDefinition> {
  if (typeof given === "string") return await importAgent(given, base);
  if (!isAgent(given)) throw new ContinuoError("config_invalid", "an agent is made by defineAgent({ … })");
  return given;
}

async function importAgent(path: string, base: string): Promise<AgentDefinition> {
  const module: unknown = await import(locate(path, base));
  const agent = typeof module === "object" && module !== null && "agent" in module ? module.agent : undefined;
  if (!isAgent(agent))
    throw new ContinuoError(
      "config_invalid",
      `${path} exports no agent; write: export const agent = defineAgent({ … })`,
    );
  return agent;
}

/** The file's URL; a `.ts` that was compiled is found as the `.js` beside it. */
function locate(path: string, base: string): string {
  const url = new URL(path, base);
  if (url.protocol === "file:" && url.pathname.endsWith(".ts") && !existsSync(fileURLToPath(url))) {
    return url.href.replace(/\.ts$/u, ".js");
  }
  return url.href;
}
