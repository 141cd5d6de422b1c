import { describe, expect, test } from "vitest";
import { openCustomersDesk } from "../../../test/support/customers-desk.ts";
import { openPeople } from "../../../test/support/people.ts";
import { branded, newFactId, newSubjectId, type FactId } from "../../core/ids.ts";
import { emptyMemory } from "../../core/memory.ts";
import { newCustomer, noon, ref, tenant } from "../../testing/ledger/stage.ts";

describe("a conversation", () => {
  test("is shown from its end, and what came before by place, with the channel used last either way", async () => {
    const people = await openPeople();
    const john = newCustomer();
    for (const words of ["one", "two", "three"]) await people.talks(john, words);
    const { customers } = openCustomersDesk(people);
    const who = ref(await people.talks(john, "four"));
    const end = await customers.session(who, { limit: 2 });
    const history = end?.context.conversationHistory ?? [];
    expect(history.map(({ seq, content }) => [seq, content])).toEqual([
      [7, "four"],
      [8, "Yes: four"],
    ]);
    const before = await customers.session(who, { limit: 1, before: history[0]?.seq ?? 0 });
    expect(before).toMatchObject({
      currentModality: "sms",
      context: { conversationHistory: [{ content: "Yes: three" }] },
    });
    expect(await customers.session(ref(newSubjectId(noon)), { limit: 2 })).toBeUndefined();
  });

  test("is closed once, by name, and told to whoever remembers it", async () => {
    const people = await openPeople();
    const who = ref(await people.talks(newCustomer(), "Hello"));
    const { customers, closed } = openCustomersDesk(people);
    expect(await customers.close(who, "ada")).toMatchObject({
      kind: "closed",
      session: { number: 1, state: "CLOSED" },
    });
    expect(await customers.close(who, "ada")).toMatchObject({ kind: "closed_before", session: { state: "CLOSED" } });
    expect(closed).toEqual([who.subjectId]);
    expect(await customers.close(ref(newSubjectId(noon)), "ada")).toEqual({ kind: "no_session" });
    const events = await people.ledger.events.after(0, 1_000);
    expect(events.findLast(({ name }) => name === "session_changed")?.detail).toMatchObject({
      to: "CLOSED",
      by: "ada",
    });
    expect(await customers.sessions(who, 5)).toMatchObject([{ number: 1, endedAt: expect.any(String) }]);
  });
});

describe("the figures", () => {
  test("are of this very moment", async () => {
    const people = await openPeople();
    const { customers } = openCustomersDesk(people);
    const who = ref(await people.talks(newCustomer(), "Hello"));
    expect(await customers.analytics(who)).toMatchObject({ totalTexts: 1, preferredModality: "sms" });
    const day = new Date(noon).toISOString().slice(0, 10);
    expect(await customers.totals(tenant, { from: day, to: day })).toMatchObject({
      total: { totalTexts: 1 },
      days: [{ day, totalTexts: 1 }],
    });
  });
});

