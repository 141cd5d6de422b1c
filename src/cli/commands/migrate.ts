import { defineCommand } from "citty";
import { loadConfig } from "../../app/config.ts";
import { migrateState } from "../../app/maintenance.ts";

/** `continuo migrate`: the database, brought to this version. */
export const migrate = defineCommand({
  meta: { name: "migrate", description: "Brings the database to this version. Starting the server does the same." },
  async run() {
    const { config } = loadConfig();
    const schema = await migrateState(config.state);
    process.stdout.write(`${config.state.sqlitePath} is up to date (schema ${schema}).\n`);
  },
});
