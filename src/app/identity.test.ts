import { describe, expect, test } from "vitest";
import { never, openPeople, type People } from "../../test/support/people.ts";
import { branded, newFactId, tenantId, type SubjectId } from "../core/ids.ts";
import { emptyMemory, type Fact } from "../core/memory.ts";
import type { Resolved } from "../core/ports/resolver.ts";
import {
  calling,
  connected,
  newCustomer,
  noon,
  ref,
  rings,
  takeTurn,
  tenant,
  type Customer,
} from "../testing/ledger/stage.ts";

const running = new AbortController().signal;
const other = tenantId("other");
const minute = 60_000;
const hour = 60 * minute;
const john: Resolved = { id: "42", name: "John Smith", details: { tier: "gold" } };

describe("asking who somebody is", () => {
  test("what the resolver tells is remembered, told of, and becomes a key of the address map", async () => {
    const people = await openPeople({ resolver: async () => john });
    const customer = newCustomer();
    const subjectId = await people.texts(customer, "Hello");
    expect(await people.identity.identify(subjectId, running)).toBe(subjectId);
    expect(people.asked).toEqual([{ tenant, address: customer.number, channel: "sms" }]);
    expect((await people.store.memory(ref(subjectId))).profile).toMatchObject({ ...john, resolver: "crm" });
    expect(await people.ledger.subjects.find(tenant, "ext:crm:42")).toBe(subjectId);
    expect(await eventsOf(people, subjectId)).toContainEqual(["subject_resolved", { resolver: "crm" }]);
  });

  test("nobody is asked where only the number counts, or where nobody waits for an answer", async () => {
    const alone = await openPeople();
    const subjectId = await alone.texts(newCustomer(), "Hello");
    expect(await alone.identity.identify(subjectId, running)).toBe(subjectId);
    const people = await openPeople({ resolver: async () => john });
    const silent = await people.talks(newCustomer(), "Hello");
    expect(await people.identity.identify(silent, running)).toBe(silent);
    expect(people.asked).toEqual([]);
  });

  test.each([
    ["who is found, for a day", async () => john, 24 * hour],
    ["whom nobody knows, for an hour", async () => undefined, hour],
  ])("somebody %s is not asked about again, also after a restart", async (_what, resolver, ms) => {
    const people = await openPeople({ resolver });
    const subjectId = await people.texts(newCustomer(), "Hello");
    await people.identity.identify(subjectId, running);
    const again = await people.again({ resolver });
    again.clock.advance(ms - minute);
    await again.identity.identify(subjectId, running);
    expect(again.asked).toEqual([]);
    again.clock.advance(minute);
    await again.identity.identify(subjectId, running);
    expect(again.asked).toHaveLength(1);
  });

  test("a resolver that fails is asked again after 1, 5, 30 and 30 minutes", async () => {
    const people = await openPeople({ resolver: () => Promise.reject(new Error("broken")) });
    const subjectId = await people.texts(newCustomer(), "Hello");
    await people.identity.identify(subjectId, running);
    for (const [index, waitMs] of [minute, 5 * minute, 30 * minute, 30 * minute].entries()) {
      people.clock.advance(waitMs - 1_000);
      await people.identity.identify(subjectId, running);
      expect(people.asked).toHaveLength(index + 1);
      people.clock.advance(1_000);
      await people.identity.identify(subjectId, running);
      expect(people.asked).toHaveLength(index + 2);
    }
    expect(people.failures).toHaveLength(5);
    expect(await eventsOf(people, subjectId)).toContainEqual([
      "subject_unresolved",
      { resolver: "crm", why: "failed" },
    ]);
  });

  test.each([
    ["throws before it answers", () => thrown()],
    ["tells nonsense", () => answered({ id: { $ne: 1 } })],
    ["tells of 10,000 characters who it is", () => answered({ id: "4".repeat(10_000) })],
  ])("a resolver that %s changes nothing", async (_what, resolver) => {
    const people = await openPeople({ resolver });
    const subjectId = await people.texts(newCustomer(), "Hello");
    expect(await people.identity.identify(subjectId, running)).toBe(subjectId);
    expect(await people.store.memory(ref(subjectId))).toEqual(emptyMemory);
    expect(people.failures).toHaveLength(1);
    expect(await eventsOf(people, subjectId)).toContainEqual([
      "subject_unresolved",
      { resolver: "crm", why: "failed" },
    ]);
  });

  test("nobody waits longer than two seconds, and the resolver is told to give up", async () => {
    const signals: AbortSignal[] = [];
    const people = await openPeople({
      resolver(_request, signal) {
        signals.push(signal);
        return new Promise(() => undefined);
      },
    });
    const subjectId = await people.texts(newCustomer(), "Hello");
    const identified = people.identity.identify(subjectId, running);
    await expect.poll(() => signals.length).toBe(1);
    people.clock.advance(1_500);
    expect(signals[0]?.aborted).toBe(false);
    people.clock.advance(500);
    expect(await identified).toBe(subjectId);
    expect(signals[0]?.aborted).toBe(true);
    expect(await eventsOf(people, subjectId)).toContainEqual([
      "subject_unresolved",
      { resolver: "crm", why: "timeout" },
    ]);
  });

  test("whoever is on the line is waited for no more, and what is told then is remembered all the same", async () => {
    const answer = Promise.withResolvers<Resolved>();
    const people = await openPeople({ resolver: () => answer.promise });
    const customer = newCustomer();
    const subjectId = await people.texts(customer, "Hello");
    const identified = people.identity.identify(subjectId, running);
    await expect.poll(() => people.asked.length).toBe(1);
    const { call } = await calling(people.ledger, customer);
    people.identity.callConnected(call);
    expect(await identified).toBe(subjectId);
    expect((await people.store.memory(ref(subjectId))).profile).toBeUndefined();
    answer.resolve(john);
    await people.identity.settled();
    expect((await people.store.memory(ref(subjectId))).profile).toMatchObject(john);
    expect(people.asked).toHaveLength(1);
  });

  test("a caller is asked about by their number, whoever called whom", async () => {
    const people = await openPeople({ resolver: async () => john });
    const customer = newCustomer();
    const { call } = await calling(people.ledger, customer);
    people.identity.callConnected(call);
    await people.identity.settled();
    expect(people.asked).toEqual([{ tenant, address: customer.number, channel: "voice" }]);
    people.clock.advance(25 * hour);
    people.identity.callConnected({ ...call, direction: "outbound", from: call.to, to: call.from });
    await people.identity.settled();
    expect(people.asked).toHaveLength(2);
    expect(people.asked[1]?.address).toBe(customer.number);
  });

  test("those who hide their number are not asked about and never become somebody else", async () => {
    const people = await openPeople({ resolver: async () => john });
    for (const hidden of ["+266696687", "anonymous"]) {
      const customer: Customer = { number: hidden, addressKey: `anonymous:${hidden}`, alias: `anonymous_${hidden}` };
      const subjectId = await people.texts(customer, "Hello");
      expect(await people.identity.identify(subjectId, running)).toBe(subjectId);
      const { call } = await calling(people.ledger, { ...customer, addressKey: `anonymous:call-${hidden}` });
      people.identity.callConnected(call);
    }
    await people.identity.settled();
    expect(people.asked).toEqual([]);
    expect(await people.ledger.subjects.find(tenant, "ext:crm:42")).toBeUndefined();
  });

  test("a visitor who proved a number is asked about by it", async () => {
    const people = await openPeople({ resolver: async () => john });
    const { number, addressKey, alias } = newCustomer();
    const visitor: Customer = { number: "visitor-1", addressKey: "web:visitor-1", alias: "web_visitor-1" };
    const subjectId = await people.texts(visitor, "Hello");
    await people.identity.identify(subjectId, running);
    expect(people.asked).toEqual([]);
    await people.identity.joinAddress({ ...ref(subjectId), addressKey, alias, by: "chat" });
    await people.identity.identify(subjectId, running);
    expect(people.asked).toMatchObject([{ address: number }]);
  });

  test("of somebody the resolver no longer knows nothing is remembered of what it told", async () => {
    let known: Resolved | undefined = john;
    const people = await openPeople({ resolver: async () => known });
    const subjectId = await people.texts(newCustomer(), "Hello");
    await people.identity.identify(subjectId, running);
    known = undefined;
    people.clock.advance(25 * hour);
    await people.identity.identify(subjectId, running);
    expect(await people.store.memory(ref(subjectId))).not.toHaveProperty("profile");
  });

  test("of somebody who is forgotten while they are asked about nothing is remembered", async () => {
    const answer = Promise.withResolvers<Resolved>();
    const people = await openPeople({ resolver: () => answer.promise });
    const subjectId = await people.texts(newCustomer(), "Hello");
    const identified = people.identity.identify(subjectId, running);
    await expect.poll(() => people.asked.length).toBe(1);
    await people.ledger.lifeCycle.forget({ ...ref(subjectId), by: "test", now: people.clock.now() });
    answer.resolve(john);
    expect(await identified).toBe(subjectId);
    expect(await people.store.memory(ref(subjectId))).not.toHaveProperty("profile");
    expect(await people.ledger.subjects.find(tenant, "ext:crm:42")).toBeUndefined();
  });

  test("a program that stops waits for nobody and has learned nothing", async () => {
    const people = await openPeople({ resolver: (_request, signal) => never(signal) });
    const subjectId = await people.texts(newCustomer(), "Hello");
    const stop = new AbortController();
    const identified = people.identity.identify(subjectId, stop.signal);
    await expect.poll(() => people.asked.length).toBe(1);
    stop.abort();
    expect(await identified).toBe(subjectId);
    const again = await people.again({ resolver: async () => john });
    await again.identity.identify(subjectId, running);
    expect(again.asked).toHaveLength(1);
    expect(people.failures).toEqual([]);
  });
});