describe("what is known", () => {
  test("is written down, changed and forgotten in a person's name", async () => {
    const people = await openPeople();
    const who = ref(await people.talks(newCustomer(), "Hello"));
    const { customers } = openCustomersDesk(people);
    const fact = { type: "preference", about: "Preferred channel", content: "  Likes\ntexts. " } as const;
    const added = await customers.addFact(who, fact, "ada");
    expect(added).toMatchObject({
      kind: "changed",
      value: {
        about: "preferred_channel",
        content: "Likes texts.",
        source: { kind: "person", by: "ada" },
        expires: null,
      },
    });
    const id = branded<FactId>(added.kind === "changed" ? added.value.id : "");
    expect(await customers.editFact(who, { id, content: "Likes calls.", expires: noon }, "bob")).toMatchObject({
      kind: "changed",
      value: { id, content: "Likes calls.", source: { by: "bob" }, expires: new Date(noon).toISOString() },
    });
    const report = await customers.memory(who);
    expect(report).toMatchObject({ userId: who.subjectId, version: 2, intent: null, summary: null, profile: null });
    expect(report.facts).toMatchObject([{ content: "Likes texts.", replacedAt: expect.any(String) }, { id }]);
    expect(await customers.editFact(who, { id, content: "  " }, "bob")).toEqual({ kind: "refused" });
    expect(await customers.forgetFact(who, id)).toEqual({ kind: "changed", value: undefined });
    expect(await customers.forgetFact(who, id)).toEqual({ kind: "not_found" });
    expect(await customers.editFact(who, { id: newFactId(noon), content: "x" }, "bob")).toEqual({ kind: "not_found" });
    expect((await customers.memory(who)).facts).toEqual([]);
    expect(await customers.addFact(who, { ...fact, about: "!?" }, "ada")).toEqual({ kind: "refused" });
  });

  test("is set for the session that runs, and forgotten again", async () => {
    const people = await openPeople();
    const who = ref(await people.talks(newCustomer(), "Hello"));
    const { customers } = openCustomersDesk(people);
    const session = (await people.ledger.sessions.current(who))?.id;
    expect(await customers.editEntity(who, { name: "rooms", value: 3 }, "ada")).toMatchObject({
      kind: "changed",
      value: { name: "rooms", value: 3, session, confidence: 1 },
    });
    expect((await customers.session(who, { limit: 1 }))?.context.extractedEntities).toEqual({ rooms: 3 });
    expect(await customers.editEntity(who, { name: "rooms", value: "" }, "ada")).toEqual({ kind: "refused" });
    expect(await customers.editEntity(who, { name: "rooms", value: undefined }, "ada")).toEqual({
      kind: "changed",
      value: undefined,
    });
    expect(await customers.editEntity(who, { name: "rooms", value: undefined }, "ada")).toEqual({ kind: "not_found" });
  });

  test("survives that others write it at the same time, and it is told when they are always faster", async () => {
    const people = await openPeople();
    const who = ref(await people.talks(newCustomer(), "Hello"));
    const { customers } = openCustomersDesk(people);
    const facts = Array.from({ length: 4 }, (_, n) => ({ type: "fact", about: `a${n}`, content: `c${n}` }) as const);
    await Promise.all(facts.map((fact) => customers.addFact(who, fact, "ada")));
    expect((await customers.memory(who)).facts).toHaveLength(4);
    const store = { ...people.store, remember: () => Promise.resolve({ kind: "stale" } as const) };
    const unlucky = openCustomersDesk(people, { store }).customers;
    const [fact = expect.fail("no fact")] = facts;
    expect(await unlucky.addFact(who, { ...fact, content: "new" }, "ada")).toEqual({ kind: "lost" });
    expect(await unlucky.editEntity(who, { name: "rooms", value: 1 }, "ada")).toEqual({ kind: "lost" });
  });
});

describe("an export", () => {
  test("holds what was said, what is known and every row, counted, and is itself recorded", async () => {
    const people = await openPeople();
    const john = newCustomer();
    const into = await people.talks(john, "one");
    const from = await people.talks(newCustomer(), "two");
    await people.identity.merge({ tenant, into, from, reason: "the same", by: "test" });
    const { version } = await people.store.memory(ref(into));
    const fact = { id: newFactId(noon), type: "fact", about: "a", content: "c", confidence: 1, at: noon } as const;
    const source = { kind: "person", by: "ada" } as const;
    await people.store.remember(ref(into), { ...emptyMemory, version, facts: [{ ...fact, source }] });
    const { customers } = openCustomersDesk(people);
    const document = await customers.exported(ref(into), "ada");
    expect(document?.manifest).toMatchObject({
      format: "continuo-export/1",
      customer: john.number,
      alias: john.alias,
      counts: { conversations: 2, items: 6, facts: 1, addresses: 2, subject: 2, messagesReceived: 2, merges: 1 },
    });
    expect(document?.conversations.map(({ subjectId }) => subjectId)).toEqual([into, from]);
    expect(document?.conversations[0]?.history.map(({ content }) => content)).toEqual([
      "one",
      "Yes: one",
      "two",
      "Yes: two",
    ]);
    expect(Object.keys(document?.records ?? {}).slice(0, 3)).toEqual(["subject", "addresses", "consent"]);
    for (const [section, rows] of Object.entries(document?.records ?? {}))
      expect({ section, count: document?.manifest.counts[section] }).toEqual({ section, count: rows.length });
    const events = await people.ledger.events.after(0, 1_000);
    expect(events.at(-1)).toMatchObject({ name: "customer_exported", subjectId: into, detail: { by: "ada" } });
    expect(await customers.exported(ref(newSubjectId(noon)), "ada")).toBeUndefined();
  });
});
