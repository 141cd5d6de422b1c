import { fork } from "node:child_process";
import { once } from "node:events";
import { isListening, isProbeAnswer, PROBE_URL, type ProbeQuestion, type Usage } from "./probe.ts";

/** What a program can be asked, by name. Arguments and answers are plain data. */
// Parameters are contravariant: `never` is what lets functions with any argument stand in one table.
export type Commands = Readonly<Record<string, (args: never) => unknown>>;

/** A program in a process of its own. Disposing it ends the process. */
export interface Program<Cmds extends Commands = Commands> extends AsyncDisposable {
  /** Asks the program for something; rejects when it fails, ends or takes longer than three minutes. */
  ask<Name extends keyof Cmds & string>(
    name: Name,
    args: Parameters<Cmds[Name]>[0],
  ): Promise<Awaited<ReturnType<Cmds[Name]>>>;
  /** The first port on which the program listens. */
  port(): Promise<number>;
  /** What the process has used since it started, with all its threads. */
  usage(options?: { readonly collect?: boolean }): Promise<Usage>;
}

/** How a program is started. */
export interface ProgramOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly execArgv?: readonly string[];
  /** Waits for a program that does not call `serve`, once it listens on a port. */
  readonly ready?: (port: number) => Promise<void>;
}

const LONGEST_MS = 180_000;

interface Question {
  readonly id: number;
  readonly name: string;
  readonly args: unknown;
}

type Answer =
  | { readonly kind: "ready" }
  | { readonly kind: "answer"; readonly id: number; readonly result: unknown }
  | { readonly kind: "failure"; readonly id: number; readonly message: string };

/** Starts a program and waits until it serves. */
export async function startProgram<Cmds extends Commands>(
  file: string,
  options: ProgramOptions = {},
): Promise<Program<Cmds>> {
  const child = fork(file, options.args ?? [], {
    execArgv: [...(options.execArgv ?? []), "--import", PROBE_URL],
    serialization: "advanced",
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    // Nothing of the caller's settings gets in, so that every run is the same.
    env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", ...options.env },
  });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const probing: PromiseWithResolvers<Usage>[] = [];
  const serving = Promise.withResolvers<void>();
  const listening = Promise.withResolvers<number>();
  let asked = 0;
  let ended = false;
  let complaints = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    complaints = (complaints + text).slice(-4_000);
  });

  child.on("message", (message) => {
    if (isListening(message)) return listening.resolve(message.port);
    if (isProbeAnswer(message)) return probing.shift()?.resolve(message.usage);
    // The border between processes: the other side is `serve` below.
    const told = message as unknown as Answer;
    if (told.kind === "ready") return serving.resolve();
    const waiter = waiting.get(told.id);
    waiting.delete(told.id);
    if (told.kind === "answer") waiter?.resolve(told.result);
    else waiter?.reject(new Error(`${file}: ${told.message}`));
  });
  child.once("error", fail);
  child.once("exit", (code, signal) => {
    ended = true;
    fail(new Error(`${file} ended with ${code ?? signal}\n${complaints}`));
  });

  function fail(error: Error): void {
    serving.reject(error);
    listening.reject(error);
    for (const waiter of [...waiting.values(), ...probing]) waiter.reject(error);
  }

  // Either of them may be what nobody waits for.
  serving.promise.catch(() => undefined);
  listening.promise.catch(() => undefined);
  await (options.ready === undefined ? serving.promise : listening.promise.then(options.ready));

  return {
    ask<Name extends keyof Cmds & string>(name: Name, args: Parameters<Cmds[Name]>[0]) {
      const waiter = Promise.withResolvers<unknown>();
      const limit = setTimeout(() => waiter.reject(new Error(`${file}: ${name} took too long`)), LONGEST_MS);
      asked += 1;
      waiting.set(asked, waiter);
      const question: Question = { id: asked, name, args };
      child.send(question);
      // The border between processes: the other side runs exactly the command that this name stands for in the type.
      return waiter.promise.finally(() => clearTimeout(limit)) as Promise<Awaited<ReturnType<Cmds[Name]>>>;
    },
    port: () => listening.promise,
    usage({ collect = false } = {}) {
      const waiter = Promise.withResolvers<Usage>();
      probing.push(waiter);
      const question: ProbeQuestion = { probe: "usage", collect };
      child.send(question);
      return waiter.promise;
    },
    async [Symbol.asyncDispose]() {
      if (ended) return;
      const exited = once(child, "exit");
      child.kill("SIGTERM");
      const killer = setTimeout(() => child.kill("SIGKILL"), 8_000);
      await exited;
      clearTimeout(killer);
    },
  };
}

/** Answers what the starting process asks; called once by every program. */
export function serve(commands: Commands): void {
  process.on("message", (message) => {
    if (typeof message !== "object" || message === null || !("name" in message)) return;
    // The border between processes: the other side is `ask` above.
    void answer(commands, message as unknown as Question).then(tell);
  });
  process.on("SIGTERM", () => process.exit());
  // The probe lets go of the channel; a program that has nothing else to hold it stays for as long as it is asked.
  process.channel?.ref();
  tell({ kind: "ready" });
}

async function answer(commands: Commands, question: Question): Promise<Answer> {
  const { id } = question;
  try {
    // The border between processes: `ask` is typed by this very table.
    const command = commands[question.name] as ((args: unknown) => unknown) | undefined;
    if (command === undefined) throw new Error(`there is no command ${question.name}`);
    return { kind: "answer", id, result: await command(question.args) };
  } catch (error) {
    return { kind: "failure", id, message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

function tell(message: Answer): void {
  process.send?.(message);
}
