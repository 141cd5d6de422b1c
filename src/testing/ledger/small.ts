import { expect } from "vitest";
import type { DomainEvent } from "../../core/events.ts";
import { newTimerId, newTurnId, subjectId as readSubjectId } from "../../core/ids.ts";
import { newCallSid, newCustomer, noon, ref, says, takeTurn, tenant, type Stage } from "./stage.ts";

/** What the small ports must do. */
export function smallContract({ ledger, fresh, test }: Stage): void {
  test("a note is kept once", async () => {
    const subjectId = await says(ledger(), newCustomer(), "Hello");
    const body = { kind: "heard", callSid: newCallSid(), turnId: newTurnId(noon), text: "Good" } as const;
    const note = { tenant, subjectId, key: `heard/${body.turnId}`, body, treatment: "record", now: noon } as const;
    const first = await ledger().note(note);
    expect(first.kind).toBe("accepted");
    expect(await ledger().note(note)).toEqual({ kind: "duplicate", inboxId: first.inboxId });
    const { turn } = await takeTurn(ledger(), subjectId);
    expect(turn.rows.map((row) => row.body.kind)).toEqual(["text", "heard"]);
  });

  test("the owner changes only from who it is", async () => {
    const subjectId = await says(ledger(), newCustomer(), "Hello");
    expect(await ledger().owner.get(ref(subjectId))).toBe("agent");
    const takeover = { tenant, subjectId, from: "agent", to: "operator", now: noon } as const;
    expect(await Promise.all([ledger().owner.change(takeover), ledger().owner.change(takeover)])).toEqual([
      true,
      false,
    ]);
    expect(await ledger().owner.get(ref(subjectId))).toBe("operator");
    expect((await takeTurn(ledger(), subjectId)).turn.owner).toBe("operator");
  });

  test("timers fire in order, once, unless they are taken back or replaced", async () => {
    const own = await fresh();
    const subjectId = await says(own, newCustomer(), "Hello");
    function timer(key: string, dueAt: number, epoch: number) {
      return {
        id: newTimerId(noon),
        key,
        subjectId,
        dueAt,
        body: { kind: "call_grace", callSid: newCallSid(), epoch },
      } as const;
    }
    await own.timers.set(timer("a", noon + 30, 1));
    await own.timers.set(timer("b", noon + 20, 2));
    await own.timers.set(timer("c", noon + 10, 3));
    await own.timers.set(timer("a", noon + 5, 4));
    await own.timers.cancel("c");
    expect(await own.timers.nextAt()).toBe(noon + 5);
    expect(await own.fireTimer(noon)).toBeUndefined();
    expect(await own.fireTimer(noon + 100)).toMatchObject({ body: { epoch: 4 }, toSend: false });
    expect(await own.fireTimer(noon + 100)).toMatchObject({ body: { epoch: 2 } });
    expect(await own.fireTimer(noon + 100)).toBeUndefined();
  });

  test("events have a place, and are read from any place on", async () => {
    const own = await fresh();
    expect(await own.events.latest()).toBe(0);
    const events: readonly DomainEvent[] = [
      { name: "error_occurred", tenant, detail: { code: "x", count: 3, fatal: false } },
      { name: "call_started", tenant, channel: "voice" },
    ];
    await own.events.add(events, noon);
    const recorded = await own.events.after(0, 10);
    expect(recorded).toMatchObject(events.map((event) => ({ ...event, at: noon })));
    expect(Object.keys(recorded[1] ?? {}).toSorted()).toEqual(["at", "channel", "name", "seq", "tenant"]);
    expect(await own.events.latest()).toBe(recorded[1]?.seq);
    expect(await own.events.after(recorded[0]?.seq ?? 0, 10)).toEqual(recorded.slice(1));
    expect(await own.events.after(0, 1)).toEqual(recorded.slice(0, 1));
  });

  test("nobody is found by an id or an address that nobody has", async () => {
    const nobody = readSubjectId("sub_nobody");
    expect(await ledger().subjects.get(ref(nobody))).toBeUndefined();
    expect(await ledger().subjects.find(tenant, "tel:+1")).toBeUndefined();
    expect(await ledger().inbox.pending(ref(nobody))).toEqual([]);
    expect(await ledger().outbox.of(ref(nobody))).toEqual([]);
    expect(await ledger().owner.get(ref(nobody))).toBe("agent");
    expect(await ledger().take({ subjectId: nobody, holder: "one", leaseMs: 1, now: noon })).toMatchObject({
      kind: "idle",
    });
  });

  test("a ledger that was opened is well", async () => {
    expect(await ledger().health()).toMatchObject({ ok: true });
  });
}
