import type { Config } from "../app/config.ts";
import { openWithoutServer, type WithoutServer } from "../app/without-server.ts";

/** Opens what a command needs, and tells when that has changed the database. */
export async function openForCommand(config: Config): Promise<WithoutServer> {
  const open = await openWithoutServer(config);
  if (open.upgraded) process.stderr.write(`${config.state.sqlitePath} was brought to this version.\n`);
  return open;
}
