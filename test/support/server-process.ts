import { spawn, type ChildProcess } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Line } from "../../src/simulator/line.ts";
import { phone, type Phone } from "../../src/simulator/phone.ts";
import { realTime } from "../../src/simulator/time.ts";
import { startFakeTwilio, type FakeTwilio } from "../../src/simulator/twilio.ts";
import { nodeFlags } from "./node-flags.ts";
import { BUSINESS, JOHN } from "./numbers.ts";
import { root } from "./source.ts";

export { JOHN } from "./numbers.ts";

/** What a command came to. */
export interface CommandEnd {
  readonly code: number | null;
  readonly output: string;
}

/** A server in a process of its own, which can be killed and started again on the same folder and port. */
export interface ServerProcess extends AsyncDisposable {
  readonly twilio: FakeTwilio;
  readonly line: Line;
  /** Where the process works and, in `data`, keeps its state. */
  readonly folder: string;
  readonly databaseFile: string;
  /** All that was written to standard output and error since the first start. */
  readonly output: () => string;
  customer(number?: string): Phone;
  /** Starts it, with some settings changed; resolves when it listens. */
  start(env?: Readonly<Record<string, string>>): Promise<void>;
  /** Ends it as `kill -9` does. */
  kill(): Promise<void>;
  /** Ends it as SIGTERM does; resolves with its exit code. */
  stop(): Promise<number | null>;
  /** Resolves when it is gone, however it went. */
  ended(): Promise<void>;
  /** Resolves when it has written something that matches, since its last start. */
  waitForOutput(pattern: RegExp): Promise<void>;
  /** Runs another command of the program beside it, with the same settings. */
  command(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<CommandEnd>;
}

/** How a server process differs from the default. */
export interface ServerProcessOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Files to put into its folder before it starts, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** Whether it is started at once, which is the default. */
  readonly start?: boolean;
  /** Whether it sweeps, makes memory and asks after lost answers at once, for tests of what it would else do later. */
  readonly impatient?: boolean;
}

const accountSid = "AC00000000000000000000000000000001";
const authToken = "0123456789abcdef0123456789abcdef";
const program = join(root, "src/cli/main.ts");
const impatientProgram = fileURLToPath(new URL("./impatient-server.ts", import.meta.url));
const PATIENCE_MS = 30_000;

/** Prepares a server process around a played Twilio, and starts it. */
export async function startServerProcess(options: ServerProcessOptions = {}): Promise<ServerProcess> {
  const folder = await mkdtemp(join(tmpdir(), "continuo-process-"));
  const data = join(folder, "data");
  await mkdir(data);
  for (const [name, text] of Object.entries(options.files ?? {})) await writeFile(join(folder, name), text);
  const port = await freePort();
  const publicUrl = `http://127.0.0.1:${port}`;
  const line: Line = { accountSid, authToken, publicUrl, time: realTime(20) };
  const twilio = await startFakeTwilio({ line });
  let child: ChildProcess | undefined;
  let before = "";
  let current = "";
  const watchers = new Set<() => void>();

  function settings(changed: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
    return {
      PATH: process.env["PATH"],
      TWILIO_ACCOUNT_SID: accountSid,
      TWILIO_AUTH_TOKEN: authToken,
      TWILIO_PHONE_NUMBER: BUSINESS,
      TWILIO_API_BASE_URL: twilio.url,
      TWILIO_MESSAGING_BASE_URL: twilio.url,
      PUBLIC_URL: publicUrl,
      HOST: "127.0.0.1",
      PORT: String(port),
      DATA_DIR: data,
      BURST_WINDOW_MS: "30",
      ...options.env,
      ...changed,
    };
  }

  function hear(chunk: Buffer): void {
    current += chunk.toString("utf8");
    for (const watcher of watchers) watcher();
  }

  async function start(env?: Readonly<Record<string, string>>): Promise<void> {
    before += current;
    current = "";
    child = spawn(
      process.execPath,
      [...nodeFlags, ...(options.impatient === true ? [impatientProgram] : [program, "start"])],
      {
        cwd: folder,
        env: settings(env),
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.once("exit", () => watchers.forEach((watcher) => watcher()));
    await waitForOutput(/"server_started"/u);
  }

  function waitForOutput(pattern: RegExp): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => end(`did not write ${pattern} in ${PATIENCE_MS} ms`), PATIENCE_MS);
      watchers.add(look);
      look();

      function look(): void {
        if (pattern.test(current)) end();
        else if (child?.exitCode !== null) end(`ended with ${child?.exitCode} before it wrote ${pattern}`);
      }

      function end(problem?: string): void {
        clearTimeout(timer);
        watchers.delete(look);
        if (problem === undefined) resolve();
        else reject(new Error(`The server ${problem}:\n${current}`));
      }
    });
  }

  async function finish(signal: "SIGKILL" | "SIGTERM"): Promise<number | null> {
    const ending = child;
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return ending?.exitCode ?? null;
    const closed = once(ending, "close");
    ending.kill(signal);
    await closed;
    return ending.exitCode;
  }

  if (options.start !== false) await start();
  return {
    twilio,
    line,
    folder,
    databaseFile: join(data, "continuo.db"),
    output: () => before + current,
    customer: (number = JOHN) => phone(line, { number, business: BUSINESS }),
    start,
    async kill() {
      await finish("SIGKILL");
    },
    stop: () => finish("SIGTERM"),
    async ended() {
      const running = child;
      if (running?.exitCode === null && running.signalCode === null) await once(running, "close");
    },
    waitForOutput,
    command: (args, env) => run(args, { cwd: folder, env: settings(env) }),
    async [Symbol.asyncDispose]() {
      await finish("SIGKILL");
      await twilio[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function run(
  args: readonly string[],
  where: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<CommandEnd> {
  const child = spawn(process.execPath, [...nodeFlags, program, ...args], {
    ...where,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
  await once(child, "close");
  return { code: child.exitCode, output };
}

/**
 * A port that stays free while the server is away. The system hands out ports of its own choice from 32768 on, so that
 * below them only somebody who asks for this very number can take it.
 */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 30_000);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") return false;
    throw error;
  }
  server.close();
  await once(server, "close");
  return true;
}
