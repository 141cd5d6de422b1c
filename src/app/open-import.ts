import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { readAgentsConfig } from "../agent/agents-config.ts";
import { agentRegistry, type AgentRegistry } from "../agent/registry.ts";
import { ContinuoError } from "../core/errors.ts";
import type { Config } from "./config.ts";
import { type OpenState, openAlone, openBeside } from "./maintenance.ts";
import { readSessionMap, type SessionMap } from "./session-map.ts";
import type { TenantSettings } from "./tenant-settings.ts";
import { loadTenants } from "./tenants.ts";

/** What taking over conversations at OpenAI stands on. */
export interface OpenImport extends AsyncDisposable {
  readonly map: SessionMap;
  readonly tenant: TenantSettings;
  /** Undefined when there is none to look at. */
  readonly state: OpenState | undefined;
  /** What a person should know about the agent that is to go on with them. */
  readonly warning: string | undefined;
}

/** What a person asked for. */
export interface ImportWish {
  readonly file: string;
  /** The default ones where they are not named. */
  readonly tenant: string | undefined;
  readonly agent: string | undefined;
  readonly dryRun: boolean;
}

/** Reads the file and opens the state, alone to change it and beside a server to look. Rejects with `bad_request` and what is wrong, or `data_folder_in_use`. */
export async function openImport(config: Config, wish: ImportWish): Promise<OpenImport> {
  const map = await readMap(wish.file);
  const registry = agentRegistry(await readAgentsConfig(process.cwd()), () => undefined);
  const { tenants } = await loadTenants(config, { overrides: {}, agents: registry.list() });
  const tenant = wish.tenant === undefined ? tenants.default : tenants.of(wish.tenant);
  if (tenant === undefined) throw refused(`there is no tenant ${JSON.stringify(wish.tenant)}`);
  const warning = await warningOf(registry, wish.agent ?? tenant.agent);
  const state = await stateFor(config, wish.dryRun);
  return { map, tenant, state, warning, [Symbol.asyncDispose]: async () => state?.[Symbol.asyncDispose]() };
}

async function readMap(file: string): Promise<SessionMap> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw refused(`${file} cannot be read`, cause);
  });
  const map = readSessionMap(parsed(file, text));
  if (map === undefined) throw refused(`${file} is no map of sessions by their names`);
  return map;
}

function parsed(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw refused(`${file} is no JSON`, cause);
  }
}

async function warningOf(registry: AgentRegistry, name: string | undefined): Promise<string | undefined> {
  if (name !== undefined && !registry.list().includes(name))
    throw refused(`there is no agent ${JSON.stringify(name)} in agents.config.ts`);
  const agent = await (name === undefined ? registry.getDefault() : registry.get(name));
  if (agent.history === "openai") return undefined;
  return `The agent ${agent.name} reads our own record, so it will not see these conversations: write history: "openai" in it.`;
}

async function stateFor(config: Config, dryRun: boolean): Promise<OpenState | undefined> {
  if (config.state.store === "memory")
    throw refused("PERSISTENCE_ADAPTER=memory keeps nothing that could be taken over; set another one");
  if (!dryRun) return await openAlone(config.state);
  return existsSync(config.state.sqlitePath) ? await openBeside(config.state) : undefined;
}

function refused(why: string, cause?: unknown): ContinuoError {
  return new ContinuoError("bad_request", why, { cause });
}
