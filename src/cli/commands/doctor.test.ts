import { expect, test } from "vitest";
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
