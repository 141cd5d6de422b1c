#!/usr/bin/env node
import { defineCommand, runCommand, runMain } from "citty";
import { version } from "../app/version.ts";

const commands = {
  start: () => import("./commands/start.ts").then((module) => module.start),
  demo: () => import("./commands/demo.ts").then((module) => module.demo),
  chat: () => import("./commands/chat.ts").then((module) => module.chat),
  call: () => import("./commands/call.ts").then((module) => module.call),
  sessions: () => import("./commands/sessions.ts").then((module) => module.sessions),
  doctor: () => import("./commands/doctor.ts").then((module) => module.doctor),
  "import-sessions": () => import("./commands/import-sessions.ts").then((module) => module.importSessionsCommand),
  cleanup: () => import("./commands/cleanup.ts").then((module) => module.cleanup),
  export: () => import("./commands/export.ts").then((module) => module.exportCommand),
  forget: () => import("./commands/forget.ts").then((module) => module.forget),
  migrate: () => import("./commands/migrate.ts").then((module) => module.migrate),
  init: () => import("./commands/init.ts").then((module) => module.init),
};

const main = defineCommand({
  meta: { name: "continuo", version, description: "One conversation with each customer, on every channel." },
  subCommands: commands,
});

const overview = `continuo ${version}: one conversation with each customer, on every channel

Usage: continuo <command> [options]

  demo             shows a customer who texts, calls, interrupts and texts again (no account, no key)
  chat             lets you text the agent here in the terminal
  call             lets you talk to the agent here in the terminal, as on the phone

  start            starts the server
  doctor           looks whether everything is set up well, and says what to do
  sessions         lists the conversations, or shows one
  import-sessions  takes over conversations that OpenAI keeps
  cleanup          cleans sessions away that were closed long ago
  export           gathers everything that is kept of a customer
  forget           forgets a customer, everywhere
  migrate          brings the database to this version
  init             writes a .env file to begin with

continuo <command> --help tells more about a command.
`;

await run(process.argv.slice(2));

async function run(args: readonly string[]): Promise<void> {
  const [name = "--help", ...rest] = args;
  if (name === "--version" || name === "-v") return void process.stdout.write(`${version}\n`);
  if (name === "--help" || name === "-h" || name === "help") return void process.stdout.write(overview);
  if (!isCommand(name)) {
    process.stderr.write(`There is no command ${JSON.stringify(name)}.\n\n${overview}`);
    process.exitCode = 2;
    return;
  }
  if (rest.includes("--help") || rest.includes("-h")) return runMain(main, { rawArgs: [name, "--help"] });
  try {
    await runCommand(main, { rawArgs: [name, ...rest] });
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    process.exitCode = 1;
  }
}

function isCommand(name: string): name is keyof typeof commands {
  return Object.hasOwn(commands, name);
}

/** What is ours to explain is explained without a stack; the rest is a fault and shows where it is. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const explained = error.name === "ContinuoError" || error.name === "CLIError";
  return explained ? error.message : (error.stack ?? error.message);
}
