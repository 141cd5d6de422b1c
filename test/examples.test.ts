import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import { nodeFlags } from "./support/node-flags.ts";
import { root } from "./support/source.ts";

const run = promisify(execFile);
const examples = path.join(root, "examples");
const folders = readdirSync(examples, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);
/** Somewhere without settings, agents or data of anybody's. */
const elsewhere = mkdtempSync(path.join(tmpdir(), "continuo-examples-"));

afterAll(() => {
  rmSync(elsewhere, { recursive: true, force: true });
});

describe("every example", () => {
  test.each(folders)(
    "%s tells its story, and leaves nothing behind",
    async (folder) => {
      const story = path.join(examples, folder, "story.ts");
      expect(existsSync(story), `examples/${folder} has no story.ts`).toBe(true);
      // It rejects, with what was printed, when the exit code is another than 0.
      const { stdout, stderr } = await run(process.execPath, [...nodeFlags, story], {
        cwd: elsewhere,
        env: { PATH: process.env["PATH"] },
        timeout: 60_000,
      });
      expect(stdout).toContain("->");
      expect(stderr).toBe("");
      expect(readdirSync(elsewhere)).toEqual([]);
    },
    60_000,
  );

  test("is in the list, with a word on what it shows", () => {
    const readme = readFileSync(path.join(examples, "README.md"), "utf8");
    const listed = [...readme.matchAll(/^\| \[([\w-]+)\]\(([\w-]+)\/story\.ts\) \| .{10,}\|$/gmu)];
    expect(new Set(listed.map(([, name]) => name))).toEqual(new Set(folders));
    expect(listed.every(([, name, linked]) => name === linked)).toBe(true);
  });
});