describe("two numbers of one person", () => {
  test("are one conversation from the moment on that the resolver says so, in the order of time", async () => {
    const people = await openPeople({ resolver: async () => john });
    const [home, mobile] = [newCustomer(), newCustomer()];
    const first = await people.talks(home, "one", noon);
    const second = await people.talks(mobile, "two", noon + 1_000);
    await people.talks(home, "three", noon + 2_000);
    await people.texts(home, "four");
    expect(await people.identity.identify(first, running)).toBe(first);
    await people.texts(mobile, "five");
    expect(await people.identity.identify(second, running)).toBe(first);
    expect(await people.said(first)).toEqual(["one", "two", "three"]);
    const { turn } = await takeTurn(people.ledger, first, { now: people.clock.now() });
    expect(turn.rows.map(({ body }) => (body.kind === "text" ? body.text : ""))).toEqual(["four", "five"]);
    expect(turn.addresses.toSorted()).toEqual([home.number, mobile.number].toSorted());
    expect(await people.ledger.subjects.find(tenant, mobile.addressKey)).toBe(first);
    expect(people.moved).toContain(first);
    expect(await people.identity.identify(second, running)).toBe(first);
  });

  test("become one later when one of them is just being answered, without asking again", async () => {
    const people = await openPeople({ resolver: async () => john });
    const [home, mobile] = [newCustomer(), newCustomer()];
    const first = await people.texts(home, "one");
    await people.identity.identify(first, running);
    const { turn, fence } = await takeTurn(people.ledger, first);
    const second = await people.texts(mobile, "two");
    expect(await people.identity.identify(second, running)).toBe(second);
    await people.ledger.supersede({ turnId: turn.id, fence, now: noon });
    expect(await people.identity.identify(second, running)).toBe(first);
    expect(people.asked).toHaveLength(2);
  });

  test("become one after the call, when the resolver told of them during it", async () => {
    const people = await openPeople({ resolver: async () => john });
    const [home, mobile] = [newCustomer(), newCustomer()];
    const first = await people.texts(home, "one");
    await people.identity.identify(first, running);
    const { call } = await calling(people.ledger, mobile);
    people.identity.callConnected(call);
    await people.identity.settled();
    expect(await people.ledger.subjects.find(tenant, mobile.addressKey)).toBe(call.subjectId);
    await people.ledger.calls.end({ callSid: call.callSid, now: noon });
    expect(await people.identity.identify(call.subjectId, running)).toBe(first);
  });

  test("stay two when the number may have changed hands", async () => {
    const known = new Map<string, Resolved>();
    const people = await openPeople({ resolver: async ({ address }) => known.get(address) });
    const [home, mobile] = [newCustomer(), newCustomer()];
    known.set(home.number, john).set(mobile.number, { id: "43" });
    const first = await people.texts(home, "one");
    const second = await people.texts(mobile, "two");
    await people.identity.identify(first, running);
    await people.identity.identify(second, running);
    known.set(mobile.number, john);
    people.clock.advance(25 * hour);
    expect(await people.identity.identify(second, running)).toBe(second);
    expect((await people.store.memory(ref(second))).profile?.id).toBe("42");
  });

  test("stay two after a person took them apart, and their memories are told anew", async () => {
    const people = await openPeople({ resolver: async () => john });
    const [home, mobile] = [newCustomer(), newCustomer()];
    const first = await people.texts(home, "one");
    await people.identity.identify(first, running);
    const second = await people.texts(mobile, "two");
    await people.identity.identify(second, running);
    const [merge] = await people.ledger.merges.of(ref(first));
    if (merge === undefined) throw new Error("they are not one");
    expect(await people.identity.split({ tenant, mergeId: merge.id, by: "ann" })).toMatchObject({ kind: "split" });
    for (const subjectId of [first, second]) {
      expect(await people.identity.identify(subjectId, running)).toBe(subjectId);
      expect((await people.store.memory(ref(subjectId))).profile).toMatchObject(john);
    }
    expect(people.asked).toHaveLength(4);
    people.clock.advance(25 * hour);
    expect(await people.identity.identify(second, running)).toBe(second);
  });
});

