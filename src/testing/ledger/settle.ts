import { expect } from "vitest";
import type { DomainEvent } from "../../core/events.ts";
import {
  answered,
  calling,
  eventsOf,
  newCallSid,
  newCustomer,
  noon,
  ours,
  ref,
  rings,
  says,
  settlementOf,
  speech,
  takeTurn,
  tenant,
  text,
  textReply,
  voiceReply,
  type Stage,
} from "./stage.ts";

/** What settling a turn must do. */
export function settleContract({ ledger, test }: Stage): void {
  test("a settlement writes one row a part, in order, and its events", async () => {
    const customer = newCustomer();
    const subjectId = await says(ledger(), customer, "Hello");
    const { turn, fence } = await takeTurn(ledger(), subjectId);
    const event: DomainEvent = {
      name: "turn_settled",
      tenant,
      subjectId,
      turnId: turn.id,
      detail: { ms: 12, outcome: "replied" },
    };
    const settlement = settlementOf(turn, { replies: [textReply(customer, "one", "two", "three")], events: [event] });
    expect(await ledger().settle({ settlement, fence, now: noon })).toEqual({
      kind: "settled",
      suppressed: [],
      toSend: true,
    });
    const rows = await ledger().outbox.of(ref(subjectId));
    expect(rows.map(({ id }) => id)).toEqual(settlement.replies[0]?.ids);
    expect(rows).toMatchObject([
      { body: "one", channel: "sms", to: customer.number, from: ours, state: "waiting", attempts: 0, turnId: turn.id },
      { body: "two" },
      { body: "three" },
    ]);
    const recorded = (await ledger().events.after(0, 100_000)).find(
      ({ name, turnId }) => name === "turn_settled" && turnId === turn.id,
    );
    expect(recorded).toMatchObject({ ...event, at: noon });
    expect(await ledger().subjects.get(ref(subjectId))).toMatchObject({ session: "ACTIVE" });
  });

  test("a second settlement of the same turn changes nothing", async () => {
    const customer = newCustomer();
    const { subjectId, settlement, fence } = await answered(ledger(), customer, "one");
    expect(await ledger().settle({ settlement, fence, now: noon })).toEqual({ kind: "repeated" });
    expect(await ledger().settle({ settlement, fence: fence - 1, now: noon })).toEqual({ kind: "repeated" });
    expect(await ledger().outbox.of(ref(subjectId))).toHaveLength(1);
  });

  test("a settlement under another fence is refused whole", async () => {
    const customer = newCustomer();
    const subjectId = await says(ledger(), customer, "Hello");
    const { turn, fence } = await takeTurn(ledger(), subjectId);
    const settlement = settlementOf(turn, { replies: [textReply(customer, "one")] });
    expect(await ledger().settle({ settlement, fence: fence - 1, now: noon })).toEqual({ kind: "fenced" });
    expect(await ledger().outbox.of(ref(subjectId))).toEqual([]);
    expect(await ledger().inbox.pending(ref(subjectId))).toHaveLength(1);
  });

  test("rows that were given up are done, rows that were left out wait again", async () => {
    const customer = newCustomer();
    await says(ledger(), customer, "dead");
    const subjectId = await says(ledger(), customer, "left");
    const { turn, fence } = await takeTurn(ledger(), subjectId);
    const [dead, left] = turn.rows;
    const settlement = settlementOf(turn, {
      consumed: [],
      dead: dead === undefined ? [] : [dead.id],
      outcome: "failed",
    });
    await ledger().settle({ settlement, fence, now: noon });
    expect((await ledger().inbox.pending(ref(subjectId))).map(({ id }) => id)).toEqual([left?.id]);
  });

  test("an escalation makes the session wait for a person", async () => {
    const subjectId = await says(ledger(), newCustomer(), "A human, please");
    const { turn, fence } = await takeTurn(ledger(), subjectId);
    const escalation = { priority: "high", reason: "asked", summary: "wants a person" } as const;
    await ledger().settle({ settlement: settlementOf(turn, { escalation }), fence, now: noon });
    expect(await ledger().subjects.get(ref(subjectId))).toMatchObject({ session: "WAITING_AGENT" });
  });

  test("a reply that a takeover made unwanted is suppressed, and the record is told", async () => {
    const customer = newCustomer();
    const subjectId = await says(ledger(), customer, "Hello");
    const { turn, fence } = await takeTurn(ledger(), subjectId);
    await ledger().owner.change({ tenant, subjectId, from: "agent", to: "operator", now: noon });
    const settlement = settlementOf(turn, { replies: [textReply(customer, "one", "two")] });
    const ids = settlement.replies.flatMap((each) => each.ids);
    expect(await ledger().settle({ settlement, fence, now: noon })).toEqual({
      kind: "settled",
      suppressed: ids,
      toSend: false,
    });
    expect(await ledger().outbox.of(ref(subjectId))).toMatchObject([{ state: "suppressed" }, { state: "suppressed" }]);
    expect(await ledger().inbox.pending(ref(subjectId))).toMatchObject(
      ids.map((outboxId) => ({
        treatment: "record",
        body: { kind: "delivery", turnId: turn.id, outboxId, status: "suppressed" },
      })),
    );
    expect((await eventsOf(ledger(), subjectId)).filter((name) => name === "message_suppressed")).toHaveLength(2);
  });

  test("nobody who opted out is texted", async () => {
    const customer = newCustomer();
    const subjectId = await says(ledger(), customer, "Hello");
    const { turn, fence } = await takeTurn(ledger(), subjectId);
    await ledger().accept(text(customer, "STOP"));
    const settlement = settlementOf(turn, { replies: [textReply(customer, "one")] });
    expect(await ledger().settle({ settlement, fence, now: noon })).toMatchObject({
      suppressed: settlement.replies[0]?.ids,
      toSend: false,
    });
  });

  test("what was spoken is done, what was not waits for the call", async () => {
    const connection = await calling(ledger(), newCustomer());
    const { call, fence } = connection;
    const first = await ledger().acceptSpoken(speech(connection, "Hello"));
    if (first.kind !== "turn") throw new Error(first.kind);
    const replies = [voiceReply(call.callSid, "Hi", true), voiceReply(call.callSid, "Anything else?", false)];
    expect(
      await ledger().settle({ settlement: settlementOf(first.turn, { replies }), fence, now: noon }),
    ).toMatchObject({ toSend: false });
    expect(await ledger().outbox.of(ref(call.subjectId))).toMatchObject([
      { channel: "voice", callSid: call.callSid, body: "Hi", state: "spoken" },
      { channel: "voice", callSid: call.callSid, body: "Anything else?", state: "waiting" },
    ]);
  });

  test("what could not be spoken any more becomes a text to the number that called", async () => {
    const customer = newCustomer();
    const connection = await calling(ledger(), customer);
    const { call, fence } = connection;
    const said = await ledger().acceptSpoken(speech(connection, "Hello"));
    if (said.kind !== "turn") throw new Error(said.kind);
    await ledger().calls.end({ callSid: call.callSid, now: noon });
    const settlement = settlementOf(said.turn, {
      replies: [voiceReply(call.callSid, "Your order is on its way.", false)],
    });
    expect(await ledger().settle({ settlement, fence, now: noon })).toMatchObject({ toSend: true });
    expect(await ledger().outbox.of(ref(call.subjectId))).toMatchObject([
      { channel: "sms", to: customer.number, from: ours, body: "Your order is on its way.", state: "waiting" },
    ]);
  });

  test("a text route that texting told is better than the call's", async () => {
    const customer = newCustomer();
    const arrival = text(customer, "Hello");
    await ledger().accept({ ...arrival, body: { ...arrival.body, channel: "whatsapp", to: "+14155559999" } });
    const { call } = await calling(ledger(), customer);
    const { turn, fence } = await takeTurn(ledger(), call.subjectId);
    expect(turn.textRoute).toEqual({ channel: "whatsapp", to: customer.number, from: "+14155559999" });
    await ledger().calls.end({ callSid: call.callSid, now: noon });
    const settlement = settlementOf(turn, { replies: [voiceReply(call.callSid, "By text, then.", false)] });
    await ledger().settle({ settlement, fence, now: noon });
    expect(await ledger().outbox.of(ref(call.subjectId))).toMatchObject([
      { channel: "whatsapp", from: "+14155559999" },
    ]);
  });

  test("a long spoken reply becomes several texts", async () => {
    const customer = newCustomer();
    const { subjectId } = await rings(ledger(), customer);
    await says(ledger(), customer, "Hello");
    const { turn, fence } = await takeTurn(ledger(), subjectId);
    const words = "This is a sentence of moderate length. ".repeat(100);
    const settlement = settlementOf(turn, { replies: [voiceReply(newCallSid(), words, false)] });
    await ledger().settle({ settlement, fence, now: noon });
    const rows = await ledger().outbox.of(ref(subjectId));
    expect(rows.length).toBeGreaterThan(2);
    expect(rows.every(({ body }) => body.length <= 1_600 && body.endsWith("."))).toBe(true);
    expect(rows.map(({ body }) => body).join(" ")).toBe(words.trim());
  });

  test("a caller who hides the number cannot be texted", async () => {
    const hidden = { number: "anonymous", addressKey: `anonymous:${newCallSid()}`, alias: "anonymous_1" };
    const connection = await calling(ledger(), hidden);
    const said = await ledger().acceptSpoken(speech(connection, "Hello"));
    if (said.kind !== "turn") throw new Error(said.kind);
    expect(said.turn.textRoute).toBeUndefined();
    expect(said.turn.addresses).toEqual([]);
    const { callSid, subjectId } = connection.call;
    await ledger().calls.end({ callSid, now: noon });
    const settlement = settlementOf(said.turn, { replies: [voiceReply(callSid, "Bye", false)] });
    const settled = await ledger().settle({ settlement, fence: connection.fence, now: noon });
    expect(settled).toMatchObject({ suppressed: settlement.replies[0]?.ids, toSend: false });
    expect(await ledger().outbox.of(ref(subjectId))).toMatchObject([{ state: "suppressed" }]);
  });
}
