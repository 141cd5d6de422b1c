import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { agent as booking } from "../../../test/support/booking-agent.ts";
import { startLibrary, type LibraryUnderTest } from "../../../test/support/library.ts";
import { answeredBy, inputOf } from "../../../test/support/model-input.ts";
import { startModelServer } from "../../../test/support/model-server.ts";
import { movableClock } from "../../../test/support/movable-clock.ts";
import { JOHN } from "../../../test/support/numbers.ts";
import { defineAgent } from "../../agent/define-agent.ts";
import type { ContinuoOptions } from "../library.ts";
import type { NewMessage } from "./adding.ts";

const open: AsyncDisposable[] = [];

afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one[Symbol.asyncDispose]();
});

async function started(options: ContinuoOptions = {}): Promise<LibraryUnderTest> {
  const library = await startLibrary(options);
  open.push(library);
  return library;
}

const HOUR_MS = 3_600_000;

describe("a session that is asked for", () => {
  test("is new for somebody new, without any message, and the same for every name of theirs", async () => {
    const { continuo } = await started();
    const happened: string[] = [];
    for (const name of ["session_started", "message_received", "turn_started"] as const)
      continuo.on(name, () => happened.push(name));
    const session = await continuo.sessions.get("(415) 555-0100");
    expect(session).toEqual({
      id: expect.stringMatching(/^ses_/u),
      customerId: JOHN,
      agentId: "customer-support",
      state: "NEW",
      context: { messageHistory: [], extractedInfo: {}, lastActivity: expect.any(Date) },
      metadata: {
        startTime: expect.any(Date),
        callCount: 0,
        smsCount: 0,
        avgResponseTime: null,
        satisfaction: null,
      },
    });
    const userId = (await continuo.getSession(JOHN))?.userId ?? "";
    for (const name of [JOHN, "whatsapp:+14155550100", "phone_14155550100", userId])
      expect((await continuo.sessions.get(name)).id).toBe(session.id);
    expect((await continuo.sessions.get("ann")).customerId).toBe("ann");
    expect((await continuo.sessions.get(" ann ")).id).toBe((await continuo.sessions.get("ann")).id);
    await continuo.settled();
    expect(happened).toEqual(["session_started", "session_started"]);
  });

  test("tells what was said in it, by whom, and what was noted", async () => {
    const { continuo } = await started({ overrides: { memoryDelayMs: 0 } });
    await continuo.processMessage("Hi, I am John Doe. Where is my order ORD_12345?", "sms", JOHN);
    await continuo.settled();
    const { state, context, metadata } = await continuo.sessions.get(JOHN);
    expect(state).toBe("ACTIVE");
    expect(context.messageHistory.map(({ role }) => role)).toEqual([
      "user",
      ...context.messageHistory.slice(1, -1).map(() => "tool"),
      "assistant",
    ]);
    expect(context.extractedInfo).toMatchObject({ order_number: "ORD_12345", customer_name: "John Doe" });
    expect(metadata).toMatchObject({ smsCount: 1, avgResponseTime: expect.any(Number) });
  });

  test("that is over stays so until its customer says something, and what was said in it belongs to it alone", async () => {
    const { continuo } = await started();
    await continuo.processMessage("Hello", "sms", JOHN);
    const first = await continuo.sessions.get(JOHN);
    await continuo.sessions.close(JOHN);
    const closed = await continuo.sessions.get(JOHN);
    expect(closed).toMatchObject({ id: first.id, state: "CLOSED" });
    expect(closed.context.messageHistory).toHaveLength(2);
    await continuo.processMessage("Hello again", "sms", JOHN);
    const second = await continuo.sessions.get(JOHN);
    expect(second.id).not.toBe(first.id);
    expect(second.context.messageHistory.map(({ content }) => content)[0]).toBe("Hello again");
  });

  test("cannot be had by an id that is nobody's", async () => {
    const { continuo } = await started();
    await expect(continuo.sessions.get("sub_00000000000000000000000000")).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("a message that is added", () => {
  test("is in the record, is seen by the agent, and is answered by nobody", async () => {
    await using model = await startModelServer(() => ({ kind: "say", tokens: ["Seen."] }));
    const { continuo } = await started({ env: answeredBy(model) });
    const roles: readonly NewMessage["role"][] = ["user", "assistant", "agent", "operator", "system", "customer"];
    for (const role of roles)
      await continuo.sessions.addMessage("ann", { role, content: `from ${role}`, messageId: role });
    expect(model.requests).toHaveLength(0);
    const session = await continuo.sessions.get("ann");
    expect(session.context.messageHistory.map(({ role, content }) => `${role}: ${content}`)).toEqual([
      "user: from user",
      "assistant: from assistant",
      "operator: from agent",
      "operator: from operator",
      "system: from system",
      "user: from customer",
    ]);
    await continuo.runWorkflow({ input_as_text: "And now?", session_id: "ann" });
    const request = await model.request(1);
    expect(inputOf(request).filter((line) => line.includes("from "))).toEqual([
      "user from user",
      "assistant from assistant",
      "assistant [A human colleague wrote this] from agent",
      "assistant [A human colleague wrote this] from operator",
      expect.stringContaining('"from system"'),
      "user from customer",
    ]);
  });

  test("counts once, however often it comes with one id", async () => {
    const { continuo } = await started();
    for (const role of ["user", "user", "assistant", "assistant"] as const)
      await continuo.sessions.addMessage("ann", { role, content: "Hello", messageId: `m-${role}` });
    expect((await continuo.sessions.get("ann")).context.messageHistory).toHaveLength(2);
  });

  test("of a customer begins a session where the last one is over, and is never taken for a STOP", async () => {
    const { continuo } = await started();
    await continuo.processMessage("Hello", "sms", JOHN);
    await continuo.sessions.close(JOHN);
    const session = await continuo.sessions.addMessage(JOHN, { role: "user", content: "stop", channel: "sms" });
    expect(session).toMatchObject({ state: "NEW", context: { messageHistory: [{ content: "stop" }] } });
    expect(await continuo.processMessage("Hello", "sms", JOHN)).toMatchObject({ outcome: "replied" });
  });

  test("of a person ends the waiting for one", async () => {
    const { continuo } = await started();
    await continuo.processMessage("I want to speak to a human", "sms", JOHN);
    const waiting = await continuo.sessions.get(JOHN);
    expect(waiting.state).toBe("WAITING_AGENT");
    expect(await continuo.sessions.addMessage(waiting, { role: "assistant", content: "One moment" })).toMatchObject({
      state: "WAITING_AGENT",
    });
    expect(await continuo.sessions.addMessage(waiting, { role: "agent", content: "Ann here" })).toMatchObject({
      state: "ACTIVE",
    });
  });

  test.each<[NewMessage]>([
    [{ role: "user", content: " " }],
    // What a program in plain JavaScript may do.
    [{ role: "robot", content: "Hello" } as never],
    [{ role: "assistant" } as never],
    [{ role: "user", content: "Hello", channel: "voice" } as never],
  ])("is refused when it is %j", async (message) => {
    const { continuo } = await started();
    await expect(continuo.sessions.addMessage("ann", message)).rejects.toMatchObject({ code: "bad_request" });
    const session = await continuo.sessions.get("ann");
    const context = { messageHistory: [{ role: "user", content: "Hello" } as const, message], extractedInfo: {} };
    await expect(continuo.sessions.update({ ...session, context })).rejects.toMatchObject({ code: "bad_request" });
    expect((await continuo.sessions.get("ann")).context.messageHistory).toEqual([]);
  });
});

describe("what is noted of a customer", () => {
  test("is kept and forgotten value by value", async () => {
    const { continuo } = await started({ agents: { booking } });
    const session = await continuo.sessions.get("ann");
    const noted = await continuo.sessions.updateExtractedInfo(session, {
      budget: 3_000_000,
      wishes: ["garden"],
      new: true,
    });
    expect(noted.context.extractedInfo).toEqual({ budget: 3_000_000, wishes: ["garden"], new: true });
    const changed = await continuo.sessions.updateExtractedInfo("ann", {
      budget: 2_500_000,
      wishes: null,
      nothing: null,
    });
    expect(changed.context.extractedInfo).toEqual({ budget: 2_500_000, new: true });
    await continuo.sessions.close("ann");
    await continuo.sessions.addMessage("ann", { role: "user", content: "Hello" });
    expect((await continuo.sessions.get("ann")).context.extractedInfo).toEqual({});
  });

  test("is kept whole or not at all", async () => {
    const { continuo } = await started();
    const info = { budget: 1, name: "" };
    await expect(continuo.sessions.updateExtractedInfo("ann", info)).rejects.toMatchObject({ code: "bad_request" });
    await expect(continuo.sessions.updateExtractedInfo("ann", { budget: Number.NaN })).rejects.toMatchObject({
      code: "bad_request",
    });
    expect((await continuo.sessions.get("ann")).context.extractedInfo).toEqual({});
  });

  test("fits the agent's schema: one value that does not, and none is kept", async () => {
    const entities = z.object({ budget: z.number().positive(), location: z.string() });
    const { continuo } = await started({ agents: { booking: defineAgent({ ...booking, entities }) } });
    const { sessions } = continuo;
    for (const info of [
      { location: "New Cairo", budget: -1 },
      { location: "New Cairo", wishes: "a garden" },
    ])
      await expect(sessions.updateExtractedInfo("ann", info)).rejects.toMatchObject({ code: "bad_request" });
    const session = await sessions.get("ann");
    expect(session.context.extractedInfo).toEqual({});
    const context = { messageHistory: [{ role: "user", content: "Hi" } as const], extractedInfo: { budget: "a lot" } };
    await expect(sessions.update({ ...session, context })).rejects.toMatchObject({ code: "bad_request" });
    expect((await sessions.get("ann")).context.messageHistory).toEqual([]);
    const kept = await sessions.updateExtractedInfo("ann", { location: "New Cairo", budget: 2 });
    expect(kept.context.extractedInfo).toEqual({ location: "New Cairo", budget: 2 });
  });
});

describe("the state of a session", () => {
  test("is changed by the table of transitions, and what only time or a customer does is refused", async () => {
    const { continuo } = await started();
    const { sessions } = continuo;
    const session = await sessions.get("ann");
    expect((await sessions.updateState(session, "ACTIVE")).state).toBe("ACTIVE");
    expect((await sessions.updateState(session, "WAITING_AGENT")).state).toBe("WAITING_AGENT");
    expect((await sessions.updateState(session, "WAITING_AGENT")).state).toBe("WAITING_AGENT");
    for (const state of ["IDLE", "NEW", "ASLEEP" as never] as const)
      await expect(sessions.updateState(session, state)).rejects.toMatchObject({ code: "bad_request" });
    expect((await sessions.updateState(session, "ACTIVE")).state).toBe("ACTIVE");
    expect((await sessions.updateState(session, "CLOSED")).state).toBe("CLOSED");
    await expect(sessions.updateState(session, "ACTIVE")).rejects.toMatchObject({ code: "bad_request" });
  });

  test("becomes idle and closed by silence, looked for at once", async () => {
    const clock = movableClock();
    const { continuo } = await started({ overrides: { clock, sweepEveryMs: HOUR_MS * 1_000 } });
    await continuo.processMessage("Hello", "sms", JOHN);
    const states: string[] = [];
    for (const passed of [0, HOUR_MS, 24 * HOUR_MS]) {
      clock.advance(passed);
      await continuo.sessions.checkIdle();
      states.push((await continuo.sessions.get(JOHN)).state);
    }
    expect(states).toEqual(["ACTIVE", "IDLE", "CLOSED"]);
  });

  test("is closed by the session's own id, and an older session changes nothing", async () => {
    const { continuo } = await started();
    const first = await continuo.sessions.get("ann");
    await continuo.sessions.close(first.id);
    await continuo.sessions.close(first.id);
    await continuo.processMessage("Hello", "web", "ann");
    const second = await continuo.sessions.get("ann");
    await continuo.sessions.close(first.id);
    await continuo.sessions.close(first);
    expect(await continuo.sessions.get("ann")).toMatchObject({ id: second.id, state: "ACTIVE" });
    await continuo.sessions.close(second);
    expect(await continuo.sessions.get("ann")).toMatchObject({ id: second.id, state: "CLOSED" });
    for (const nobody of ["ses_00000000000000000000000000", "bob", "+442079460000"])
      await expect(continuo.sessions.close(nobody)).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("a session that a program changed", () => {
  test("is kept: new messages are added, values are set, what was there stays", async () => {
    const { continuo } = await started({ agents: { booking } });
    await continuo.processMessage("Hello", "web", "ann");
    const session = await continuo.sessions.get("ann");
    const { messageHistory, extractedInfo } = session.context;
    const kept = await continuo.sessions.update({
      ...session,
      context: {
        messageHistory: [...messageHistory.slice(1), { role: "operator", content: "I am on it" }],
        extractedInfo: { ...extractedInfo, budget: 7 },
      },
    });
    expect(kept.context.messageHistory.map(({ role }) => role)).toEqual(["user", "assistant", "operator"]);
    expect(kept.context.extractedInfo).toEqual({ budget: 7 });
    const again = await continuo.sessions.update(kept);
    expect(again).toEqual(kept);
  });

  test("is refused when it is not as it was: another state, or another session", async () => {
    const { continuo } = await started();
    const session = await continuo.sessions.get("ann");
    await continuo.sessions.updateState(session, "WAITING_AGENT");
    await expect(continuo.sessions.update(session)).rejects.toMatchObject({ code: "bad_request" });
    await continuo.sessions.close(session);
    await continuo.sessions.addMessage("ann", { role: "user", content: "Hello" });
    await expect(continuo.sessions.update(session)).rejects.toMatchObject({ code: "bad_request" });
    await expect(continuo.sessions.updateExtractedInfo(session, { a: 1 })).rejects.toMatchObject({
      code: "bad_request",
    });
  });
});
