import { describe, expect, test } from "vitest";
import { openCustomersDesk } from "../../../test/support/customers-desk.ts";
import { openPeople, type People } from "../../../test/support/people.ts";
import { ContinuoError } from "../../core/errors.ts";
import { newTurnId, tenantId, type SubjectId } from "../../core/ids.ts";
import { emptyMemory } from "../../core/memory.ts";
import type { ConversationStore } from "../../core/ports/store.ts";
import { newCustomer, noon, ref, takeTurn, tenant } from "../../testing/ledger/stage.ts";
import { nothing, turn } from "../../testing/store/stage.ts";
import type { Customers } from "./customers.ts";

async function remembers(people: People, subjectId: SubjectId, conversationId: string): Promise<void> {
  const remote = { sessionId: "s", conversationId, createdAt: noon, lastUsed: noon, throughSeq: 0 };
  const { version } = await people.store.memory(ref(subjectId));
  expect(await people.store.remember(ref(subjectId), { ...emptyMemory, version, remote })).toMatchObject({
    kind: "kept",
  });
}

async function isEmpty(people: People, subjectId: SubjectId): Promise<void> {
  const { fence: _, ...left } = await people.store.load(ref(subjectId), { turns: 20 });
  const { fence: __, ...empty } = nothing;
  expect(left).toEqual(empty);
}

/** A store that lets something else happen at the moment before it does a thing. */
function interrupted(
  store: ConversationStore,
  method: "forget" | "raiseFence",
  meanwhile: () => Promise<unknown>,
): ConversationStore {
  let done = false;
  async function once(): Promise<void> {
    if (done) return;
    done = true;
    await meanwhile();
  }
  return {
    ...store,
    async forget(who) {
      if (method === "forget") await once();
      return await store.forget(who);
    },
    async raiseFence(who, fence) {
      if (method === "raiseFence") await once();
      await store.raiseFence(who, fence);
    },
  };
}

/** Lets what failed be tried again, as the sweeper does. */
async function goesOn(people: People, customers: Customers): Promise<void> {
  people.clock.advance(11 * 60_000);
  const now = people.clock.now();
  for (let timer = await people.ledger.fireTimer(now); timer !== undefined; timer = await people.ledger.fireTimer(now))
    customers.fired(timer);
  for (const chore of customers.chores) await chore(now, new AbortController().signal);
}

