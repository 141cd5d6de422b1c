import { type Config, configFrom } from "../app/config.ts";
import { type App, type Overrides, createApp } from "../app/context.ts";
import { processEnv } from "../app/env.ts";
import { openLog } from "../app/log.ts";

/** A configuration for a server of one's own on this machine: the simulator plays Twilio, on a free port, in silence. */
export function privateConfig(settings: Readonly<Record<string, string>> = {}): Config {
  const ours = Object.entries(processEnv()).filter(
    ([name]) => !/^(?:TWILIO_|PUBLIC_URL$|PORT|HOST$|ALLOW_UNSIGNED$|START_CHANNELS$)/u.test(name),
  );
  return configFrom({ ...Object.fromEntries(ours), HOST: "127.0.0.1", PORT: "0", LOG_LEVEL: "silent", ...settings })
    .config;
}

/** Starts a server of one's own. Rejects with `data_folder_in_use` when another one has the folder. */
export async function startPrivately(config: Config, overrides: Overrides = {}): Promise<App> {
  const app = await createApp(config, { log: openLog(config.server.log), ...overrides });
  try {
    await app.start();
    return app;
  } catch (error) {
    await app[Symbol.asyncDispose]();
    throw error;
  }
}