describe("merging and splitting", () => {
  test("two become one with all they said and all that is known of them, and two again", async () => {
    const people = await openPeople();
    const [into, from] = await twoTalkers(people);
    for (const [subjectId, content] of [
      [into, "Speaks Spanish."],
      [from, "Has a dog."],
    ] as const) {
      const memory = await people.store.memory(ref(subjectId));
      await people.store.remember(ref(subjectId), { ...memory, facts: [fact(content)] });
    }
    const merged = await merging(people, into, from);
    expect(merged).toMatchObject({
      kind: "merged",
      merge: { into, from, by: "ann", reason: "asked for", state: "merged" },
    });
    expect(await people.said(into)).toEqual(["a", "b", "c", "d"]);
    expect((await people.store.memory(ref(into))).facts.map(({ content }) => content).toSorted()).toEqual([
      "Has a dog.",
      "Speaks Spanish.",
    ]);
    expect([...people.moved].toSorted()).toEqual([into, from].toSorted());

    if (merged.kind !== "merged") throw new Error("they are two");
    const split = await people.identity.split({ tenant, mergeId: merged.merge.id, by: "ann" });
    expect(split).toMatchObject({ kind: "split", merge: { into, from, state: "split" } });
    expect(await people.said(into)).toEqual(["a", "c"]);
    expect(await people.said(from)).toEqual(["b", "d"]);
    expect((await people.store.memory(ref(into))).facts).toMatchObject([{ content: "Speaks Spanish." }]);
    expect((await people.store.memory(ref(from))).facts).toMatchObject([{ content: "Has a dog." }]);
    expect((await people.ledger.subjects.get(ref(from)))?.id).toBe(from);
  });

  test("what was said since a merge stays when it is taken back", async () => {
    const people = await openPeople();
    const jane = newCustomer();
    const into = await people.talks(newCustomer(), "a", noon);
    const from = await people.talks(jane, "b", noon + 1);
    const merged = await merging(people, into, from);
    await people.talks(jane, "c", people.clock.now());
    if (merged.kind !== "merged") throw new Error("they are two");
    await people.identity.split({ tenant, mergeId: merged.merge.id, by: "ann" });
    expect(await people.said(into)).toEqual(["a", "c"]);
    expect(await people.said(from)).toEqual(["b"]);
    expect(await people.talks(jane, "d", people.clock.now())).toBe(from);
    expect(await people.said(from)).toEqual(["b", "d"]);
  });

  test("nobody is merged with themselves, twice, in a circle, or with somebody who is not there", async () => {
    const people = await openPeople();
    const [into, from] = await twoTalkers(people);
    expect(await merging(people, into, into)).toMatchObject({ kind: "refused", why: "itself" });
    const unknown = await merging(people, into, branded<SubjectId>("sub_nobody"));
    expect(unknown).toMatchObject({ kind: "refused", why: "not_found" });
    expect(await people.identity.merge({ ...wish(into, from), tenant: other })).toEqual(unknown);
    await merging(people, into, from);
    expect(await merging(people, into, from)).toMatchObject({ kind: "refused", why: "already" });
    expect(await merging(people, from, into)).toMatchObject({ kind: "refused", why: "already" });
  });

  test("a split that makes no sense is refused", async () => {
    const people = await openPeople();
    const [into, from] = await twoTalkers(people);
    const third = await people.talks(newCustomer(), "e");
    const first = await merging(people, into, from);
    if (first.kind !== "merged") throw new Error("they are two");
    const { id: mergeId } = first.merge;
    expect(await people.identity.split({ tenant: other, mergeId, by: "ann" })).toMatchObject({
      why: "not_found",
    });
    await merging(people, third, into);
    expect(await people.identity.split({ tenant, mergeId, by: "ann" })).toMatchObject({ why: "superseded" });
    const [outer] = await people.ledger.merges.of(ref(third));
    await people.identity.split({ tenant, mergeId: outer?.id ?? mergeId, by: "ann" });
    expect(await people.identity.split({ tenant, mergeId, by: "ann" })).toMatchObject({ kind: "split" });
    expect(await people.identity.split({ tenant, mergeId, by: "ann" })).toMatchObject({ why: "already" });
    expect(await people.said(third)).toEqual(["e"]);
    expect(await people.said(into)).toEqual(["a", "c"]);
  });

  test("one who is on the phone is waited for, and for three seconds only", async () => {
    const people = await openPeople();
    const caller = newCustomer();
    const into = await people.talks(newCustomer(), "a");
    const { callSid, subjectId: from } = await rings(people.ledger, caller);
    await connected(people.ledger, callSid);
    const waiting = merging(people, into, from);
    people.clock.advance(2_000);
    await people.ledger.calls.end({ callSid, now: noon });
    expect(await waiting).toMatchObject({ kind: "merged" });

    const { callSid: second, subjectId: third } = await rings(people.ledger, newCustomer());
    await connected(people.ledger, second);
    const refused = merging(people, into, third);
    people.clock.advance(3_000);
    expect(await refused).toMatchObject({ kind: "refused", why: "busy" });
  });

  test("of many who want the same merge one gets it", async () => {
    const people = await openPeople();
    const [into, from] = await twoTalkers(people);
    const all = await Promise.all(Array.from({ length: 5 }, () => merging(people, into, from)));
    expect(all.filter(({ kind }) => kind === "merged")).toHaveLength(1);
    expect(await people.said(into)).toEqual(["a", "b", "c", "d"]);
  });

  test("a merge that the store could not do is done later, and nobody is answered before", async () => {
    let away = 1;
    const people = await openPeople({
      store: (store) => ({
        ...store,
        async merge(request) {
          away -= 1;
          if (away >= 0) throw new Error("the store is away");
          return await store.merge(request);
        },
      }),
    });
    const [into, from] = await twoTalkers(people);
    expect(await merging(people, into, from)).toMatchObject({ kind: "merged", merge: { state: "merging" } });
    expect(people.failures).toHaveLength(1);
    const at = people.clock.now();
    expect(await people.ledger.take({ subjectId: into, holder: "one", leaseMs: 1, now: at })).toMatchObject({
      kind: "busy",
    });
    await people.identity.goOn(at, running);
    expect(await people.said(into)).toEqual(["a", "c"]);
    people.clock.advance(minute);
    await people.identity.goOn(people.clock.now(), running);
    expect(await people.said(into)).toEqual(["a", "b", "c", "d"]);
    expect(await people.ledger.merges.unfinished(10)).toEqual([]);
    expect(await people.ledger.take({ subjectId: into, holder: "one", leaseMs: 1, now: at })).toMatchObject({
      kind: "idle",
    });
  });

  test.each([
    ["before the store's step", false],
    ["after the store's step", true],
  ])("a merge and a split during which the program died %s are finished by the next one", async (_when, does) => {
    function dying(people: { readonly store: People["store"] }): People["store"] {
      const { store } = people;
      return {
        ...store,
        async merge(request) {
          if (does) await store.merge(request);
          throw new Error("died");
        },
        async split(request) {
          if (does) await store.split(request);
          throw new Error("died");
        },
      };
    }
    const first = await openPeople({ store: (store) => dying({ store }) });
    const [into, from] = await twoTalkers(first);
    const merged = await merging(first, into, from);
    if (merged.kind !== "merged") throw new Error("they are two");
    const second = await first.again();
    await second.identity.goOn(second.clock.now(), running);
    expect(await second.said(into)).toEqual(["a", "b", "c", "d"]);
    const third = await second.again({ store: (store) => dying({ store }) });
    await third.identity.split({ tenant, mergeId: merged.merge.id, by: "ann" });
    const fourth = await third.again();
    await fourth.identity.goOn(fourth.clock.now(), running);
    expect(await fourth.said(into)).toEqual(["a", "c"]);
    expect(await fourth.said(from)).toEqual(["b", "d"]);
    expect(await fourth.ledger.merges.unfinished(10)).toEqual([]);
  });

  test("a conversation that goes on while it is merged loses nothing", async () => {
    let late: (() => Promise<unknown>) | undefined;
    const people = await openPeople({
      store: (store) => ({
        ...store,
        async merge(request) {
          const now = late;
          late = undefined;
          await now?.();
          return await store.merge(request);
        },
      }),
    });
    const [into, from] = await twoTalkers(people);
    late = async () => {
      const memory = await people.store.memory(ref(into));
      await people.store.remember(ref(into), { ...memory, facts: [fact("Speaks Spanish.")] });
    };
    await merging(people, into, from);
    expect((await people.store.memory(ref(into))).facts).toMatchObject([{ content: "Speaks Spanish." }]);
    expect(await people.said(into)).toEqual(["a", "b", "c", "d"]);
  });
});

