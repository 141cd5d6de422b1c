import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import { examine } from "./doctor.ts";

const settings = { DATA_DIR: "./nowhere-at-all", PORT: "0", HOST: "127.0.0.1" };

test("the doctor finds a resolver that the start would not", async () => {
  const findings = await examine({ ...settings, SUBJECT_RESOLVER: "magic" });
  expect(findings.filter(({ kind }) => kind === "bad")).toMatchObject([
    { about: "resolver", text: expect.stringContaining('registerResolver("magic"') },
  ]);
});

test("the doctor says who is asked about customers", async () => {
  const crm = { SUBJECT_RESOLVER: "crm", CRM_BASE_URL: "https://crm.example.com" };
  const findings = await examine({ ...settings, ...crm });
  expect(findings).toContainEqual({ kind: "good", about: "resolver", text: "crm is asked who customers are" });
  expect(findings.filter(({ kind }) => kind === "bad")).toEqual([]);
});

test("a database of an older version keeps no server from starting", async () => {
  const folder = await mkdtemp(join(tmpdir(), "continuo-doctor-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const database = new DatabaseSync(join(folder, "continuo.db"));
  for (const [part, step] of [
    ["ledger", "0001_spine"],
    ["store", "0001_conversations"],
  ]) {
    database.exec(`CREATE TABLE ${part}_migration (name TEXT, timestamp TEXT)`);
    database.exec(`INSERT INTO ${part}_migration VALUES ('${step}', '')`);
  }
  database.close();
  const findings = await examine({ ...settings, DATA_DIR: folder });
  expect(findings).toContainEqual({
    kind: "doubtful",
    about: "database",
    text: expect.stringContaining("next start") as unknown,
  });
  expect(findings.filter(({ kind }) => kind === "bad")).toEqual([]);
});
