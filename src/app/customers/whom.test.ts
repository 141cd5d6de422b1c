import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openPeople } from "../../../test/support/people.ts";
import { newSubjectId, tenantId, type SubjectId } from "../../core/ids.ts";
import { openSqliteLedger, type SqliteLedger } from "../../ledger/sqlite.ts";
import { noon, tenant, text } from "../../testing/ledger/stage.ts";
import { whomMeant } from "./whom.ts";

const where = { tenant, defaultCountry: "US" };
let folder = "";
let ledger: SqliteLedger;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "continuo-whom-"));
  ledger = await openSqliteLedger({ file: join(folder, "ledger.db") });
});

afterAll(async () => {
  await ledger[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function texts(who: ReturnType<typeof customer>): Promise<SubjectId> {
  return (await ledger.accept(text(who, "Hello"))).subjectId;
}

function customer(addressKey: string, alias: string) {
  return { number: addressKey.replace(/^[a-z]+:/u, ""), addressKey, alias };
}

describe("a customer", () => {
  test.each([
    "+14155550123",
    "4155550123",
    "(415) 555-0123",
    "whatsapp:+14155550123",
    "phone_14155550123",
    "phone_+14155550123",
    " +1 415 555 0123 ext. 7 ",
  ])("may be meant by %j", async (name) => {
    const id = await texts(customer("tel:+14155550123", "phone_14155550123"));
    expect(await whomMeant(ledger.subjects, where, name)).toMatchObject({ kind: "known", subject: { id } });
    expect(await whomMeant(ledger.subjects, where, id)).toMatchObject({ kind: "known", subject: { id } });
    const elsewhere = { ...where, tenant: tenantId("other") };
    expect((await whomMeant(ledger.subjects, elsewhere, name)).kind).toBe("unknown");
    expect((await whomMeant(ledger.subjects, elsewhere, id)).kind).toBe("unknown");
  });

  test.each([
    ["other:acme shop.com", "other_acme_20_shop_2e_com", "ACME shop.com"],
    ["other:12345", "other_12345", "12345"],
    ["web:v_1-a", "web_v_1-a", "web_v_1-a"],
    ["anonymous:CA1", "anonymous_CA1", "anonymous_CA1"],
    // No number is as long, and yet a provider delivered it.
    ["tel:+12", "phone_12", "+12"],
  ])("with the address %s is found by alias and as it is written", async (addressKey, alias, written) => {
    const id = await texts(customer(addressKey, alias));
    for (const name of [alias, written])
      expect(await whomMeant(ledger.subjects, where, name)).toMatchObject({ kind: "known", subject: { id } });
  });

  test("who became part of another is that other one", async () => {
    const people = await openPeople();
    const into = await people.talks(customer("tel:+14155550123", "phone_14155550123"), "Hello");
    const from = await people.talks(customer("tel:+14155550124", "phone_14155550124"), "Hello");
    await people.identity.merge({ tenant, into, from, reason: "the same", by: "test" });
    for (const name of [from, "+14155550124"])
      expect(await whomMeant(people.ledger.subjects, where, name)).toMatchObject({ subject: { id: into } });
  });
});

describe("nobody", () => {
  test.each([
    ["+14155550199", "Nobody is known as +14155550199."],
    ["0014", "Nobody is known as 0014."],
    ["ACME", "Nobody is known as acme."],
    ["web_x", "Nobody is known as web:x."],
    ["other_110000_", "Nobody is known as 110000_."],
  ])("is known as %j, which is told as it was understood", async (name, understood) => {
    expect(await whomMeant(ledger.subjects, where, name)).toEqual({ kind: "unknown", understood });
  });

  test.each([
    ["0014155550100", "the digits 0014155550100, which are no phone number in US"],
    ["00 1 415 555 0100", "the digits 0014155550100"],
    ["99999999999999999999", "which are no phone number in US and no short code"],
    ["1", "the digits 1"],
    ["+999", "understood as +999, which is no possible phone number"],
    ["+1415", "understood as +1415"],
    ["", "The name is empty"],
    [" \t ", "The name is empty"],
    ["%", '"%" is no number and no name'],
    ["../..", "is no number and no name"],
    ["anonymous", "a caller who hides the number"],
    ["+266696687", "a caller who hides the number"],
    ["+1415\u0000", "control characters"],
    ["1".repeat(10_000), "10000 characters"],
  ])("can be %j, and it is said how it was understood", async (name, understood) => {
    const meant = await whomMeant(ledger.subjects, where, name);
    expect(meant).toMatchObject({ kind: "malformed", understood: expect.stringContaining(understood) });
    expect(JSON.stringify(meant).length).toBeLessThan(500);
  });

  test("is an id of nobody, however it looks", async () => {
    for (const id of [newSubjectId(noon), "sub_", `sub_${"x".repeat(200)}`, "sub_' OR 1=1 --"])
      expect((await whomMeant(ledger.subjects, where, id)).kind).toBe("unknown");
  });
});
