import { expect } from "vitest";
import type { SubjectId } from "../../core/ids.ts";
import type { Ledger } from "../../core/ports/ledger.ts";
import { currentSession, changes, fired, sessionEvents, settles } from "./session-steps.ts";
import {
  calling,
  clocks,
  connected,
  newCustomer,
  noon,
  ours,
  ref,
  rings,
  settlementOf,
  speech,
  takeTurn,
  text,
  type Customer,
  type Stage,
} from "./stage.ts";

const { idleMs, closeMs } = clocks;
const session = { ...clocks, survey: "How did we do, from 1 to 5?" };
const over = noon + idleMs + closeMs;
const dayMs = 24 * 60 * 60_000;

/** What asking after a session must do. */
export function surveyContract({ fresh, test }: Stage): void {
  test("the question goes out once when the clock closes a session", async () => {
    const own = await fresh();
    const { subjectId, customer } = await helped(own);
    expect(await own.fireTimer(noon + idleMs)).toMatchObject({ toSend: false });
    expect(await own.fireTimer(over)).toMatchObject({ toSend: true, session: { session: { state: "CLOSED" } } });
    expect(await own.outbox.of(ref(subjectId))).toMatchObject([
      { channel: "sms", to: customer.number, from: ours, body: session.survey, state: "waiting" },
    ]);
    const { id } = await currentSession(own, subjectId);
    expect((await sessionEvents(own, subjectId)).at(-1)).toEqual(["survey_asked", { session: id }]);
    expect(await own.outbox.claim({ subjectId, now: over, ambiguousAfterMs: 1_000 })).toMatchObject({ kind: "send" });
    await changes(own, subjectId, { cause: "escalated", now: over });
    expect(await changes(own, subjectId, { cause: "closed", now: over })).toMatchObject({ toSend: false });
    expect(await own.outbox.of(ref(subjectId))).toHaveLength(1);
  });

  test("the question goes out when somebody closes a session", async () => {
    const own = await fresh();
    const { subjectId } = await helped(own);
    expect(await changes(own, subjectId, { cause: "closed" })).toMatchObject({ toSend: true });
    expect(await own.outbox.of(ref(subjectId))).toMatchObject([{ body: session.survey }]);
  });

  test("an answer is kept and thanked for, and begins no session", async () => {
    const own = await fresh();
    const { subjectId, customer } = await asked(own);
    const { id } = await currentSession(own, subjectId);
    const answer = text(customer, " 4. ", { session, now: noon + dayMs - 1 });
    expect(await own.accept(answer)).toMatchObject({ kind: "recorded", reason: "survey", notified: true });
    expect(await own.accept(answer)).toMatchObject({ kind: "duplicate" });
    expect(await currentSession(own, subjectId)).toMatchObject({ id, state: "CLOSED", number: 1 });
    expect((await sessionEvents(own, subjectId)).at(-1)).toEqual(["survey_answered", { score: 4, session: id }]);
    expect((await own.outbox.of(ref(subjectId))).map(({ body }) => body)).toEqual([session.survey, "Thank you."]);
    const { turn } = await takeTurn(own, subjectId);
    expect(turn.rows).toMatchObject([{ treatment: "record" }]);
    expect(turn.session).toBe(id);
    expect(await own.accept(text(customer, "5", { session }))).toMatchObject({ kind: "accepted" });
    expect(await currentSession(own, subjectId)).toMatchObject({ state: "NEW", number: 2 });
  });

  test("what is no answer begins the next session, in which a digit is what the customer wants", async () => {
    const own = await fresh();
    const { subjectId, customer } = await asked(own);
    expect(await own.accept(text(customer, "I need 5 more", { session }))).toMatchObject({ kind: "accepted" });
    expect(await currentSession(own, subjectId)).toMatchObject({ number: 2 });
    expect(await own.accept(text(customer, "5", { session }))).toMatchObject({ kind: "accepted" });
    await settles(own, subjectId);
    await changes(own, subjectId, { cause: "closed" });
    expect(await own.accept(text(customer, "5", { session }))).toMatchObject({ reason: "survey" });
  });

  test("after a day nobody waits for an answer", async () => {
    const own = await fresh();
    const { subjectId, customer } = await asked(own);
    expect(await own.accept(text(customer, "5", { session, now: noon + dayMs }))).toMatchObject({ kind: "accepted" });
    expect(await currentSession(own, subjectId)).toMatchObject({ state: "NEW", number: 2 });
  });

  test("nobody is asked who opted out, and STOP is no answer", async () => {
    const own = await fresh();
    const { subjectId, customer } = await helped(own);
    await own.accept(text(customer, "STOP"));
    expect(await changes(own, subjectId, { cause: "closed" })).toMatchObject({ toSend: false });
    expect(await own.outbox.of(ref(subjectId))).toEqual([]);
    const other = await asked(own);
    expect(await own.accept(text(other.customer, "STOP", { session }))).toMatchObject({ reason: "stop" });
    expect(await own.accept(text(other.customer, "5", { session }))).toMatchObject({ reason: "opted_out" });
  });

  test("nobody is asked who said nothing, or who cannot be texted, and no one when the tenant does not want it", async () => {
    const own = await fresh();
    const silent = await rings(own, newCustomer(), { session });
    await own.calls.end({ callSid: silent.callSid, now: noon });
    expect(await changes(own, silent.subjectId, { cause: "closed" })).toMatchObject({ toSend: false });
    const hidden = { number: "anonymous", addressKey: "anonymous:CA1", alias: "anonymous_1" };
    const { callSid, subjectId } = await rings(own, hidden, { session });
    await own.acceptSpoken(speech(await connected(own, callSid), "Hello"));
    expect(await changes(own, subjectId, { cause: "closed" })).toMatchObject({ toSend: false });
    const plain = newCustomer();
    const { subjectId: unasked } = await own.accept(text(plain, "Hello"));
    expect(await changes(own, unasked, { cause: "closed" })).toMatchObject({ toSend: false });
  });

  test("on WhatsApp nobody is asked a day after their last word, when nothing may be sent there", async () => {
    const own = await fresh();
    for (const [closedAt, toSend] of [
      [noon + dayMs - 1, true],
      [noon + dayMs, false],
    ] as const) {
      const customer = newCustomer();
      const arrival = text(customer, "Where is my order?", { session });
      const body = { ...arrival.body, channel: "whatsapp" } as const;
      const { subjectId } = await own.accept({ ...arrival, body });
      await settles(own, subjectId);
      expect(await changes(own, subjectId, { cause: "closed", now: closedAt })).toMatchObject({ toSend });
      expect((await sessionEvents(own, subjectId)).at(-1)?.[0]).toBe(toSend ? "survey_asked" : "session_ended");
    }
  });

  test("who called is asked by text", async () => {
    const own = await fresh();
    const customer = newCustomer();
    const connection = await calling(own, customer, { session });
    const { subjectId, callSid } = connection.call;
    const said = await own.acceptSpoken(speech(connection, "Where is my order?"));
    if (said.kind !== "turn") throw new Error(said.kind);
    await own.settle({ settlement: settlementOf(said.turn), fence: connection.fence, now: noon });
    await own.calls.end({ callSid, now: noon });
    expect(await fired(own, over)).toEqual(["IDLE", "CLOSED"]);
    expect(await own.outbox.of(ref(subjectId))).toMatchObject([{ channel: "sms", to: customer.number, from: ours }]);
  });

  test("a caller who is still on the line may answer by a key or a word, which nobody talks about", async () => {
    const own = await fresh();
    for (const kind of ["keys", "speech"] as const) {
      const connection = await calling(own, newCustomer(), { session });
      const { subjectId, callSid } = connection.call;
      const said = await own.acceptSpoken(speech(connection, "Thanks, bye"));
      if (said.kind !== "turn") throw new Error(said.kind);
      await own.settle({ settlement: settlementOf(said.turn), fence: connection.fence, now: noon });
      await changes(own, subjectId, { cause: "closed" });
      const body =
        kind === "keys" ? ({ kind, callSid, digits: "5" } as const) : ({ kind, callSid, text: "5." } as const);
      const arrival = { ...speech(connection, ""), body };
      expect(await own.acceptSpoken(arrival)).toEqual({ kind: "queued" });
      expect(await own.acceptSpoken(arrival)).toEqual({ kind: "queued" });
      expect((await sessionEvents(own, subjectId)).at(-1)).toMatchObject(["survey_answered", { score: 5 }]);
      expect(await currentSession(own, subjectId)).toMatchObject({ state: "CLOSED", number: 1 });
      expect((await takeTurn(own, subjectId)).turn.rows).toMatchObject([{ treatment: "record", body }]);
    }
  });
}

/** Somebody who was helped, in a session after which the tenant asks. */
async function helped(ledger: Ledger): Promise<{ readonly subjectId: SubjectId; readonly customer: Customer }> {
  const customer = newCustomer();
  const { subjectId } = await ledger.accept(text(customer, "Where is my order?", { session }));
  await settles(ledger, subjectId);
  return { subjectId, customer };
}

/** Somebody who was asked. */
async function asked(ledger: Ledger): ReturnType<typeof helped> {
  const known = await helped(ledger);
  await changes(ledger, known.subjectId, { cause: "closed" });
  return known;
}
