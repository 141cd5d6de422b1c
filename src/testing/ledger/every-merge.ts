import fc from "fast-check";
import { expect } from "vitest";
import { newMergeId, type InboxId, type MergeId, type SubjectId } from "../../core/ids.ts";
import type { Ledger } from "../../core/ports/ledger.ts";
import { newCustomer, noon, ref, tenant, text, type Customer, type Stage } from "./stage.ts";

/** What holds for every order of merges, splits and texts. */
export function everyMergeContract({ ledger, test }: Stage): void {
  test("whatever is merged and split, no address and no text is lost or in two places, and every id leads somewhere", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(someStep(), { minLength: 1, maxLength: 25 }), async (steps) => {
        const town = await newTown(ledger());
        for (const step of steps) {
          await take(town, step);
          await compare(town);
        }
      }),
      { numRuns: 40 },
    );
  });
}

type Step =
  | { readonly kind: "says"; readonly who: number }
  | { readonly kind: "merge"; readonly into: number; readonly from: number; readonly finish: boolean }
  | { readonly kind: "split"; readonly merge: number; readonly finish: boolean }
  | { readonly kind: "finish" };

interface KnownMerge {
  readonly id: MergeId;
  readonly into: SubjectId;
  readonly from: SubjectId;
  readonly addresses: readonly string[];
  state: "merging" | "merged" | "splitting" | "split";
}

/** Some people, and what a simple model says of them. */
interface Town {
  readonly ledger: Ledger;
  readonly people: readonly { readonly customer: Customer; readonly id: SubjectId }[];
  /** Whose each address is. */
  readonly owners: Map<string, SubjectId>;
  readonly partOf: Map<SubjectId, SubjectId>;
  readonly merges: KnownMerge[];
  readonly texts: { readonly id: InboxId; readonly addressKey: string }[];
}

const PEOPLE = 4;

function someStep(): fc.Arbitrary<Step> {
  const who = fc.nat(PEOPLE - 1);
  const finish = fc.boolean();
  return fc.oneof(
    { arbitrary: fc.record({ kind: fc.constant("says" as const), who }), weight: 4 },
    { arbitrary: fc.record({ kind: fc.constant("merge" as const), into: who, from: who, finish }), weight: 4 },
    { arbitrary: fc.record({ kind: fc.constant("split" as const), merge: fc.nat(10), finish }), weight: 3 },
    { arbitrary: fc.constant({ kind: "finish" as const }), weight: 1 },
  );
}

async function newTown(ledger: Ledger): Promise<Town> {
  const town = { ledger, owners: new Map(), partOf: new Map(), merges: [], texts: [] };
  const people: { readonly customer: Customer; readonly id: SubjectId }[] = [];
  for (let n = 0; n < PEOPLE; n += 1) {
    const customer = newCustomer();
    people.push({ customer, id: await say({ ...town, people }, customer) });
  }
  for (const { customer, id } of people) town.owners.set(customer.addressKey, id);
  return { ...town, people };
}

async function say(town: Town, customer: Customer): Promise<SubjectId> {
  const { subjectId, inboxId } = await town.ledger.accept(text(customer, "Hello"));
  const { addressKey } = customer;
  town.texts.push({ id: inboxId, addressKey });
  expect(subjectId).toBe(town.owners.get(addressKey) ?? subjectId);
  return subjectId;
}

async function take(town: Town, step: Step): Promise<void> {
  switch (step.kind) {
    case "says": {
      await say(town, at(town.people, step.who).customer);
      return;
    }
    case "merge":
      await mergeTwo(town, { into: at(town.people, step.into).id, from: at(town.people, step.from).id });
      break;
    case "split":
      await splitOne(town, town.merges[step.merge % Math.max(1, town.merges.length)]);
      break;
    case "finish":
      break;
  }
  if (step.kind === "finish" || step.finish) await finishAll(town);
}

async function mergeTwo(town: Town, named: { readonly into: SubjectId; readonly from: SubjectId }): Promise<void> {
  const mergeId = newMergeId(noon);
  const outcome = await town.ledger.merges.merge({ tenant, mergeId, ...named, reason: "", by: "test", now: noon });
  const [into, from] = [standsFor(town, named.into), standsFor(town, named.from)];
  const why =
    named.into === named.from
      ? "itself"
      : into === from
        ? "already"
        : isBusy(town, into) || isBusy(town, from)
          ? "busy"
          : undefined;
  expect(outcome.kind === "refused" ? outcome.why : undefined).toBe(why);
  if (why !== undefined) return;
  const addresses = [...town.owners].filter(([, id]) => id === from).map(([key]) => key);
  for (const key of addresses) town.owners.set(key, into);
  town.partOf.set(from, into);
  town.merges.push({ id: mergeId, into, from, addresses, state: "merging" });
}

async function splitOne(town: Town, merge: KnownMerge | undefined): Promise<void> {
  if (merge === undefined) return;
  const outcome = await town.ledger.merges.split({ tenant, mergeId: merge.id, by: "test", now: noon });
  const over = merge.state === "splitting" || merge.state === "split";
  const superseded = town.partOf.has(merge.into) ? "superseded" : undefined;
  const why = over ? "already" : (superseded ?? (isBusy(town, merge.into) ? "busy" : undefined));
  expect(outcome.kind === "refused" ? outcome.why : undefined).toBe(why);
  if (why !== undefined) return;
  for (const key of merge.addresses) if (town.owners.get(key) === merge.into) town.owners.set(key, merge.from);
  town.partOf.delete(merge.from);
  merge.state = "splitting";
}

async function finishAll(town: Town): Promise<void> {
  for (const merge of town.merges.filter(isUnfinished)) {
    await town.ledger.merges.finish(merge.id);
    merge.state = merge.state === "merging" ? "merged" : "split";
  }
}

/** Holds the ledger against the model. */
async function compare(town: Town): Promise<void> {
  const { ledger, people, owners, texts } = town;
  for (const [key, id] of owners) expect(await ledger.subjects.find(tenant, key)).toBe(id);
  for (const { id } of people) {
    const one = standsFor(town, id);
    expect(await ledger.merges.resolve(ref(id))).toBe(one);
    const keys = [...owners].filter(([, owner]) => owner === one).map(([key]) => key);
    expect((await ledger.subjects.get(ref(id)))?.addressKeys).toEqual(keys.toSorted());
    const waiting = texts.filter(({ addressKey }) => owners.get(addressKey) === one);
    expect((await ledger.inbox.pending(ref(id))).map((row) => row.id)).toEqual(waiting.map((row) => row.id));
  }
}

function standsFor(town: Town, id: SubjectId): SubjectId {
  const whole = town.partOf.get(id);
  return whole === undefined ? id : standsFor(town, whole);
}

function isBusy(town: Town, id: SubjectId): boolean {
  return town.merges.some((merge) => isUnfinished(merge) && (merge.into === id || merge.from === id));
}

function isUnfinished(merge: KnownMerge): boolean {
  return merge.state === "merging" || merge.state === "splitting";
}

function at<Thing>(things: readonly Thing[], index: number): Thing {
  const thing = things[index];
  if (thing === undefined) throw new Error("there is nobody with that number");
  return thing;
}
