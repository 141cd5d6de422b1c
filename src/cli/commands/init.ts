import { existsSync, writeFileSync } from "node:fs";
import { defineCommand } from "citty";
import { envExample } from "../../app/env-example.ts";

/** `continuo init`: a `.env` file to begin with. */
export const init = defineCommand({
  meta: { name: "init", description: "Writes a .env file with every setting, all commented out." },
  args: {
    "env-example": { type: "boolean", description: "Print it instead of writing it", default: false },
  },
  run({ args }) {
    if (args["env-example"]) {
      process.stdout.write(envExample());
      return;
    }
    if (existsSync(".env")) {
      process.stdout.write(".env is there already and was left as it is.\n");
      return;
    }
    writeFileSync(".env", envExample(), { mode: 0o600 });
    process.stdout.write("Wrote .env. Everything in it is optional; to see the agent at work now: npm run demo\n");
  },
});
