import { expect } from "vitest";
import { newTimerId } from "../../core/ids.ts";
import { deletionKey, nextDeletionMs, nobody } from "../../core/remote-deletion.ts";
import { SCRUB_AGAIN_MS, SCRUB_KEY } from "../../core/scrub-timer.ts";
import { SEAL_AGAIN_MS, sealKey } from "../../core/seal-timer.ts";
import { clocks, newCustomer, noon, ref, says, tenant, type Stage } from "./stage.ts";

/** What conversations that OpenAI keeps need of a ledger: their customers, and deletions that are not lost. */
export function remoteContract({ ledger, fresh, test }: Stage): void {
  test("a deletion at OpenAI is handed on again, later and later, until it is taken back", async () => {
    const own = await fresh();
    const body = { kind: "forget_remote", tenant, conversationId: "conv_1", attempt: 1 } as const;
    const key = deletionKey("conv_1");
    await own.timers.set({ id: newTimerId(noon), key, subjectId: nobody, dueAt: noon, body });
    expect(await own.fireTimer(noon)).toEqual({ body, subjectId: nobody, tenant, toSend: false });
    const second = noon + (nextDeletionMs(1) ?? 0);
    expect(await own.fireTimer(noon)).toBeUndefined();
    expect(await own.timers.nextAt()).toBe(second);
    expect(await own.fireTimer(second)).toMatchObject({ body: { conversationId: "conv_1", attempt: 2 } });
    expect(await own.timers.nextAt()).toBe(second + (nextDeletionMs(2) ?? 0));
    await own.timers.cancel(key);
    expect(await own.timers.nextAt()).toBeUndefined();
  });

  test("a deletion at OpenAI is given up after its last attempt", async () => {
    const own = await fresh();
    let attempt = 1;
    while (nextDeletionMs(attempt) !== undefined) attempt += 1;
    const body = { kind: "forget_remote", tenant, conversationId: "conv_1", attempt } as const;
    await own.timers.set({ id: newTimerId(noon), key: deletionKey("conv_1"), subjectId: nobody, dueAt: noon, body });
    expect(await own.fireTimer(noon)).toMatchObject({ body });
    expect(await own.timers.nextAt()).toBeUndefined();
  });

  test("that the files are to be cleaned is told again and again, until it is taken back", async () => {
    const own = await fresh();
    const body = { kind: "scrub", tenant } as const;
    await own.timers.set({ id: newTimerId(noon), key: SCRUB_KEY, subjectId: nobody, dueAt: noon, body });
    expect(await own.fireTimer(noon)).toEqual({ body, subjectId: nobody, tenant, toSend: false });
    expect(await own.fireTimer(noon)).toBeUndefined();
    expect(await own.fireTimer(noon + SCRUB_AGAIN_MS)).toMatchObject({ body });
    await own.timers.cancel(SCRUB_KEY);
    expect(await own.timers.nextAt()).toBeUndefined();
  });

  test("forgetting a customer leaves the deletion at OpenAI to come", async () => {
    const own = await fresh();
    const subjectId = await says(own, newCustomer(), "Hello");
    const body = { kind: "forget_remote", tenant, conversationId: "conv_1", attempt: 1 } as const;
    await own.timers.set({ id: newTimerId(noon), key: deletionKey("conv_1"), subjectId: nobody, dueAt: noon, body });
    await own.lifeCycle.forget({ ...ref(subjectId), by: "test", now: noon });
    expect(await own.fireTimer(noon)).toMatchObject({ body });
  });

  test("whoever is forgotten leaves word that their conversation is to be sealed, until that is taken back", async () => {
    const own = await fresh();
    const subjectId = await says(own, newCustomer(), "Hello");
    await own.lifeCycle.forget({ ...ref(subjectId), by: "test", now: noon });
    const body = { kind: "seal", tenant, subjectId } as const;
    expect(await own.fireTimer(noon + SEAL_AGAIN_MS - 1)).toBeUndefined();
    for (const now of [noon + SEAL_AGAIN_MS, noon + 2 * SEAL_AGAIN_MS]) {
      expect(await own.fireTimer(now)).toEqual({ body, subjectId: nobody, tenant, toSend: false });
      expect(await own.fireTimer(now)).toBeUndefined();
    }
    await own.timers.cancel(sealKey(subjectId));
    expect(await own.timers.nextAt()).toBeUndefined();
  });

  test("a customer who never wrote is made once, with a session", async () => {
    const { addressKey, alias } = newCustomer();
    const whom = { tenant, addressKey, alias, session: clocks, now: noon };
    const subjectId = await ledger().subjects.findOrMake(whom);
    expect(await ledger().subjects.findOrMake({ ...whom, now: noon + 1 })).toBe(subjectId);
    expect(await ledger().subjects.get(ref(subjectId))).toMatchObject({ alias, addressKeys: [addressKey] });
    expect(await ledger().sessions.current(ref(subjectId))).toMatchObject({ number: 1, state: "NEW" });
  });

  test("a customer who wrote before is found, and not changed", async () => {
    const customer = newCustomer();
    const subjectId = await says(ledger(), customer, "Hello");
    const { addressKey } = customer;
    const whom = { tenant, addressKey, alias: "other", session: clocks, now: noon + 1 };
    expect(await ledger().subjects.findOrMake(whom)).toBe(subjectId);
    expect(await ledger().subjects.get(ref(subjectId))).toMatchObject({ alias: customer.alias });
  });
}
