import { expect } from "vitest";
import { newTimerId } from "../../core/ids.ts";
import {
  calling,
  clocks,
  connected,
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
  voiceReply,
  type Stage,
} from "./stage.ts";

/** What keeping calls must do. */
export function callContract({ ledger, fresh, test }: Stage): void {
  test("a call that rings finds its subject, or makes it", async () => {
    const customer = newCustomer();
    const subjectId = await says(ledger(), customer, "Hello");
    const call = await rings(ledger(), customer);
    expect(call).toEqual({
      callSid: call.callSid,
      subjectId,
      tenant,
      from: customer.number,
      to: ours,
      direction: "inbound",
      state: "ringing",
      epoch: 0,
      reconnects: 0,
      tokenHash: "a".repeat(64),
      digits: "",
      startedAt: noon,
      greeting: "Good day.",
    });
    expect(await ledger().calls.get(call.callSid)).toEqual(call);
    const stranger = newCustomer();
    const other = await rings(ledger(), stranger);
    expect(await ledger().subjects.find(tenant, stranger.addressKey)).toBe(other.subjectId);
  });

  test("a call that is known gets the new token and keeps everything else", async () => {
    const customer = newCustomer();
    const { call } = await calling(ledger(), customer);
    await ledger().calls.keepDigits({ callSid: call.callSid, epoch: call.epoch, digits: "12" });
    const request = { ...call, ...customer, tokenHash: "b".repeat(64), greeting: "", session: clocks, now: noon + 5 };
    const again = await ledger().calls.open({ ...request, resume: true });
    expect(again).toMatchObject({
      tokenHash: "b".repeat(64),
      reconnects: 1,
      state: "live",
      epoch: 1,
      digits: "12",
      startedAt: noon,
      greeting: "Good day.",
    });
    expect(await ledger().calls.open({ ...request, resume: false })).toMatchObject({ reconnects: 1 });
  });

  test("the newest socket wins, and the others are of an older epoch", async () => {
    const { call, fence, resumed } = await calling(ledger(), newCustomer());
    expect(call).toMatchObject({ state: "live", epoch: 1, sessionId: "VX1" });
    expect(resumed).toBe(false);
    const second = await connected(ledger(), call.callSid, { sessionId: "VX2" });
    expect(second).toMatchObject({ resumed: true, seized: false, fence, call: { epoch: 2, sessionId: "VX2" } });
    const same = await connected(ledger(), call.callSid, { sessionId: "VX2" });
    expect(same).toMatchObject({ resumed: true, call: { epoch: 3 } });
    expect(
      await ledger().calls.drop({ callSid: call.callSid, epoch: 1, graceMs: 1, timerId: newTimerId(noon), now: noon }),
    ).toBe(false);
    expect(await ledger().calls.get(call.callSid)).toMatchObject({ state: "live" });
    const names = await eventsOf(ledger(), call.subjectId);
    expect(names).toEqual(["session_started", "call_started", "call_connected", "call_resumed", "call_resumed"]);
  });

  test("a call takes its subject's lane from a dead holder at once", async () => {
    const customer = newCustomer();
    const first = await calling(ledger(), customer, { holder: "dead" });
    const second = await connected(ledger(), first.call.callSid, { holder: "two", sessionId: "VX2" });
    expect(second.seized).toBe(true);
    expect(second.fence).toBe(first.fence + 1);
    expect(await ledger().lanes.renew({ subjectId: first.call.subjectId, holder: "dead", leaseMs: 1, now: noon })).toBe(
      false,
    );
  });

  test("a lost call may come back, and its keys are still there", async () => {
    const { call } = await calling(ledger(), newCustomer());
    const { callSid, epoch } = call;
    await ledger().calls.keepDigits({ callSid, epoch, digits: "123" });
    await ledger().calls.keepDigits({ callSid, epoch: epoch + 1, digits: "9" });
    expect(await ledger().calls.drop({ callSid, epoch, graceMs: 1_000, timerId: newTimerId(noon), now: noon })).toBe(
      true,
    );
    expect(await ledger().calls.get(callSid)).toMatchObject({ state: "lost", digits: "123" });
    const again = await connected(ledger(), callSid, { sessionId: "VX2" });
    expect(again).toMatchObject({ resumed: true, call: { state: "live", digits: "123" } });
  });

  test("an ended call stays over", async () => {
    const customer = newCustomer();
    const { call } = await calling(ledger(), customer);
    const { callSid, subjectId } = call;
    expect(await ledger().calls.end({ callSid, now: noon })).toEqual({ subjectId, toSend: false });
    expect(await ledger().calls.end({ callSid, now: noon })).toEqual({ subjectId, toSend: false });
    const request = { callSid, sessionId: "VX2", holder: "one", leaseMs: 1, now: noon };
    expect(await ledger().calls.connect(request)).toBeUndefined();
    const again = { ...call, ...customer, session: clocks, resume: true, now: noon };
    expect(await ledger().calls.open(again)).toMatchObject({
      state: "over",
      reconnects: 0,
    });
    expect((await eventsOf(ledger(), subjectId)).filter((name) => name === "call_ended")).toHaveLength(1);
  });

  test("nothing is known of a call that never rang", async () => {
    const callSid = newCallSid();
    expect(await ledger().calls.get(callSid)).toBeUndefined();
    expect(await ledger().calls.end({ callSid, now: noon })).toEqual({ toSend: false });
    const request = { callSid, sessionId: "VX2", holder: "one", leaseMs: 1, now: noon };
    expect(await ledger().calls.connect(request)).toBeUndefined();
  });

  test("what waited to be spoken when the caller went goes out by text, once", async () => {
    const customer = newCustomer();
    const connection = await calling(ledger(), customer);
    const { callSid, subjectId } = connection.call;
    const said = await ledger().acceptSpoken(speech(connection, "Hello"));
    if (said.kind !== "turn") throw new Error(said.kind);
    const replies = [voiceReply(callSid, "Your order is on its way.", false)];
    const settlement = settlementOf(said.turn, { replies });
    await ledger().settle({ settlement, fence: connection.fence, now: noon });
    expect(await ledger().calls.end({ callSid, now: noon })).toEqual({ subjectId, toSend: true });
    await ledger().calls.end({ callSid, now: noon });
    expect(await ledger().outbox.of(ref(subjectId))).toMatchObject([
      {
        id: replies[0]?.ids[0],
        channel: "sms",
        to: customer.number,
        from: ours,
        state: "waiting",
        body: "Your order is on its way.",
      },
    ]);
    const claim = await ledger().outbox.claim({ subjectId, now: noon, ambiguousAfterMs: 1_000 });
    expect(claim).toMatchObject({ kind: "send" });
  });

  test("a reply that was spoken into the void waits to be spoken once more", async () => {
    const connection = await calling(ledger(), newCustomer());
    const { callSid, subjectId, epoch } = connection.call;
    const said = await ledger().acceptSpoken(speech(connection, "Hello"));
    if (said.kind !== "turn") throw new Error(said.kind);
    const settlement = settlementOf(said.turn, { replies: [voiceReply(callSid, "Your order is on its way.", true)] });
    await ledger().settle({ settlement, fence: connection.fence, now: noon });
    const drop = { callSid, epoch, graceMs: 5_000, timerId: newTimerId(noon), unheard: [said.turn.id], now: noon };
    expect(await ledger().calls.drop({ ...drop, unheard: [] })).toBe(true);
    expect(await ledger().outbox.of(ref(subjectId))).toMatchObject([{ state: "spoken" }]);
    // Also from a socket that was known to be dead only after the next one had come.
    expect(await ledger().calls.drop(drop)).toBe(false);
    expect(await ledger().outbox.of(ref(subjectId))).toMatchObject([{ state: "waiting" }]);
    const again = await connected(ledger(), callSid, { sessionId: "VX2" });
    const taken = await ledger().outbox.takeSpeech({ callSid, epoch: again.call.epoch, now: noon });
    expect(taken).toMatchObject([{ turnId: said.turn.id, body: "Your order is on its way.", state: "spoken" }]);
  });

  test("a call that stays lost is over when its grace is", async () => {
    const own = await fresh();
    const connection = await calling(own, newCustomer());
    const { callSid, subjectId, epoch } = connection.call;
    const said = await own.acceptSpoken(speech(connection, "Hello"));
    if (said.kind !== "turn") throw new Error(said.kind);
    const settlement = settlementOf(said.turn, { replies: [voiceReply(callSid, "Hi", false)] });
    await own.settle({ settlement, fence: connection.fence, now: noon });
    await own.calls.drop({ callSid, epoch, graceMs: 5_000, timerId: newTimerId(noon), now: noon });
    expect(await own.timers.nextAt()).toBe(noon + 5_000);
    expect(await own.fireTimer(noon + 4_999)).toBeUndefined();
    expect(await own.fireTimer(noon + 5_000)).toEqual({
      body: { kind: "call_grace", callSid, epoch },
      subjectId,
      tenant,
      toSend: true,
    });
    expect(await own.calls.get(callSid)).toMatchObject({ state: "over" });
    expect(await own.outbox.of(ref(subjectId))).toMatchObject([{ channel: "sms", state: "waiting" }]);
    expect(await own.fireTimer(noon + 5_000)).toBeUndefined();
    expect(await own.timers.nextAt()).toBe(noon + clocks.idleMs);
  });

  test("a call whose program died is lost from the next start on, and over after the grace", async () => {
    const own = await fresh();
    const { call } = await calling(own, newCustomer(), { holder: "dead" });
    const mine = await calling(own, newCustomer(), { holder: "me" });
    expect(await own.calls.loseOthers({ holder: "me", graceMs: 5_000, now: noon })).toBe(1);
    expect(await own.calls.loseOthers({ holder: "me", graceMs: 5_000, now: noon })).toBe(0);
    expect(await own.calls.get(call.callSid)).toMatchObject({ state: "lost" });
    expect(await own.calls.get(mine.call.callSid)).toMatchObject({ state: "live" });
    expect(await own.fireTimer(noon + 5_000)).toMatchObject({ body: { callSid: call.callSid } });
    expect(await own.calls.get(call.callSid)).toMatchObject({ state: "over" });
  });

  test("a call that came back is not ended by the grace of its last loss", async () => {
    const own = await fresh();
    const { call } = await calling(own, newCustomer());
    const { callSid, subjectId, epoch } = call;
    await own.calls.drop({ callSid, epoch, graceMs: 5_000, timerId: newTimerId(noon), now: noon });
    const again = await connected(own, callSid, { sessionId: "VX2" });
    expect(await own.fireTimer(noon + 5_000)).toBeUndefined();
    const body = { kind: "call_grace", callSid, epoch } as const;
    await own.timers.set({ id: newTimerId(noon), key: "left over", subjectId, dueAt: noon, body });
    expect(await own.fireTimer(noon + 5_000)).toEqual({ body, subjectId, tenant, toSend: false });
    expect(await own.calls.get(callSid)).toMatchObject({ state: "live", epoch: again.call.epoch });
  });

  test("a text turn during a call goes on under the call's fence", async () => {
    const customer = newCustomer();
    const subjectId = await says(ledger(), customer, "Hello");
    const { turn, fence } = await takeTurn(ledger(), subjectId);
    const connection = await calling(ledger(), customer);
    expect(connection).toMatchObject({ fence, seized: false });
    expect(await ledger().settle({ settlement: settlementOf(turn), fence, now: noon })).toMatchObject({
      kind: "settled",
    });
  });
}
