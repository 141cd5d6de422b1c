import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newSubjectId, tenantId, type SubjectId } from "../core/ids.ts";
import { openSqliteLedger, type SqliteLedger } from "../ledger/sqlite.ts";
import { text } from "../testing/ledger/stage.ts";
import { subjectMeant } from "./maintenance.ts";

const identity = { tenant: tenantId("acme"), defaultAgent: "front-desk", defaultCountry: "US" };
const john = { number: "+14155550123", addressKey: "tel:+14155550123", alias: "phone_14155550123" };
const shortCode = { number: "12345", addressKey: "other:12345", alias: "other_12345" };

let folder = "";
let ledger: SqliteLedger;
let johnsId: SubjectId;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "continuo-maintenance-"));
  ledger = await openSqliteLedger({ file: join(folder, "ledger.db") });
  johnsId = (await ledger.accept(text(john, "Hello"))).subjectId;
});

afterAll(async () => {
  await ledger[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

test.each(["phone_14155550123", "+14155550123", "+1 (415) 555-0123", "(415) 555-0123", "whatsapp:+14155550123"])(
  "a person may be meant by %s",
  async (given) => {
    expect(await subjectMeant(ledger, given, identity)).toMatchObject({ id: johnsId, alias: john.alias });
  },
);

test("a person may be meant by id, and a sender that is no phone by its name", async () => {
  expect(await subjectMeant(ledger, johnsId, identity)).toMatchObject({ id: johnsId });
  const { subjectId } = await ledger.accept(text(shortCode, "Your code"));
  expect(await subjectMeant(ledger, "12345", identity)).toMatchObject({ id: subjectId });
});

test.each(["+14155550199", "anonymous", "", newSubjectId(1)])("nobody is meant by %j", async (given) => {
  expect(await subjectMeant(ledger, given, identity)).toBeUndefined();
});

test("another tenant's customer is not meant, by number or by id", async () => {
  const others = { ...identity, tenant: tenantId("other") };
  expect(await subjectMeant(ledger, john.number, others)).toBeUndefined();
  expect(await subjectMeant(ledger, johnsId, others)).toBeUndefined();
});
