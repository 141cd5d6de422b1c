import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lockDataFolder } from "./data-folder.ts";

let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "continuo-folder-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

test("a second server on a folder is refused, and told who has it", async () => {
  await using lock = await lockDataFolder(folder);
  expect(lock).toBeDefined();
  expect((await readFile(join(folder, "continuo.pid"), "utf8")).trim()).toBe(String(process.pid));
  await expect(lockDataFolder(folder)).rejects.toMatchObject({
    code: "data_folder_in_use",
    message: expect.stringContaining(`process ${process.pid}`),
  });
});

test("a folder that was given back can be locked again", async () => {
  const lock = await lockDataFolder(folder);
  await lock[Symbol.asyncDispose]();
  await lock[Symbol.asyncDispose]();
  await using again = await lockDataFolder(folder);
  expect(again).toBeDefined();
});

test("the lock of a killed server is gone with it", async () => {
  const script = `import { lockDataFolder } from ${JSON.stringify(new URL("./data-folder.ts", import.meta.url).href)};
    const lock = await lockDataFolder(${JSON.stringify(folder)});
    console.log("locked");
    setInterval(() => lock, 1_000);`;
  const server = spawn(process.execPath, ["--input-type=module-typescript", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(server.stdout, "data");
  await expect(lockDataFolder(folder)).rejects.toMatchObject({
    code: "data_folder_in_use",
    message: expect.stringContaining(`process ${server.pid}`),
  });
  server.kill("SIGKILL");
  await once(server, "exit");
  await using lock = await lockDataFolder(folder);
  expect(lock).toBeDefined();
});

test("a folder that is not there is an error that says so", async () => {
  await expect(lockDataFolder(join(folder, "nowhere"))).rejects.toMatchObject({ code: "ledger_unavailable" });
});
