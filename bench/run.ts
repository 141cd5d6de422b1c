import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import type { Answer } from "./harness/publish.ts";
import { keep } from "./harness/results.ts";

// One folder a question. Each runs in a process of its own, so that none warms up or burdens the next:
// `npm run bench` asks all, `npm run bench -- webhook voice` some, `--date 2026-11-21` sets the date they are kept under.

const root = import.meta.dirname;
const { values, positionals: asked } = parseArgs({
  allowPositionals: true,
  options: { date: { type: "string", default: new Date().toISOString().slice(0, 10) } },
});
const questions = readdirSync(root).filter((name) => existsSync(path.join(root, name, "main.ts")));
const unknown = asked.filter((name) => !questions.includes(name));

if (unknown.length > 0) {
  console.error(`No such benchmark: ${unknown.join(", ")}. There are: ${questions.join(", ")}.`);
  process.exit(1);
}

for (const question of asked.length > 0 ? asked : questions) {
  console.log(`\n== ${question}`);
  const answer = await ask(question);
  if (answer === undefined) process.exitCode = 1;
  else keep(answer, values.date);
}

async function ask(question: string): Promise<Answer | undefined> {
  const child = fork(path.join(root, question, "main.ts"), { serialization: "advanced" });
  let answer: Answer | undefined;
  child.on("message", (message) => {
    // The border between processes: the one message of a question is what `publish` sends.
    answer = message as unknown as Answer;
  });
  await once(child, "exit");
  return child.exitCode === 0 ? answer : undefined;
}
