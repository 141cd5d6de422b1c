import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { LocatedAgents } from "../../agent/agents-config.ts";
import type { AgentDefinition } from "../../agent/define-agent.ts";
import { ContinuoError } from "../../core/errors.ts";
import { configFrom, type LoadedConfig } from "../config.ts";
import { processEnv } from "../env.ts";
import type { ContinuoOptions } from "../library.ts";
import { openLog } from "../log.ts";
import type { Overrides } from "../overrides.ts";

/** What the library starts with. */
export interface LibrarySettings extends LoadedConfig {
  readonly overrides: Overrides;
  /** Removes what was made for this run only. */
  readonly clearUp: () => Promise<void>;
}

/** Makes settings of options. Rejects with `config_invalid` and everything that is wrong. */
export async function librarySettings(options: ContinuoOptions): Promise<LibrarySettings> {
  const { agents, store } = options;
  if (store !== undefined && !/^(?:sqlite|memory|sqlite:.+)$/u.test(store))
    throw new ContinuoError(
      "config_invalid",
      `store: ${JSON.stringify(store)} is none: give "sqlite", "sqlite:" with the path of a file behind the colon, or "memory"`,
    );
  const given = agents === undefined ? undefined : locatedAgents(agents);
  const folder = store === "memory" && options.dataDir === undefined ? await ownFolder() : undefined;
  try {
    const loaded = configFrom(environment(options, folder));
    if (options.channels === "twilio" && loaded.config.twilio.mode !== "twilio")
      throw new ContinuoError(
        "config_invalid",
        'channels: "twilio" needs TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and PUBLIC_URL',
      );
    return { ...loaded, overrides: overridesOf(options, { loaded, agents: given }), clearUp };
  } catch (error) {
    await clearUp();
    throw error;
  }

  async function clearUp(): Promise<void> {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

/** The ledger is a database even where conversations are not kept; it lies where the system keeps what is gone tomorrow. */
function ownFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), "continuo-"));
}

function environment(
  { env = processEnv(), store, dataDir, channels }: ContinuoOptions,
  ownDataDir: string | undefined,
): Readonly<Record<string, string | undefined>> {
  const file = store?.startsWith("sqlite:") === true ? store.slice("sqlite:".length) : undefined;
  const folder = dataDir ?? ownDataDir ?? (file === undefined ? undefined : dirname(file));
  return {
    // A library speaks through its results; what went wrong behind them goes to the standard error output.
    LOG_LEVEL: "error",
    // A program gives one message at a time, whole: nobody has to wait for the rest of it.
    BURST_WINDOW_MS: "0",
    ...(channels === "twilio" ? env : withoutTwilio(env)),
    ...(folder === undefined ? {} : { DATA_DIR: folder }),
    ...(file === undefined ? {} : { SQLITE_PATH: file }),
    ...(store === undefined ? {} : { PERSISTENCE_ADAPTER: store === "memory" ? "memory" : "sqlite" }),
  };
}

/** Without Twilio's account nothing of it is needed, so that nothing of it can be wrong; the numbers still name agents. */
function withoutTwilio(
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string | undefined>> {
  const kept = Object.entries(env).filter(
    ([name]) => (!name.startsWith("TWILIO_") || name === "TWILIO_PHONE_NUMBER") && name !== "PUBLIC_URL",
  );
  return Object.fromEntries(kept);
}

function overridesOf(
  { config: tenants, historyFilter, commerce, overrides = {} }: ContinuoOptions,
  made: { readonly loaded: LoadedConfig; readonly agents: LocatedAgents | undefined },
): Overrides {
  const { loaded, agents } = made;
  return {
    log: openLog(loaded.config.server.log, { stream: process.stderr }),
    ...overrides,
    ...(tenants === undefined ? {} : { tenants }),
    ...(historyFilter === undefined ? {} : { historyFilter }),
    ...(commerce === undefined ? {} : { commerce }),
    ...(agents === undefined ? {} : { agents }),
  };
}

function locatedAgents(given: LocatedAgents | Readonly<Record<string, AgentDefinition>>): LocatedAgents {
  if (isLocated(given)) return given;
  const names = Object.keys(given);
  const defaultAgent = names.includes("default") ? "default" : names[0];
  if (defaultAgent === undefined) throw new ContinuoError("config_invalid", "agents is empty; name at least one");
  return { config: { defaultAgent, agents: given }, base: import.meta.url };
}

function isLocated(given: LocatedAgents | Readonly<Record<string, AgentDefinition>>): given is LocatedAgents {
  return typeof given["base"] === "string";
}
