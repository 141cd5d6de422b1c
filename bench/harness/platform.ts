import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { account } from "./account.ts";
import { startProgram, type Program } from "./program.ts";

/** What differs between measurements. */
export interface PlatformOptions {
  readonly dataDir: string;
  readonly modelUrl: string;
  /** Undefined where nothing is ever sent. */
  readonly twilioUrl?: string;
  readonly settings?: Readonly<Record<string, string>>;
  readonly execArgv?: readonly string[];
  /** The file that starts it; `continuo start` unless another is given. */
  readonly program?: string;
}

const START_MS = 30_000;

/** Starts the real server, as `npm start` does, and waits until it is ready. */
export async function startPlatform(options: PlatformOptions): Promise<Program> {
  return await startProgram(options.program ?? path.join(import.meta.dirname, "../../src/cli/main.ts"), {
    args: ["start"],
    execArgv: options.execArgv ?? [],
    env: {
      NODE_ENV: "production",
      LOG_LEVEL: "warn",
      HOST: "127.0.0.1",
      PORT: "0",
      PUBLIC_URL: account.publicUrl,
      TWILIO_ACCOUNT_SID: account.sid,
      TWILIO_AUTH_TOKEN: account.token,
      TWILIO_PHONE_NUMBER: account.number,
      TWILIO_API_BASE_URL: options.twilioUrl ?? "http://127.0.0.1:9",
      TWILIO_MESSAGING_BASE_URL: options.twilioUrl ?? "http://127.0.0.1:9",
      OPENAI_API_KEY: "sk-bench",
      OPENAI_BASE_URL: options.modelUrl,
      OPENAI_API: "responses",
      DATA_DIR: options.dataDir,
      RATE_LIMIT_PER_MINUTE: "0",
      RATE_LIMIT_PER_DAY: "0",
      BURST_WINDOW_MS: "0",
      ...options.settings,
    },
    ready: untilReady,
  });
}

async function untilReady(port: number): Promise<void> {
  const deadline = performance.now() + START_MS;
  while (performance.now() < deadline) {
    if (await isReady(port)) return;
    await pause(25);
  }
  throw new Error(`the server was not ready within ${START_MS} ms`);
}

async function isReady(port: number): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}/ready`);
  await response.body?.cancel();
  return response.ok;
}
