import { expect } from "vitest";
import { newSessionId, tenantId } from "../../core/ids.ts";
import { currentSession, changes, escalated, fired, sessionEvents, settles } from "./session-steps.ts";
import {
  answered,
  calling,
  clocks,
  connected,
  newCustomer,
  noon,
  ref,
  rings,
  says,
  settlementOf,
  speech,
  takeTurn,
  tenant,
  text,
  type Stage,
} from "./stage.ts";
import { claimOf } from "./tool-calls.ts";

const { idleMs, closeMs } = clocks;
/** Long after a session that began at noon is over. */
const later = noon + 2 * closeMs;

/** How sessions begin, change and end. */
export function sessionContract({ ledger, fresh, test }: Stage): void {
  test("a session is new until something was answered", async () => {
    const customer = newCustomer();
    const subjectId = await says(ledger(), customer, "Hello");
    const first = await currentSession(ledger(), subjectId);
    const { id } = first;
    expect(first).toEqual({ id, tenant, subjectId, number: 1, state: "NEW", startedAt: noon, lastActiveAt: noon });
    const { turn, fence } = await takeTurn(ledger(), subjectId);
    expect(turn.session).toBe(id);
    await ledger().settle({ settlement: settlementOf(turn), fence, now: noon });
    await ledger().accept(text(customer, "Thanks", { now: noon + 7 }));
    expect(await currentSession(ledger(), subjectId)).toEqual({ ...first, state: "ACTIVE", lastActiveAt: noon + 7 });
    expect(await sessionEvents(ledger(), subjectId)).toEqual([
      ["session_started", { session: id, number: 1 }],
      ["session_changed", { session: id, from: "NEW", to: "ACTIVE", reason: "answered" }],
    ]);
  });

  test("a silence makes a session idle, a word brings it back, a long silence closes it, and the next word begins another", async () => {
    const own = await fresh();
    const customer = newCustomer();
    const { subjectId } = await answered(own, customer, "On its way.");
    const { id } = await currentSession(own, subjectId);
    await fired(own, noon + idleMs);
    expect(await currentSession(own, subjectId)).toMatchObject({ state: "IDLE", lastActiveAt: noon });

    const back = noon + idleMs + 1_000;
    await own.accept(text(customer, "Still there?", { now: back }));
    expect(await currentSession(own, subjectId)).toMatchObject({ id, state: "ACTIVE", lastActiveAt: back });
    await settles(own, subjectId, { now: back });
    await fired(own, back + idleMs);
    const over = back + idleMs + closeMs;
    await fired(own, over);
    const first = await currentSession(own, subjectId);
    expect(first).toMatchObject({ id, state: "CLOSED", endedAt: over, lastActiveAt: back });

    await own.accept(text(customer, "It is me again", { now: over + 5 }));
    const second = await currentSession(own, subjectId);
    expect(second).toMatchObject({ number: 2, state: "NEW", startedAt: over + 5, lastActiveAt: over + 5 });
    expect(await own.sessions.list(ref(subjectId), 10)).toEqual([second, first]);
    expect(await own.sessions.list(ref(subjectId), 1)).toEqual([second]);
    expect((await takeTurn(own, subjectId, { now: over + 5 })).turn.session).toBe(second.id);
    expect(await sessionEvents(own, subjectId)).toEqual([
      ["session_started", { session: id, number: 1 }],
      ["session_changed", { session: id, from: "NEW", to: "ACTIVE", reason: "answered" }],
      ["session_changed", { session: id, from: "ACTIVE", to: "IDLE", reason: "idle_timeout" }],
      ["session_changed", { session: id, from: "IDLE", to: "ACTIVE", reason: "message" }],
      ["session_changed", { session: id, from: "ACTIVE", to: "IDLE", reason: "idle_timeout" }],
      ["session_changed", { session: id, from: "IDLE", to: "CLOSED", reason: "close_timeout" }],
      ["session_ended", { session: id, reason: "close_timeout", from: "IDLE" }],
      ["session_started", { session: second.id, number: 2 }],
    ]);
  });

  test("STOP, and what is said after it, is activity like any other", async () => {
    const own = await fresh();
    const customer = newCustomer();
    const { subjectId } = await answered(own, customer, "On its way.");
    await fired(own, noon + idleMs);
    await own.accept(text(customer, "STOP", { now: noon + idleMs }));
    expect(await currentSession(own, subjectId)).toMatchObject({ state: "ACTIVE", number: 1 });
    await fired(own, later);
    await own.accept(text(customer, "hello?", { now: later }));
    expect(await currentSession(own, subjectId)).toMatchObject({ state: "NEW", number: 2 });
  });

  test("a message that comes twice begins one session", async () => {
    const own = await fresh();
    const customer = newCustomer();
    const { subjectId } = await answered(own, customer, "On its way.");
    await changes(own, subjectId, { cause: "closed" });
    const arrival = text(customer, "Hello again");
    await Promise.all([own.accept(arrival), own.accept(arrival), own.accept(text(customer, "Hello?"))]);
    expect(await own.sessions.list(ref(subjectId), 10)).toMatchObject([{ number: 2 }, { number: 1 }]);
  });

  test("a call that rings brings a session back, and begins another when it was closed", async () => {
    const own = await fresh();
    const customer = newCustomer();
    const { subjectId } = await answered(own, customer, "On its way.");
    const { id } = await currentSession(own, subjectId);
    await fired(own, noon + idleMs);
    const { callSid } = await rings(own, customer, { now: noon + idleMs });
    expect(await currentSession(own, subjectId)).toMatchObject({ id, state: "ACTIVE" });
    await own.calls.end({ callSid, now: noon + idleMs });
    await fired(own, later);
    expect(await currentSession(own, subjectId)).toMatchObject({ id, state: "CLOSED" });
    const again = await rings(own, customer, { now: later });
    const second = await currentSession(own, subjectId);
    expect(second).toMatchObject({ state: "NEW", number: 2, startedAt: later });
    expect((await connected(own, again.callSid, { now: later })).session).toBe(second.id);
  });

  test("what a caller says after the session was closed begins another, with the same clocks", async () => {
    const own = await fresh();
    const connection = await calling(own, newCustomer());
    const { subjectId } = connection.call;
    expect(connection.session).toBe((await currentSession(own, subjectId)).id);
    await changes(own, subjectId, { cause: "closed" });
    const arrival = speech(connection, "One more thing");
    const said = await own.acceptSpoken(arrival);
    const second = await currentSession(own, subjectId);
    expect(second).toMatchObject({ number: 2, state: "NEW" });
    expect(said).toMatchObject({ kind: "turn", turn: { session: second.id } });
    expect(await own.timers.nextAt()).toBe(noon + idleMs);
    await own.acceptSpoken(arrival);
    expect(await currentSession(own, subjectId)).toEqual(second);
  });

  test("whoever needs a person waits for one, and a turn that only records changes nothing", async () => {
    expect(await currentSession(ledger(), await escalated(ledger()))).toMatchObject({ state: "WAITING_AGENT" });
    for (const outcome of ["recorded", "held"] as const) {
      const subjectId = await says(ledger(), newCustomer(), "Hello");
      await settles(ledger(), subjectId, { outcome });
      expect(await currentSession(ledger(), subjectId)).toMatchObject({ state: "NEW" });
    }
    const failing = await says(ledger(), newCustomer(), "Hello");
    await settles(ledger(), failing, { outcome: "failed" });
    expect(await currentSession(ledger(), failing)).toMatchObject({ state: "ACTIVE" });
  });

  test("an act whose ending nobody knows makes the session wait for a person, and says so", async () => {
    const subjectId = await says(ledger(), newCustomer(), "Cancel it");
    const { turn, fence } = await takeTurn(ledger(), subjectId);
    await ledger().toolCalls.claim(claimOf(turn, fence));
    await ledger().settle({ settlement: settlementOf(turn), fence, now: noon });
    const session = turn.session;
    expect(await sessionEvents(ledger(), subjectId)).toEqual([
      ["session_started", { session, number: 1 }],
      ["session_changed", { session, from: "NEW", to: "ACTIVE", reason: "answered" }],
      ["session_changed", { session, from: "ACTIVE", to: "WAITING_AGENT", reason: "escalated" }],
    ]);
  });

  test("a session is closed from outside, once, and only by its own tenant", async () => {
    const own = await fresh();
    const { subjectId, turn } = await answered(own, newCustomer(), "On its way.");
    const closing = { ...ref(subjectId), cause: "closed", by: "console", now: noon + 9 } as const;
    expect(await own.sessions.change({ ...closing, tenant: tenantId("other") })).toBeUndefined();
    const change = await own.sessions.change(closing);
    const closed = await currentSession(own, subjectId);
    expect(change).toEqual({ session: closed, from: "ACTIVE", cause: "closed", toSend: false });
    expect(closed).toMatchObject({ state: "CLOSED", endedAt: noon + 9 });
    expect(await own.sessions.change(closing)).toBeUndefined();
    expect(await own.timers.nextAt()).toBeUndefined();
    const { session } = turn;
    expect((await sessionEvents(own, subjectId)).slice(2)).toEqual([
      ["session_changed", { session, from: "ACTIVE", to: "CLOSED", reason: "closed", by: "console" }],
      ["session_ended", { session, reason: "closed", from: "ACTIVE" }],
    ]);
  });

  test("an answer that comes after the end opens nothing, the need for a person does", async () => {
    const own = await fresh();
    const subjectId = await says(own, newCustomer(), "Hello");
    const { turn, fence } = await takeTurn(own, subjectId);
    await changes(own, subjectId, { cause: "closed" });
    await own.settle({ settlement: settlementOf(turn), fence, now: noon });
    expect(await currentSession(own, subjectId)).toMatchObject({ state: "CLOSED", number: 1 });
    await changes(own, subjectId, { cause: "escalated", now: noon + 1 });
    const again = await currentSession(own, subjectId);
    expect(again).toMatchObject({ id: turn.session, state: "WAITING_AGENT", lastActiveAt: noon + 1 });
    expect(again.endedAt).toBeUndefined();
    expect(await own.timers.nextAt()).toBe(noon + 1 + idleMs);
  });

  test("another tenant sees no session", async () => {
    const subjectId = await says(ledger(), newCustomer(), "Hello");
    const stranger = { tenant: tenantId("other"), subjectId };
    expect(await ledger().sessions.current(stranger)).toBeUndefined();
    expect(await ledger().sessions.list(stranger, 10)).toEqual([]);
    expect(await ledger().sessions.list(ref(subjectId), 10)).toHaveLength(1);
  });

  test("a session is found by its id, within its tenant", async () => {
    const subjectId = await says(ledger(), newCustomer(), "Hello");
    const session = await currentSession(ledger(), subjectId);
    expect(await ledger().sessions.get({ tenant, sessionId: session.id })).toEqual(session);
    expect(await ledger().sessions.get({ tenant: tenantId("other"), sessionId: session.id })).toBeUndefined();
    expect(await ledger().sessions.get({ tenant, sessionId: newSessionId(noon) })).toBeUndefined();
  });

  test("a program that answers by itself brings a session to life, and ends nobody's waiting for a person", async () => {
    const subjectId = await says(ledger(), newCustomer(), "Hello");
    const change = { ...ref(subjectId), cause: "answered", by: "library", now: noon + 1 } as const;
    expect(await ledger().sessions.change(change)).toMatchObject({ from: "NEW", session: { state: "ACTIVE" } });
    const waiting = await escalated(ledger());
    expect(await ledger().sessions.change({ ...change, subjectId: waiting })).toBeUndefined();
  });
}
