import { expect } from "vitest";
import { newTimerId } from "../../core/ids.ts";
import { currentSession, changes, escalated, fired, settles } from "./session-steps.ts";
import {
  answered,
  calling,
  clocks,
  newCustomer,
  noon,
  rings,
  says,
  settlementOf,
  takeTurn,
  tenant,
  text,
  type Stage,
} from "./stage.ts";
import { claimOf } from "./tool-calls.ts";

const { idleMs, closeMs } = clocks;

/** What the clocks of sessions must do. */
export function sessionClockContract({ fresh, test }: Stage): void {
  test("a session is idle after its silence and closed after the next, each once", async () => {
    const own = await fresh();
    const { subjectId, turn } = await answered(own, newCustomer(), "On its way.");
    expect(await own.fireTimer(noon + idleMs - 1)).toBeUndefined();
    const body = { kind: "session", sessionId: turn.session };
    const idle = await own.fireTimer(noon + idleMs);
    const session = { session: await currentSession(own, subjectId), from: "ACTIVE", cause: "idle_timeout" };
    expect(idle).toEqual({ body, subjectId, tenant, toSend: false, session });
    expect(await own.fireTimer(noon + idleMs)).toBeUndefined();
    expect(await own.timers.nextAt()).toBe(noon + idleMs + closeMs);
    expect(await own.fireTimer(noon + idleMs + closeMs)).toMatchObject({
      session: { session: { state: "CLOSED" }, from: "IDLE", cause: "close_timeout" },
    });
    expect(await own.timers.nextAt()).toBeUndefined();
  });

  test("what the customer says puts the silence off", async () => {
    const own = await fresh();
    const customer = newCustomer();
    await answered(own, customer, "On its way.");
    await own.accept(text(customer, "Thanks", { now: noon + idleMs - 1 }));
    expect(await fired(own, noon + idleMs)).toEqual([undefined]);
    expect(await own.timers.nextAt()).toBe(noon + 2 * idleMs - 1);
    expect(await fired(own, noon + 2 * idleMs - 1)).toEqual(["IDLE"]);
  });

  test("whoever comes back from idle has the whole silence again", async () => {
    const own = await fresh();
    const customer = newCustomer();
    const { subjectId } = await answered(own, customer, "On its way.");
    await fired(own, noon + idleMs);
    await own.accept(text(customer, "Thanks", { now: noon + closeMs }));
    await settles(own, subjectId, { now: noon + closeMs });
    expect(await own.timers.nextAt()).toBe(noon + closeMs + idleMs);
    expect(await fired(own, noon + closeMs + idleMs)).toEqual(["IDLE"]);
    expect(await own.timers.nextAt()).toBe(noon + 2 * closeMs + idleMs);
  });

  test("a clock that is looked at long after its time goes through idle to closed", async () => {
    const own = await fresh();
    const { subjectId } = await answered(own, newCustomer(), "On its way.");
    const late = noon + 10 * closeMs;
    expect(await fired(own, late)).toEqual(["IDLE", "CLOSED"]);
    expect(await currentSession(own, subjectId)).toMatchObject({ endedAt: late, lastActiveAt: noon });
  });

  test("a session's clocks are those that it began with", async () => {
    const own = await fresh();
    const customer = newCustomer();
    await own.accept(text(customer, "Hello", { session: { idleMs: 1_000, closeMs: 0.4 } }));
    const subjectId = await says(own, customer, "Hello?");
    await settles(own, subjectId);
    expect(await fired(own, noon + 1_000)).toEqual(["IDLE", "CLOSED"]);
    await says(own, customer, "Again");
    expect(await own.timers.nextAt()).toBe(noon + idleMs);
  });

  test("nobody is idle who is on the phone, also between two sockets", async () => {
    const own = await fresh();
    const connection = await calling(own, newCustomer());
    const { callSid, epoch } = connection.call;
    expect(await fired(own, noon + idleMs)).toEqual([undefined]);
    expect(await own.timers.nextAt()).toBe(noon + 2 * idleMs);
    const timerId = newTimerId(noon);
    await own.calls.drop({ callSid, epoch, graceMs: 10 * idleMs, timerId, now: noon + idleMs });
    expect(await fired(own, noon + 2 * idleMs)).toEqual([undefined]);
    await own.calls.end({ callSid, now: noon + 2 * idleMs });
    expect(await fired(own, noon + 3 * idleMs)).toEqual(["IDLE"]);
  });

  test("a call that rang and was never heard of again keeps nobody from being idle", async () => {
    const own = await fresh();
    await rings(own, newCustomer());
    expect(await fired(own, noon + idleMs)).toEqual(["IDLE"]);
  });

  test("whoever waits for a person waits through every clock", async () => {
    const own = await fresh();
    const subjectId = await escalated(own);
    expect(await fired(own, noon + idleMs)).toEqual([undefined]);
    expect(await own.timers.nextAt()).toBe(noon + 2 * idleMs);
    const monthLater = noon + 30 * closeMs;
    expect(await fired(own, monthLater)).toEqual([undefined]);
    expect(await currentSession(own, subjectId)).toMatchObject({ state: "WAITING_AGENT", number: 1 });

    const change = await changes(own, subjectId, { cause: "operator_answered", now: monthLater });
    expect(change).toMatchObject({ from: "WAITING_AGENT", session: { state: "ACTIVE" }, toSend: false });
    expect(await fired(own, monthLater + idleMs - 1)).toEqual([]);
    expect(await fired(own, monthLater + idleMs)).toEqual(["IDLE"]);
    expect(await fired(own, monthLater + idleMs + closeMs)).toEqual(["CLOSED"]);
  });

  test("a session is not closed while an act is under way, nor before its ending was told", async () => {
    const own = await fresh();
    const subjectId = await says(own, newCustomer(), "Cancel it");
    const { turn, fence } = await takeTurn(own, subjectId);
    const claim = claimOf(turn, fence, { deadlineAt: noon + 10 * closeMs });
    await own.toolCalls.claim(claim);
    await own.settle({ settlement: settlementOf(turn, { openCalls: [claim.callId] }), fence, now: noon });
    expect(await fired(own, noon + idleMs)).toEqual(["IDLE"]);
    const due = noon + idleMs + closeMs;
    expect(await fired(own, due)).toEqual([undefined]);
    expect(await own.timers.nextAt()).toBe(due + idleMs);
    await own.toolCalls.finish({ id: claim.id, output: "cancelled", now: due });
    expect(await fired(own, due + idleMs)).toEqual([undefined]);
    // The ending is told, and the silence after it is a new one.
    await settles(own, subjectId, { now: due + idleMs });
    expect(await currentSession(own, subjectId)).toMatchObject({ state: "ACTIVE", number: 1 });
    expect(await fired(own, due + 2 * idleMs)).toEqual(["IDLE"]);
    expect(await fired(own, due + 2 * idleMs + closeMs)).toEqual(["CLOSED"]);
  });

  test("the clock of a session that is over changes nothing", async () => {
    const own = await fresh();
    const customer = newCustomer();
    const { subjectId, turn } = await answered(own, customer, "On its way.");
    await changes(own, subjectId, { cause: "closed" });
    await says(own, customer, "Hello again");
    const body = { kind: "session", sessionId: turn.session } as const;
    await own.timers.set({ id: newTimerId(noon), key: "left over", subjectId, dueAt: noon, body });
    expect(await own.fireTimer(noon)).toEqual({ body, subjectId, tenant, toSend: false });
    expect(await currentSession(own, subjectId)).toMatchObject({ state: "NEW", number: 2 });
    expect(await own.timers.nextAt()).toBe(noon + idleMs);
  });
}
