import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ContinuoError } from "../core/errors.ts";
import { failureOf } from "./sqlite/failure.ts";

/**
 * Makes this program the only server on a data folder until the lock is disposed. The lock is the operating system's,
 * so it ends with the process however it ends; reading the database stays possible for others. Rejects with
 * `data_folder_in_use` when another server has the folder, and with `ledger_unavailable` when it cannot be written to.
 */
export async function lockDataFolder(folder: string): Promise<AsyncDisposable> {
  const pidFile = join(folder, "continuo.pid");
  const lock = await hold(join(folder, "continuo.lock"), pidFile, folder);
  await writeFile(pidFile, `${process.pid}\n`);
  return {
    async [Symbol.asyncDispose](): Promise<void> {
      if (!lock.isOpen) return;
      // The name goes before the lock does, or it could be the next server's.
      await rm(pidFile, { force: true });
      lock.close();
    },
  };
}

async function hold(lockFile: string, pidFile: string, folder: string): Promise<DatabaseSync> {
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(lockFile, { timeout: 0 });
    lock.exec("BEGIN EXCLUSIVE");
    return lock;
  } catch (cause) {
    lock?.close();
    const locked = cause instanceof Error && "errcode" in cause && cause.errcode === 5;
    if (!locked) throw new ContinuoError("ledger_unavailable", failureOf(cause).message, { cause });
    const holder = await holderOf(pidFile);
    throw new ContinuoError(
      "data_folder_in_use",
      `another server works on ${folder} (process ${holder}); stop it, or give this one a folder of its own with DATA_DIR`,
      { cause },
    );
  }
}

async function holderOf(pidFile: string): Promise<string> {
  try {
    return (await readFile(pidFile, "utf8")).trim();
  } catch (error) {
    // The other server is just starting and has not written it yet.
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "unknown";
    throw error;
  }
}