describe("an address that somebody proved", () => {
  test("becomes theirs when it is nobody's", async () => {
    const people = await openPeople();
    const visitor = await people.talks(webVisitor("v1"), "a");
    const { addressKey, alias } = newCustomer();
    const joining = { ...ref(visitor), addressKey, alias, by: "chat" };
    expect(await people.identity.joinAddress(joining)).toEqual({ kind: "joined", subjectId: visitor });
    expect(await people.identity.joinAddress(joining)).toEqual({ kind: "joined", subjectId: visitor });
    expect(await people.ledger.subjects.find(tenant, addressKey)).toBe(visitor);
    expect((await people.ledger.subjects.get(ref(visitor)))?.alias).toBe(alias);
  });

  test("brings them together with whose it is, and whoever has the number stays", async () => {
    const people = await openPeople();
    const customer = newCustomer();
    const owner = await people.talks(customer, "a", noon);
    const visitor = await people.talks(webVisitor("v2"), "b", noon + 1);
    const { addressKey, alias } = customer;
    const joined = await people.identity.joinAddress({ ...ref(visitor), addressKey, alias, by: "chat" });
    expect(joined).toEqual({ kind: "joined", subjectId: owner });
    expect(await people.said(owner)).toEqual(["a", "b"]);
    const web = await people.identity.joinAddress({ ...ref(owner), ...webVisitor("v2"), by: "chat" });
    expect(web).toEqual({ kind: "joined", subjectId: owner });
    const third = await people.talks(webVisitor("v3"), "c", noon + 2);
    expect(await people.identity.joinAddress({ ...ref(owner), ...webVisitor("v3"), by: "chat" })).toEqual({
      kind: "joined",
      subjectId: owner,
    });
    expect((await people.ledger.subjects.get(ref(third)))?.id).toBe(owner);
  });

  test("is nobody's of another tenant", async () => {
    const people = await openPeople();
    const visitor = await people.talks(webVisitor("v4"), "a");
    const { addressKey, alias } = newCustomer();
    const joining = { tenant: other, subjectId: visitor, addressKey, alias, by: "chat" };
    expect(await people.identity.joinAddress(joining)).toMatchObject({ kind: "refused", why: "not_found" });
  });
});

