import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";

// One folder a question. Each runs in a process of its own, so that none warms up or burdens the next:
// `npm run bench` asks all, `npm run bench -- <folder>` some.

const root = import.meta.dirname;
const asked = process.argv.slice(2);
const questions = readdirSync(root).filter((name) => existsSync(path.join(root, name, "main.ts")));
const unknown = asked.filter((name) => !questions.includes(name));

if (unknown.length > 0) {
  console.error(`No such benchmark: ${unknown.join(", ")}. There are: ${questions.join(", ") || "none yet"}.`);
  process.exit(1);
}

for (const question of asked.length > 0 ? asked : questions) {
  console.log(`\n== ${question}`);
  const run = spawnSync(process.execPath, [path.join(root, question, "main.ts")], { stdio: "inherit" });
  if (run.status !== 0) process.exitCode = 1;
}
