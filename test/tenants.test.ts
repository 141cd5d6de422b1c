import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newMergeId } from "../src/core/ids.ts";
import { noon } from "../src/testing/ledger/stage.ts";
import { ledgerAsks, storeAsks, type ForeignAsk, type ForeignAsks } from "./support/foreign-asks.ts";
import { planted, twoTenants, type TwoTenants } from "./support/two-tenants.ts";

describe.each(["sqlite", "memory"] as const)("another business, with the conversations in %s,", (place) => {
  let world: TwoTenants;

  beforeAll(async () => {
    world = await twoTenants(place);
  });

  afterAll(() => world[Symbol.asyncDispose]());

  test.each(asksIn(storeAsks))("is given nothing by store.%s", async (_name, one) => {
    await expectNothing(world, one);
  });

  test.each(asksIn(ledgerAsks))("is given nothing by ledger.%s", async (_name, one) => {
    await expectNothing(world, one);
  });

  test("changes nothing, whatever it asks for and in whichever order", async () => {
    const before = await world.kept();
    expect(before.length).toBeGreaterThan(30);
    const all = [...asksIn(storeAsks), ...asksIn(ledgerAsks)].map(([, one]) => one);
    const asking = fc.asyncProperty(fc.shuffledSubarray(all, { minLength: 1 }), async (asked) => {
      for (const one of asked) await expectNothing(world, one);
      expect(await world.kept()).toEqual(before);
    });
    await fc.assert(asking, { numRuns: 20 });
  });

  test("has no customer in common with the first one, though the number is the same", async () => {
    const { ledger, known, theirs } = world;
    const wish = { mergeId: newMergeId(noon), reason: "the same number", by: "test", now: noon };
    const merge = { ...wish, tenant: known.tenant, into: known.subjectId, from: theirs.subjectId };
    expect(await ledger.merges.merge(merge)).toMatchObject({ kind: "refused" });
    expect(await ledger.merges.resolve(theirs)).toBe(theirs.subjectId);
    expect(theirs.subjectId).not.toBe(known.subjectId);
  });

  test("could ask by every method there is, and where it cannot, it is known why", () => {
    expect(methodsOf(world.store)).toEqual(Object.keys(storeAsks).toSorted());
    expect(methodsOf(world.ledger)).toEqual(Object.keys(ledgerAsks).toSorted());
  });
});

function asksIn(asks: ForeignAsks): readonly (readonly [string, ForeignAsk])[] {
  return Object.entries(asks).flatMap(([name, one]) => (typeof one === "string" ? [] : [[name, one] as const]));
}

async function expectNothing(world: TwoTenants, { ask, gets }: ForeignAsk): Promise<void> {
  const given = await ask(world);
  expect(given).toEqual(gets(world));
  const { turnId, sessionId } = world;
  for (const word of [planted, turnId, sessionId]) expect(JSON.stringify(given) ?? "").not.toContain(word);
}

/** The names of a port's methods, and of those of the ports in it: `find`, `subjects.find`. */
function methodsOf(port: object): readonly string[] {
  return Object.entries(port)
    .filter(([name]) => !insides.has(name))
    .flatMap(([name, member]: readonly [string, unknown]) => {
      if (typeof member === "function") return [name];
      return typeof member === "object" && member !== null ? methodsOf(member).map((inner) => `${name}.${inner}`) : [];
    })
    .toSorted();
}

/** What the SQLite ledger shows to a store in the same file, and nobody else. */
const insides = new Set(["writer", "read", "holder"]);