test("while nothing is unfinished, going on costs one look", async () => {
  const people = await openPeople();
  await twoTalkers(people);
  await people.identity.goOn(people.clock.now(), running);
  expect(people.moved.size).toBe(0);
});

async function eventsOf(people: People, subjectId: SubjectId) {
  const events = await people.ledger.events.after(0, 10_000);
  return events.flatMap(({ name, detail, subjectId: whose }) => (whose === subjectId ? [[name, detail]] : []));
}

/** Two who say "a" and "c", and "b" and "d", by turns. */
async function twoTalkers(people: People): Promise<readonly [SubjectId, SubjectId]> {
  const [one, two] = [newCustomer(), newCustomer()];
  const into = await people.talks(one, "a", noon);
  const from = await people.talks(two, "b", noon + 1_000);
  await people.talks(one, "c", noon + 2_000);
  await people.talks(two, "d", noon + 3_000);
  return [into, from];
}

function merging(people: People, into: SubjectId, from: SubjectId) {
  return people.identity.merge(wish(into, from));
}

function wish(into: SubjectId, from: SubjectId) {
  return { tenant, into, from, reason: "asked for", by: "ann" };
}

function webVisitor(id: string): Customer {
  return { number: id, addressKey: `web:${id}`, alias: `web_${id}` };
}

function fact(content: string): Fact {
  const source = { kind: "person", by: "ann" } as const;
  return { id: newFactId(noon), type: "fact", about: content, content, confidence: 1, source, at: noon };
}

function thrown(): never {
  throw new Error("broken at once");
}

/** What a resolver in plain JavaScript may answer. */
async function answered(told: unknown): Promise<Resolved> {
  return JSON.parse(JSON.stringify(told));
}
