import { expect } from "vitest";
import { newTimerId, outboxId, type OutboxId, type SubjectId } from "../../core/ids.ts";
import { MAX_SEND_ATTEMPTS } from "../../core/outbox.ts";
import type { MessageStatus } from "../../core/ports/ledger.ts";
import {
  answered,
  calling,
  connected,
  eventsOf,
  newCallSid,
  newCustomer,
  noon,
  ref,
  settlementOf,
  speech,
  takeTurn,
  tenant,
  text,
  voiceReply,
  type Stage,
} from "./stage.ts";

const ambiguousAfterMs = 30_000;

/** What sending must do. */
export function outboxContract({ ledger, fresh, test }: Stage): void {
  async function claim(subjectId: SubjectId, now: number = noon) {
    return await ledger().outbox.claim({ subjectId, now, ambiguousAfterMs });
  }
  async function states(subjectId: SubjectId) {
    return (await ledger().outbox.of(ref(subjectId))).map(({ state }) => state);
  }
  async function sends(id: OutboxId, providerId: string, now: number = noon) {
    return await ledger().outbox.record({ id, outcome: { kind: "sent", providerId }, now });
  }

  test("a subject's texts are sent one after the other", async () => {
    const { subjectId, ids } = await answered(ledger(), newCustomer(), "one", "two");
    const [first = outboxId(""), second = outboxId("")] = ids;
    expect(await claim(subjectId)).toMatchObject({
      kind: "send",
      row: { id: first, body: "one", attempts: 1, state: "sending", sendingAt: noon },
    });
    expect(await claim(subjectId)).toEqual({ kind: "wait", untilMs: noon + ambiguousAfterMs });
    expect(await sends(first, "SM1")).toBe("sent");
    expect(await claim(subjectId)).toMatchObject({ kind: "send", row: { id: second } });
    await sends(second, "SM2");
    expect(await claim(subjectId)).toEqual({ kind: "empty" });
    expect(await ledger().outbox.of(ref(subjectId))).toMatchObject([{ providerId: "SM1" }, { providerId: "SM2" }]);
    expect((await eventsOf(ledger(), subjectId)).filter((name) => name === "message_sent")).toHaveLength(2);
  });

  test("what may be tried again waits, and what is behind it too", async () => {
    const { subjectId, ids } = await answered(ledger(), newCustomer(), "one", "two");
    const [first = outboxId("")] = ids;
    await claim(subjectId);
    const retry = { id: first, outcome: { kind: "retry", code: "20429" }, nextAt: noon + 5_000, now: noon } as const;
    expect(await ledger().outbox.record(retry)).toBe("waiting");
    expect(await claim(subjectId)).toEqual({ kind: "wait", untilMs: noon + 5_000 });
    expect(await claim(subjectId, noon + 5_000)).toMatchObject({ kind: "send", row: { id: first, attempts: 2 } });
  });

  test("a message that is refused again and again is given up", async () => {
    const { subjectId, ids, turn } = await answered(ledger(), newCustomer(), "one");
    const [first = outboxId("")] = ids;
    let state = "waiting";
    for (let attempt = 1; attempt <= MAX_SEND_ATTEMPTS; attempt += 1) {
      await claim(subjectId);
      state = await ledger().outbox.record({
        id: first,
        outcome: { kind: "retry", code: "20500" },
        nextAt: noon,
        now: noon,
      });
    }
    expect(state).toBe("failed");
    expect(await ledger().inbox.pending(ref(subjectId))).toMatchObject([
      { body: { kind: "delivery", turnId: turn.id, status: "failed", code: "20500" } },
    ]);
  });

  test("a refused message has failed, the record is told, and the next one goes", async () => {
    const { subjectId, ids, turn } = await answered(ledger(), newCustomer(), "one", "two");
    const [first = outboxId("")] = ids;
    await claim(subjectId);
    const refused = { kind: "refused", code: "21211", reason: "bad_address" } as const;
    expect(await ledger().outbox.record({ id: first, outcome: refused, now: noon })).toBe("failed");
    expect(await ledger().outbox.record({ id: first, outcome: refused, now: noon })).toBe("failed");
    expect(await ledger().inbox.pending(ref(subjectId))).toMatchObject([
      {
        treatment: "record",
        body: { kind: "delivery", turnId: turn.id, outboxId: first, status: "failed", code: "21211" },
      },
    ]);
    expect(await claim(subjectId)).toMatchObject({ kind: "send", row: { body: "two" } });
  });

  test("who opted out with the provider is not texted again", async () => {
    const customer = newCustomer();
    const { subjectId, ids } = await answered(ledger(), customer, "one", "two");
    await claim(subjectId);
    const refused = { kind: "refused", code: "21610", reason: "opted_out" } as const;
    await ledger().outbox.record({ id: ids[0] ?? outboxId(""), outcome: refused, now: noon });
    expect(await ledger().consent.optedOut(tenant, customer.addressKey)).toEqual({ since: noon });
    expect(await claim(subjectId)).toMatchObject({ kind: "suppressed", row: { body: "two", state: "suppressed" } });
    expect(await claim(subjectId)).toEqual({ kind: "empty" });
  });

  test("what an operator's takeover overtook is not sent", async () => {
    const { subjectId, turn } = await answered(ledger(), newCustomer(), "one");
    await ledger().owner.change({ tenant, subjectId, from: "agent", to: "operator", now: noon });
    expect(await claim(subjectId)).toMatchObject({ kind: "suppressed" });
    expect(await states(subjectId)).toEqual(["suppressed"]);
    expect(await ledger().inbox.pending(ref(subjectId))).toMatchObject([
      { body: { kind: "delivery", turnId: turn.id, status: "suppressed" } },
    ]);
    expect(await eventsOf(ledger(), subjectId)).toContain("message_suppressed");
  });

  test("what the line itself says is sent although an operator has taken over", async () => {
    const customer = newCustomer();
    const { subjectId } = await ledger().accept(text(customer, "HELP", { helpNotice: "Write to us" }));
    await ledger().owner.change({ tenant, subjectId, from: "agent", to: "operator", now: noon });
    expect(await claim(subjectId)).toMatchObject({ kind: "send" });
  });

  test("a lost answer is looked for after a while, and found", async () => {
    const { subjectId, ids } = await answered(ledger(), newCustomer(), "one", "two");
    const [first = outboxId("")] = ids;
    await claim(subjectId);
    expect(
      await ledger().outbox.record({ id: first, outcome: { kind: "ambiguous", code: "ETIMEDOUT" }, now: noon + 1_000 }),
    ).toBe("ambiguous");
    expect(await claim(subjectId, noon + 2_000)).toEqual({ kind: "wait", untilMs: noon + 1_000 + ambiguousAfterMs });
    const later = noon + 1_000 + ambiguousAfterMs;
    expect(await claim(subjectId, later)).toMatchObject({ kind: "look", row: { id: first, state: "ambiguous" } });
    expect(await ledger().outbox.resolve({ id: first, found: "found", providerId: "SM9", now: later })).toBe("sent");
    expect(await claim(subjectId, later)).toMatchObject({ kind: "send", row: { body: "two" } });
    expect(await eventsOf(ledger(), subjectId)).toContain("delivery_ambiguous");
  });

  test("what was never accepted is sent again, once", async () => {
    const { subjectId, ids } = await answered(ledger(), newCustomer(), "one", "two");
    const [first = outboxId("")] = ids;
    async function doubt(now: number) {
      await claim(subjectId, now);
      await ledger().outbox.record({ id: first, outcome: { kind: "ambiguous", code: "ECONNRESET" }, now });
      await claim(subjectId, now + ambiguousAfterMs);
      return await ledger().outbox.resolve({ id: first, found: "absent", now: now + ambiguousAfterMs });
    }
    expect(await doubt(noon)).toBe("waiting");
    expect(await doubt(noon + 100_000)).toBe("unknown");
    expect(await eventsOf(ledger(), subjectId)).toContain("delivery_unknown");
    expect(await claim(subjectId, noon + 200_000)).toMatchObject({ kind: "send", row: { body: "two" } });
  });

  test("an unclear look is repeated until nobody wants to look again", async () => {
    const { subjectId, ids } = await answered(ledger(), newCustomer(), "one");
    const [first = outboxId("")] = ids;
    await claim(subjectId);
    await ledger().outbox.record({ id: first, outcome: { kind: "ambiguous", code: "x" }, now: noon });
    const later = noon + ambiguousAfterMs;
    await claim(subjectId, later);
    expect(await ledger().outbox.resolve({ id: first, found: "unclear", nextAt: later + 5_000, now: later })).toBe(
      "ambiguous",
    );
    expect(await claim(subjectId, later)).toEqual({ kind: "wait", untilMs: later + 5_000 });
    expect(await claim(subjectId, later + 5_000)).toMatchObject({ kind: "look" });
    expect(await ledger().outbox.resolve({ id: first, found: "unclear", now: later + 5_000 })).toBe("unknown");
  });

  test("a request that nobody ever answered for is in doubt, and not sent again blindly", async () => {
    const { subjectId } = await answered(ledger(), newCustomer(), "one");
    await claim(subjectId);
    const doubtful = await claim(subjectId, noon + ambiguousAfterMs);
    expect(doubtful.kind === "wait" || doubtful.kind === "look").toBe(true);
    expect(await states(subjectId)).toEqual(["ambiguous"]);
    expect(await claim(subjectId, noon + 3 * ambiguousAfterMs)).toMatchObject({ kind: "look" });
  });

  test("callbacks may come in any order and any number of times", async () => {
    const { subjectId, ids } = await answered(ledger(), newCustomer(), "one");
    const [id = outboxId("")] = ids;
    await claim(subjectId);
    await sends(id, `SM-${id}`);
    expect(await ledger().outbox.callback(status(id, "delivered"))).toEqual({
      known: true,
      subjectId,
      state: "delivered",
    });
    for (const word of ["queued", "sent", "delivered", "undelivered", "read"] as const) {
      expect(await ledger().outbox.callback(status(id, word))).toMatchObject({ state: "delivered" });
    }
    expect((await eventsOf(ledger(), subjectId)).filter((name) => name === "message_delivered")).toHaveLength(1);
    expect(await ledger().inbox.pending(ref(subjectId))).toEqual([]);
  });

  test("a callback that comes before the answer to the request counts", async () => {
    const { subjectId, ids } = await answered(ledger(), newCustomer(), "one", "two");
    const [id = outboxId("")] = ids;
    await claim(subjectId);
    expect(await ledger().outbox.callback(status(id, "delivered"))).toMatchObject({ state: "delivered" });
    expect(await sends(id, `SM-${id}`)).toBe("delivered");
    expect(await ledger().outbox.of(ref(subjectId))).toMatchObject([{ providerId: `SM-${id}` }, {}]);
    expect(await claim(subjectId)).toMatchObject({ kind: "send", row: { body: "two" } });
    expect((await eventsOf(ledger(), subjectId)).filter((name) => name === "message_sent")).toHaveLength(1);
  });

  test("a callback resolves a doubt", async () => {
    const { subjectId, ids } = await answered(ledger(), newCustomer(), "one");
    const [id = outboxId("")] = ids;
    await claim(subjectId);
    await ledger().outbox.record({ id, outcome: { kind: "ambiguous", code: "x" }, now: noon });
    expect(await ledger().outbox.callback(status(id, "queued"))).toMatchObject({ state: "sent" });
    expect(await claim(subjectId, noon + ambiguousAfterMs)).toEqual({ kind: "empty" });
    expect(await ledger().outbox.resolve({ id, found: "absent", now: noon })).toBe("sent");
  });

  test("a callback without our id is known by the provider's", async () => {
    const { subjectId, ids } = await answered(ledger(), newCustomer(), "one");
    const [id = outboxId("")] = ids;
    await claim(subjectId);
    await sends(id, `SM-by-${id}`);
    expect(await ledger().outbox.callback({ providerId: `SM-by-${id}`, status: "delivered", now: noon })).toMatchObject(
      { known: true, subjectId },
    );
    expect(await ledger().outbox.callback({ providerId: "SM-nobody", status: "delivered", now: noon })).toEqual({
      known: false,
    });
    const nowhere = status(outboxId("out_nowhere"), "delivered");
    expect(await ledger().outbox.callback(nowhere)).toEqual({ known: false });
  });

  test("an undelivered reply is told to the record, once", async () => {
    const { subjectId, ids, turn } = await answered(ledger(), newCustomer(), "one");
    const [id = outboxId("")] = ids;
    await claim(subjectId);
    await sends(id, `SM-${id}`);
    const undelivered = status(id, "undelivered", { errorCode: "30003" });
    expect(await ledger().outbox.callback(undelivered)).toMatchObject({ state: "undelivered" });
    await ledger().outbox.callback(undelivered);
    expect(await ledger().inbox.pending(ref(subjectId))).toMatchObject([
      {
        treatment: "record",
        body: { kind: "delivery", turnId: turn.id, outboxId: id, status: "undelivered", code: "30003" },
      },
    ]);
    expect((await eventsOf(ledger(), subjectId)).filter((name) => name === "message_undelivered")).toHaveLength(1);
  });

  test("a callback for a text that was never sent is nobody's", async () => {
    const { subjectId, ids } = await answered(ledger(), newCustomer(), "one");
    expect(await ledger().outbox.callback(status(ids[0] ?? outboxId(""), "delivered"))).toMatchObject({
      known: true,
      state: "waiting",
    });
    expect(await claim(subjectId)).toMatchObject({ kind: "send" });
  });

  test("what is due is told by subject, the oldest first, and never what waits behind another", async () => {
    const own = await fresh();
    expect(await own.outbox.due({ now: noon, limit: 10 })).toEqual({ subjectIds: [] });
    const a = await answered(own, newCustomer(), "one", "two");
    const b = await answered(own, newCustomer(), "one");
    expect(new Set((await own.outbox.due({ now: noon, limit: 10 })).subjectIds)).toEqual(
      new Set([a.subjectId, b.subjectId]),
    );
    expect((await own.outbox.due({ now: noon, limit: 1 })).subjectIds).toHaveLength(1);
    await own.outbox.claim({ subjectId: a.subjectId, now: noon, ambiguousAfterMs });
    const retry = { kind: "retry", code: "20429" } as const;
    await own.outbox.record({ id: a.ids[0] ?? outboxId(""), outcome: retry, nextAt: noon + 9_000, now: noon });
    expect(await own.outbox.due({ now: noon, limit: 10 })).toEqual({ subjectIds: [b.subjectId], nextAt: noon + 9_000 });
    await own.outbox.claim({ subjectId: b.subjectId, now: noon, ambiguousAfterMs });
    await own.outbox.record({ id: b.ids[0] ?? outboxId(""), outcome: { kind: "sent", providerId: "SM1" }, now: noon });
    expect(await own.outbox.due({ now: noon, limit: 10 })).toEqual({ subjectIds: [], nextAt: noon + 9_000 });
    expect(await own.outbox.due({ now: noon + 9_000, limit: 10 })).toEqual({ subjectIds: [a.subjectId] });
  });

  test("a request that was lost with its program is due again", async () => {
    const own = await fresh();
    const { subjectId } = await answered(own, newCustomer(), "one");
    await own.outbox.claim({ subjectId, now: noon, ambiguousAfterMs });
    expect(await own.outbox.due({ now: noon, limit: 10 })).toEqual({ subjectIds: [], nextAt: noon + ambiguousAfterMs });
    expect((await own.outbox.due({ now: noon + ambiguousAfterMs, limit: 10 })).subjectIds).toEqual([subjectId]);
  });

  test("what waits to be spoken does not hold up texts, and is taken by the newest socket", async () => {
    const customer = newCustomer();
    const connection = await calling(ledger(), customer);
    const { callSid, subjectId, epoch } = connection.call;
    const said = await ledger().acceptSpoken(speech(connection, "Hello"));
    if (said.kind !== "turn") throw new Error(said.kind);
    const replies = [voiceReply(callSid, "One", false), voiceReply(callSid, "Two", false)];
    await ledger().settle({ settlement: settlementOf(said.turn, { replies }), fence: connection.fence, now: noon });
    expect(await claim(subjectId)).toEqual({ kind: "empty" });
    await ledger().calls.drop({ callSid, epoch, graceMs: 1_000, timerId: newTimerId(noon), now: noon });
    const again = await connected(ledger(), callSid, { sessionId: "VX2" });
    expect(await ledger().outbox.takeSpeech({ callSid, epoch, now: noon })).toEqual([]);
    const spoken = await ledger().outbox.takeSpeech({ callSid, epoch: again.call.epoch, now: noon });
    expect(spoken).toMatchObject([
      { body: "One", state: "spoken" },
      { body: "Two", state: "spoken" },
    ]);
    expect(await ledger().outbox.takeSpeech({ callSid, epoch: again.call.epoch, now: noon })).toEqual([]);
  });

  test("what an operator's takeover overtook is not spoken", async () => {
    const connection = await calling(ledger(), newCustomer());
    const { callSid, subjectId, epoch } = connection.call;
    const said = await ledger().acceptSpoken(speech(connection, "Hello"));
    if (said.kind !== "turn") throw new Error(said.kind);
    const replies = [voiceReply(callSid, "One", false)];
    await ledger().settle({ settlement: settlementOf(said.turn, { replies }), fence: connection.fence, now: noon });
    await ledger().owner.change({ tenant, subjectId, from: "agent", to: "operator", now: noon });
    expect(await ledger().outbox.takeSpeech({ callSid, epoch, now: noon })).toEqual([]);
    expect(await states(subjectId)).toEqual(["suppressed"]);
  });

  test("the last rows can be had without those before", async () => {
    const { subjectId, ids } = await answered(ledger(), newCustomer(), "one", "two", "three");
    const rows = await ledger().outbox.of(ref(subjectId), { last: 2 });
    expect(rows.map((row) => row.id)).toEqual(ids.slice(1));
    expect(await ledger().outbox.of(ref(subjectId), { last: 9 })).toEqual(await ledger().outbox.of(ref(subjectId)));
  });

  test("nothing is known of a row that is not there", async () => {
    const id = outboxId("out_nowhere");
    expect(await sends(id, "SM1")).toBe("unknown");
    expect(await ledger().outbox.resolve({ id, found: "absent", now: noon })).toBe("unknown");
    expect(await ledger().outbox.takeSpeech({ callSid: newCallSid(), epoch: 1, now: noon })).toEqual([]);
  });

  test("a record that says what became of a reply is written by the next turn", async () => {
    const { subjectId, ids } = await answered(ledger(), newCustomer(), "one");
    await claim(subjectId);
    const refused = { kind: "refused", code: "30007", reason: "other" } as const;
    await ledger().outbox.record({ id: ids[0] ?? outboxId(""), outcome: refused, now: noon });
    const { turn } = await takeTurn(ledger(), subjectId);
    expect(turn.rows).toMatchObject([{ treatment: "record", body: { kind: "delivery" } }]);
  });
}

function status(id: OutboxId, word: MessageStatus["status"], change: Partial<MessageStatus> = {}): MessageStatus {
  return { outboxId: id, providerId: `SM-${id}`, status: word, now: noon, ...change };
}
