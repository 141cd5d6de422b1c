import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";

const steps = [
  { name: "types", script: "typecheck" },
  { name: "lint", script: "lint" },
  { name: "format", script: "format:check" },
  { name: "dead code", script: "knip" },
  { name: "tests", script: "test" },
  { name: "build", script: "build" },
];

const { values } = parseArgs({ options: { skip: { type: "string", multiple: true, default: [] } } });
const failed: string[] = [];

for (const { name, script } of steps.filter((step) => !values.skip.includes(step.name))) {
  const startedAt = performance.now();
  const run = spawnSync("npm", ["run", "--silent", script], {
    encoding: "utf8",
    env: { ...process.env, ...(process.stdout.isTTY ? { FORCE_COLOR: "1" } : { NO_COLOR: "1" }) },
    shell: process.platform === "win32",
  });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  if (run.status === 0) {
    console.log(`ok      ${name} (${seconds} s)`);
    continue;
  }
  failed.push(name);
  console.log(`failed  ${name} (${seconds} s), npm run ${script} says:\n`);
  console.log(`${run.stdout}${run.stderr}${run.error ?? ""}`.trimEnd(), "\n");
}

console.log(failed.length === 0 ? "\nAll is well." : `\nFailed: ${failed.join(", ")}.`);
process.exitCode = failed.length === 0 ? 0 : 1;
