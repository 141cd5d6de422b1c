import { expect } from "vitest";
import { newOutboxId, newTurnId } from "../../core/ids.ts";
import {
  calling,
  connected,
  newCustomer,
  noon,
  ref,
  says,
  settlementOf,
  speech,
  takeTurn,
  tenant,
  wordsOf,
  type Stage,
} from "./stage.ts";

/** What accepting spoken words must do. */
export function spokenContract({ ledger, test }: Stage): void {
  test("what a caller says is accepted and bound in one step", async () => {
    const customer = newCustomer();
    const connection = await calling(ledger(), customer);
    const said = speech(connection, "Where is my order?");
    const taken = await ledger().acceptSpoken(said);
    expect(taken).toMatchObject({
      kind: "turn",
      turn: {
        id: said.turnId,
        attempt: 1,
        owner: "agent",
        addresses: [customer.number],
        rows: [{ id: said.inboxId, treatment: "answer" }],
      },
    });
    if (taken.kind !== "turn") throw new Error(taken.kind);
    const settled = await ledger().settle({ settlement: settlementOf(taken.turn), fence: connection.fence, now: noon });
    expect(settled).toMatchObject({ kind: "settled" });
  });

  test("a frame that is replayed has no second effect", async () => {
    const connection = await calling(ledger(), newCustomer());
    const said = speech(connection, "Hello");
    await ledger().acceptSpoken(said);
    const replayed = { ...said, ...pick(speech(connection, "Hello")) };
    expect(await ledger().acceptSpoken(replayed)).toEqual({ kind: "duplicate" });
    expect(await ledger().inbox.pending(ref(connection.call.subjectId))).toHaveLength(1);
  });

  test("what is said while another turn is bound waits, and goes before texts", async () => {
    const customer = newCustomer();
    const connection = await calling(ledger(), customer);
    const { subjectId } = connection.call;
    await says(ledger(), customer, "a text");
    const bound = await takeTurn(ledger(), subjectId);
    await says(ledger(), customer, "another text");
    expect(await ledger().acceptSpoken(speech(connection, "Hello?"))).toEqual({ kind: "queued" });
    await ledger().settle({ settlement: settlementOf(bound.turn), fence: bound.fence, now: noon });
    expect(wordsOf((await takeTurn(ledger(), subjectId)).turn)).toEqual(["Hello?"]);
  });

  test("what is said while a reply is made is kept at once, and bound when it is given again", async () => {
    const connection = await calling(ledger(), newCustomer());
    const first = await ledger().acceptSpoken(speech(connection, "Hello"));
    const second = speech(connection, "Hello?");
    expect(await ledger().acceptSpoken({ ...second, bind: false })).toEqual({ kind: "queued" });
    if (first.kind !== "turn") throw new Error(first.kind);
    await ledger().settle({ settlement: settlementOf(first.turn), fence: connection.fence, now: noon });

    const taken = await ledger().acceptSpoken({ ...second, ...pick(speech(connection, "Hello?")) });
    expect(taken).toMatchObject({ kind: "turn", turn: { attempt: 1, rows: [{ id: second.inboxId }] } });
    expect(await ledger().acceptSpoken(second)).toEqual({ kind: "duplicate" });
  });

  test("what was kept is not bound to a call that has another socket now", async () => {
    const connection = await calling(ledger(), newCustomer());
    const kept = speech(connection, "Hello");
    expect(await ledger().acceptSpoken({ ...kept, bind: false })).toEqual({ kind: "queued" });
    await connected(ledger(), connection.call.callSid, { sessionId: "VX2" });
    expect(await ledger().acceptSpoken(kept)).toEqual({ kind: "fenced" });
    expect(wordsOf((await takeTurn(ledger(), connection.call.subjectId)).turn)).toEqual(["Hello"]);
    expect(await ledger().acceptSpoken(kept)).toEqual({ kind: "duplicate" });
  });

  test("texts that wait are not drawn into a spoken turn, what is only recorded is", async () => {
    const customer = newCustomer();
    const connection = await calling(ledger(), customer);
    const { subjectId, callSid } = connection.call;
    await says(ledger(), customer, "a text");
    const body = { kind: "heard", callSid, turnId: newTurnId(noon), text: "Good" } as const;
    await ledger().note({ tenant, subjectId, key: `heard/${newOutboxId(noon)}`, body, treatment: "record", now: noon });
    const taken = await ledger().acceptSpoken(speech(connection, "Hello"));
    expect(taken.kind === "turn" ? wordsOf(taken.turn) : []).toEqual(["heard", "Hello"]);
    expect((await ledger().inbox.pending(ref(subjectId))).length).toBe(3);
  });

  test("what an older socket heard is kept, and the newer one answers", async () => {
    const connection = await calling(ledger(), newCustomer());
    await connected(ledger(), connection.call.callSid, { sessionId: "VX2" });
    expect(await ledger().acceptSpoken(speech(connection, "Hello"))).toEqual({ kind: "fenced" });
    expect(wordsOf((await takeTurn(ledger(), connection.call.subjectId)).turn)).toEqual(["Hello"]);
  });

  test("what is said under a lane that somebody else holds is kept, and not bound", async () => {
    const connection = await calling(ledger(), newCustomer(), { holder: "dead" });
    const { subjectId } = connection.call;
    await ledger().take({ subjectId, holder: "two", leaseMs: 10_000, keep: true, now: noon + 60_000 });
    const said = speech(connection, "Hello", { holder: "dead" });
    expect(await ledger().acceptSpoken(said)).toEqual({ kind: "fenced" });
    expect(await ledger().inbox.pending(ref(subjectId))).toHaveLength(1);
  });

  test("what is said on a call that is over is kept", async () => {
    const connection = await calling(ledger(), newCustomer());
    const { callSid, subjectId } = connection.call;
    await ledger().calls.end({ callSid, now: noon });
    expect(await ledger().acceptSpoken(speech(connection, "Hello"))).toEqual({ kind: "fenced" });
    expect(await ledger().inbox.pending(ref(subjectId))).toHaveLength(1);
  });
}

/** A replayed frame brings new ids along. */
function pick({ turnId, inboxId }: ReturnType<typeof speech>) {
  return { turnId, inboxId };
}
