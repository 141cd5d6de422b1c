import { expect, test } from "vitest";
import { tenantOf } from "../../../test/support/customers-desk.ts";
import { openPeople, type People } from "../../../test/support/people.ts";
import { tenantId, type SubjectId, type SubjectRef } from "../../core/ids.ts";
import { newCustomer, ref, text } from "../../testing/ledger/stage.ts";
import type { TenantSettings } from "../tenants.ts";
import { openRetention } from "./retention.ts";

const DAY_MS = 86_400_000;
const running = new AbortController().signal;

/** Retention that forgets in the ledger, and counts. */
function retaining(people: People, tenants: readonly TenantSettings[], fails?: SubjectId) {
  const asked: SubjectId[] = [];
  const scrubs: string[] = [];
  const pass = openRetention({
    ledger: people.ledger,
    clock: people.clock,
    tenants,
    async forget(who: SubjectRef) {
      asked.push(who.subjectId);
      if (who.subjectId === fails) throw new Error("a fault");
      await people.ledger.lifeCycle.forget({ ...who, by: "retention", now: people.clock.now() });
    },
    scrubbing: {
      async oweDaily(tenant) {
        scrubs.push(`owe ${tenant}`);
        return () => scrubs.push("removed");
      },
    },
  });
  return { asked, scrubs, pass: () => pass(people.clock.now(), running) };
}

async function writes(people: People, daysAgo: number, tenant = tenantOf().id): Promise<SubjectId> {
  const now = people.clock.now() - daysAgo * DAY_MS;
  return (await people.ledger.accept(text(newCustomer(), "Hello", { tenant, now }))).subjectId;
}

test("whoever has not been seen for as long as the tenant keeps them is forgotten, once an hour", async () => {
  const people = await openPeople();
  const [old, young] = [await writes(people, 31), await writes(people, 29)];
  const { pass, asked, scrubs } = retaining(people, [tenantOf({ retentionDays: 30 })]);
  await pass();
  expect(asked).toEqual([old]);
  expect(scrubs).toEqual(["owe acme", "removed"]);
  expect(await people.ledger.subjects.get(ref(young))).toBeDefined();
  people.clock.advance(DAY_MS / 24 - 1_000);
  await pass();
  people.clock.advance(DAY_MS + 1_000);
  expect(asked).toEqual([old]);
  await pass();
  expect(asked).toEqual([old, young]);
});

test("each tenant keeps for its own time, and one that keeps for ever forgets nobody", async () => {
  const people = await openPeople();
  const [brief, forEver] = [tenantId("brief"), tenantId("forever")];
  const seen = await writes(people, 2, brief);
  await writes(people, 5_000, forEver);
  const settings = [tenantOf({ id: brief, retentionDays: 1 }), tenantOf({ id: forEver, retentionDays: 0 })];
  const { pass, asked } = retaining(people, settings);
  await pass();
  expect(asked).toEqual([seen]);
});

test("of very many some are forgotten at a time, and each time it is written down that the files are to be cleaned", async () => {
  const people = await openPeople();
  for (let n = 0; n < 60; n += 1) await writes(people, 40);
  const { pass, asked, scrubs } = retaining(people, [tenantOf()]);
  await pass();
  expect(asked).toHaveLength(50);
  await pass();
  expect(asked).toHaveLength(60);
  expect(scrubs).toEqual(["owe acme", "removed", "owe acme", "removed"]);
});

test("one who cannot be forgotten holds up nobody, is told of, and is tried again an hour later", async () => {
  const people = await openPeople();
  const stuck = await writes(people, 50);
  const other = await writes(people, 40);
  const { pass, asked } = retaining(people, [tenantOf()], stuck);
  await expect(pass()).rejects.toThrow("a fault");
  expect(asked).toEqual([stuck, other]);
  await pass();
  expect(asked).toHaveLength(2);
  people.clock.advance(DAY_MS / 24);
  await expect(pass()).rejects.toThrow("a fault");
});

test("where there is nobody to forget, the files are left alone", async () => {
  const people = await openPeople();
  await writes(people, 1);
  const { pass, scrubs } = retaining(people, [tenantOf()]);
  await pass();
  expect(scrubs).toEqual([]);
});
