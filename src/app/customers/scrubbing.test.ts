import { expect, test } from "vitest";
import { openPeople, type People } from "../../../test/support/people.ts";
import { ContinuoError } from "../../core/errors.ts";
import type { LifeCycle } from "../../core/ports/life-cycle.ts";
import { nextDailyScrub, SCRUB_AGAIN_MS } from "../../core/scrub-timer.ts";
import { tenant } from "../../testing/ledger/stage.ts";
import { openScrubbing, oweScrub } from "./scrubbing.ts";

/** The scrubbing of a program whose files are cleaned when the test says so. */
async function openWith(clean: () => Promise<void>) {
  const people = await openPeople();
  const { ledger, clock } = people;
  const lifeCycle: LifeCycle = { ...ledger.lifeCycle, scrub: clean };
  const scrubbing = openScrubbing({ ledger: { ...ledger, lifeCycle }, clock });
  return { people, scrubbing };
}

async function timers({ ledger }: People): Promise<number | undefined> {
  return await ledger.timers.nextAt();
}

test("many who ask while the files are cleaned wait for one more cleaning, which sees what they removed", async () => {
  const gates: PromiseWithResolvers<void>[] = [];
  const { scrubbing } = await openWith(() => {
    const gate = Promise.withResolvers<void>();
    gates.push(gate);
    return gate.promise;
  });
  const first = scrubbing.scrub();
  await expect.poll(() => gates.length).toBe(1);
  const others = [1, 2, 3].map(() => scrubbing.scrub());
  gates[0]?.resolve();
  expect(await first).toBe(true);
  await expect.poll(() => gates.length).toBe(2);
  gates[1]?.resolve();
  expect(await Promise.all(others)).toEqual([true, true, true]);
  expect(gates).toHaveLength(2);
});

test("what is owed is written down, and taken back once the files are clean", async () => {
  const { people, scrubbing } = await openWith(() => Promise.resolve());
  const removed = await scrubbing.owe(tenant);
  removed();
  expect(await timers(people)).toBeGreaterThan(people.clock.now());
  expect(await scrubbing.scrub()).toBe(true);
  expect(await timers(people)).toBeUndefined();
});

test("files that are busy are cleaned when the timer fires, also by the next program", async () => {
  let busy = true;
  let cleaned = 0;
  const { people, scrubbing } = await openWith(() => {
    if (busy) return Promise.reject(new ContinuoError("ledger_unavailable", "somebody reads"));
    cleaned += 1;
    return Promise.resolve();
  });
  const removed = await scrubbing.owe(tenant);
  removed();
  expect(await scrubbing.scrub()).toBe(false);
  busy = false;
  await scrubbing.goOn();
  expect(cleaned).toBe(0);
  people.clock.advance(SCRUB_AGAIN_MS);
  const fired = await people.ledger.fireTimer(people.clock.now());
  if (fired === undefined) throw new Error("the timer is due");
  scrubbing.fired(fired);
  await scrubbing.goOn();
  await scrubbing.goOn();
  expect(cleaned).toBe(1);
  expect(await timers(people)).toBeUndefined();
});

test("what is removed while the files are cleaned, or not before, is still owed afterwards", async () => {
  let gate = Promise.withResolvers<void>();
  let begun = 0;
  const { people, scrubbing } = await openWith(() => {
    begun += 1;
    return gate.promise;
  });
  const first = scrubbing.scrub();
  await expect.poll(() => begun).toBe(1);
  const removed = await scrubbing.owe(tenant);
  gate.resolve();
  expect(await first).toBe(true);
  expect(await timers(people)).toBeDefined();
  gate = Promise.withResolvers<void>();
  const second = scrubbing.scrub();
  await expect.poll(() => begun).toBe(2);
  removed();
  gate.resolve();
  expect(await second).toBe(true);
  expect(await timers(people)).toBeDefined();
  expect(await scrubbing.scrub()).toBe(true);
  expect(await timers(people)).toBeUndefined();
});

test("what may wait is cleaned once a day, however often it is owed, and with whatever is cleaned before", async () => {
  const { people, scrubbing } = await openWith(() => Promise.resolve());
  const { clock } = people;
  const due = nextDailyScrub(clock.now());
  expect(due - clock.now()).toBeGreaterThan(0);
  expect(due - clock.now()).toBeLessThanOrEqual(86_400_000);
  for (const at of [clock.now(), due - 1]) {
    clock.advance(at - clock.now());
    const removed = await scrubbing.oweDaily(tenant);
    removed();
    expect(await timers(people)).toBe(due);
  }
  clock.advance(1);
  const fired = await people.ledger.fireTimer(clock.now());
  expect(fired).toMatchObject({ body: { kind: "scrub" } });
  if (fired !== undefined) scrubbing.fired(fired);
  await scrubbing.goOn();
  expect(await timers(people)).toBeUndefined();
  expect(nextDailyScrub(due)).toBe(due + 86_400_000);
  const removed = await scrubbing.oweDaily(tenant);
  removed();
  expect(await scrubbing.scrub()).toBe(true);
  expect(await timers(people)).toBeUndefined();
});

test("a failure that does not pass is told", async () => {
  const { scrubbing } = await openWith(() => Promise.reject(new Error("a fault")));
  await expect(scrubbing.scrub()).rejects.toThrow("a fault");
});

test("a program that must not hold up the server leaves it word, to be heard at once", async () => {
  const { people, scrubbing } = await openWith(() => Promise.resolve());
  await oweScrub(people, { tenant, inMs: 0 });
  const fired = await people.ledger.fireTimer(people.clock.now());
  expect(fired).toMatchObject({ body: { kind: "scrub" } });
  if (fired !== undefined) scrubbing.fired(fired);
  await scrubbing.goOn();
  expect(await timers(people)).toBeUndefined();
});