describe("forgetting a customer", () => {
  test("removes what was said and known, ends the call, and gives a receipt that names nobody", async () => {
    const people = await openPeople();
    const john = newCustomer();
    const subjectId = await people.talks(john, "My name is John Zebedee");
    await remembers(people, subjectId, "conv_1");
    const { customers, hungUp, remote } = openCustomersDesk(people);
    const receipt = await customers.forget(ref(subjectId), "ada");
    expect(receipt).toMatchObject({
      receiptId: expect.stringMatching(/^rcpt_[\da-f-]{36}$/u),
      deletedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/u),
      deleted: { entries: 2, memories: 1, subjects: 1, addresses: 1, inbox: 1 },
      kept: { consent: 0, inbox: 0 },
      remote: { deleted: 1, queued: 0 },
      files: "clean",
    });
    expect(JSON.stringify(receipt)).not.toMatch(/Zebedee|1415|sub_/u);
    expect(remote).toEqual(["conv_1"]);
    expect(hungUp).toContain(subjectId);
    await isEmpty(people, subjectId);
    expect(await people.ledger.subjects.get(ref(subjectId))).toBeUndefined();
    const [last] = (await people.ledger.events.after(0, 1_000)).slice(-1);
    expect(last).toMatchObject({
      name: "customer_forgotten",
      detail: { by: "ada", subjects: 1, rows: expect.any(Number) },
    });
    expect(last?.subjectId).toBeUndefined();
  });

  test("a second time finds nobody, and so does another tenant", async () => {
    const people = await openPeople();
    const subjectId = await people.talks(newCustomer(), "Hello");
    const { customers } = openCustomersDesk(people);
    expect(await customers.forget({ tenant: tenantId("other"), subjectId }, "ada")).toBeUndefined();
    expect(await people.said(subjectId)).toEqual(["Hello"]);
    const both = await Promise.all([1, 2].map(() => customers.forget(ref(subjectId), "ada")));
    expect(both.filter((receipt) => receipt !== undefined)).toHaveLength(1);
    expect(await customers.forget(ref(subjectId), "ada")).toBeUndefined();
  });

  test("takes whoever became part of them along, by whichever id it is asked for", async () => {
    const people = await openPeople();
    const into = await people.talks(newCustomer(), "one");
    const from = await people.talks(newCustomer(), "two");
    await remembers(people, from, "conv_2");
    expect(await people.identity.merge({ tenant, into, from, reason: "the same", by: "test" })).toMatchObject({
      kind: "merged",
    });
    const { customers, remote } = openCustomersDesk(people);
    const receipt = await customers.forget(ref(from), "ada");
    expect(receipt?.deleted).toMatchObject({ subjects: 2, addresses: 2 });
    expect(new Set(remote)).toEqual(new Set(["conv_2"]));
    await isEmpty(people, into);
    await isEmpty(people, from);
  });

  test.each(["forget", "raiseFence"] as const)(
    "what a turn under way adds just before the store's %s goes as well, and nothing comes after it",
    async (method) => {
      const people = await openPeople();
      const john = newCustomer();
      const subjectId = await people.talks(john, "Hello");
      await people.texts(john, "My secret");
      const { turn: bound, fence } = await takeTurn(people.ledger, subjectId);
      const late = turn({ subjectId, fence, turnId: bound.id });
      const store = interrupted(people.store, method, async () => {
        const { seq } = await people.store.load(ref(subjectId), { turns: 0 });
        expect(await people.store.append({ ...late, expectedSeq: seq })).toMatchObject({ kind: "appended" });
        const { version } = await people.store.memory(ref(subjectId));
        await people.store.remember(ref(subjectId), { ...emptyMemory, version, dropped: 1 });
      });
      const { customers } = openCustomersDesk(people, { store });
      const receipt = await customers.forget(ref(subjectId), "ada");
      expect(receipt?.deleted).toMatchObject({ entries: 3 });
      await isEmpty(people, subjectId);
      const again = { ...late, turnId: newTurnId(noon), expectedSeq: 0 };
      expect(await people.store.append(again)).toMatchObject({ kind: "fenced" });
      expect(await people.store.remember(ref(subjectId), emptyMemory)).toEqual({ kind: "stale" });
    },
  );

  test("gives the receipt while large files are still being cleaned", async () => {
    const people = await openPeople();
    const subjectId = await people.talks(newCustomer(), "Hello");
    const cleaning = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    function scrub(): Promise<void> {
      begun.resolve();
      return cleaning.promise;
    }
    const ledger = { ...people.ledger, lifeCycle: { ...people.ledger.lifeCycle, scrub } };
    const { customers } = openCustomersDesk({ ...people, ledger });
    const forgetting = customers.forget(ref(subjectId), "ada");
    await begun.promise;
    people.clock.advance(60_000);
    expect(await forgetting).toMatchObject({ files: "later" });
    expect(await people.ledger.timers.nextAt()).toBeDefined();
    cleaning.resolve();
    await expect.poll(() => people.ledger.timers.nextAt()).toBeUndefined();
  });

  test("that cannot seal the conversation of a turn under way does so later, and cleans the files behind it", async () => {
    const people = await openPeople();
    const john = newCustomer();
    const subjectId = await people.talks(john, "Hello");
    await people.texts(john, "My secret");
    const { turn: bound, fence } = await takeTurn(people.ledger, subjectId);
    const away = new ContinuoError("store_unavailable", "away");
    const store = interrupted(people.store, "raiseFence", () => Promise.reject(away));
    const { customers } = openCustomersDesk(people, { store });
    await expect(customers.forget(ref(subjectId), "ada")).rejects.toBe(away);
    expect(await customers.forget(ref(subjectId), "ada")).toBeUndefined();
    const late = { ...turn({ subjectId, fence, turnId: bound.id }), expectedSeq: 0 };
    expect(await people.store.append(late)).toMatchObject({ kind: "appended" });
    await goesOn(people, customers);
    await isEmpty(people, subjectId);
    expect(await people.store.append({ ...late, turnId: newTurnId(noon) })).toMatchObject({ kind: "fenced" });
    expect(await people.ledger.timers.nextAt()).toBeUndefined();
  });

  test("that fails half-way is asked for again, and the conversations elsewhere are not lost", async () => {
    const people = await openPeople();
    const subjectId = await people.talks(newCustomer(), "Hello");
    await remembers(people, subjectId, "conv_1");
    const away = new ContinuoError("store_unavailable", "away");
    const store = interrupted(people.store, "forget", () => Promise.reject(away));
    const { customers, remote } = openCustomersDesk(people, { store });
    await expect(customers.forget(ref(subjectId), "ada")).rejects.toBe(away);
    expect(remote).toEqual(["conv_1"]);
    expect(await customers.forget(ref(subjectId), "ada")).toMatchObject({ deleted: { entries: 2 } });
    await isEmpty(people, subjectId);
  });
});
