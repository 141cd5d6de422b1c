import { afterEach, describe, expect, test } from "vitest";
import { startLibrary, type LibraryUnderTest } from "../../../test/support/library.ts";
import { answeredBy, askedIn, saidTo } from "../../../test/support/model-input.ts";
import { startModelServer, type ModelAnswer, type SeenRequest } from "../../../test/support/model-server.ts";
import { movableClock } from "../../../test/support/movable-clock.ts";
import { JOHN } from "../../../test/support/numbers.ts";
import { subjectId, tenantId } from "../../core/ids.ts";
import type { ContinuoOptions } from "../library.ts";
import type { OutgoingText } from "./channels.ts";

const open: AsyncDisposable[] = [];

afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one[Symbol.asyncDispose]();
});

/** The library with the offline model. */
async function started(options: ContinuoOptions = {}): Promise<LibraryUnderTest> {
  const library = await startLibrary(options);
  open.push(library);
  return library;
}

/** The library with a model that the test answers for. */
async function answering(
  answer: (request: SeenRequest) => ModelAnswer,
  options: ContinuoOptions = {},
): Promise<LibraryUnderTest> {
  const model = await startModelServer(answer);
  open.push(model);
  return await started({ ...options, env: { ...answeredBy(model), ...options.env } });
}

function echo(request: SeenRequest): ModelAnswer {
  return { kind: "say", tokens: [`You said: ${askedIn(request)}`] };
}

/** What a promise is rejected with; it may be so before anybody looks. */
function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe("a message that is processed", () => {
  test("is answered, and the next one of the same session is answered knowing it", async () => {
    const seen: (readonly string[])[] = [];
    const { continuo } = await answering((request) => {
      seen.push(saidTo(request));
      return echo(request);
    });
    const first = await continuo.runWorkflow({ input_as_text: "A beginner workout, please", session_id: "alice" });
    expect(first).toEqual({
      output_text: "You said: A beginner workout, please",
      conversation_id: expect.stringMatching(/^sub_/u),
      session_id: "alice",
      outcome: "replied",
    });
    const second = await continuo.runWorkflow({ input_as_text: "How often?", session_id: "alice" });
    expect(second.conversation_id).toBe(first.conversation_id);
    expect(seen).toEqual([["A beginner workout, please"], ["A beginner workout, please", "How often?"]]);
    await continuo.runWorkflow({ input_as_text: "Hello", session_id: "bob" });
    expect(seen.at(-1)).toEqual(["Hello"]);
  });

  test("is refused by the caller's own words where one is missing", async () => {
    const { continuo } = await started();
    const noSession: { readonly input_as_text: string; readonly session_id: string } =
      JSON.parse('{ "input_as_text": "Hello" }');
    await expect(continuo.runWorkflow(noSession)).rejects.toThrow("bad_request: session_id must be a text");
    await expect(continuo.runWorkflow({ ...noSession, input_as_text: " ", session_id: "ann" })).rejects.toThrow(
      "bad_request: input_as_text has no words in it",
    );
  });

  test("is one conversation with what the same number says in any spelling and on any channel", async () => {
    const { continuo } = await started();
    const switched: unknown[] = [];
    continuo.on("modality_switched", ({ data }) => switched.push(data));
    const asked = await continuo.processMessage("Where is my order ORD_12345?", "text", "(415) 555-0100", JOHN);
    expect(asked).toEqual({
      text: expect.stringContaining("ORD_12345"),
      outcome: "replied",
      channel: "text",
      sessionId: "(415) 555-0100",
    });
    const spoken = await continuo.processMessage("When does it arrive?", "voice", JOHN);
    expect(spoken).toMatchObject({ outcome: "replied", text: expect.stringContaining("1 2 3 4 5") });
    await continuo.settled();
    expect(switched).toEqual([{ from: "sms", to: "voice" }]);
    const session = await continuo.getSession("phone_14155550100");
    expect(session?.context.conversationHistory.filter(({ role }) => role === "customer")).toHaveLength(2);
  });

  test("is answered after everything that was said before, each by an answer of its own", async () => {
    const order: string[] = [];
    const released = Promise.withResolvers<void>();
    const { continuo } = await answering((request) => {
      const asked = askedIn(request);
      order.push(asked);
      return { ...echo(request), ...(asked === "one" ? { after: released.promise } : {}) };
    });
    const texts = ["one", "two", "three"].map((text) => continuo.processMessage(text, "sms", "ann"));
    await expect.poll(() => order).toEqual(["one"]);
    released.resolve();
    const answers = await Promise.all(texts);
    expect(answers.map(({ text }) => text)).toEqual(["You said: one", "You said: two", "You said: three"]);
    expect(order).toEqual(["one", "two", "three"]);
  });

  test("does not wait for other customers", async () => {
    const released = Promise.withResolvers<void>();
    const { continuo } = await answering((request) => ({
      ...echo(request),
      ...(askedIn(request) === "slow" ? { after: released.promise } : {}),
    }));
    const slow = continuo.processMessage("slow", "web", "ann");
    expect(await continuo.processMessage("quick", "web", "bob")).toMatchObject({ text: "You said: quick" });
    released.resolve();
    expect(await slow).toMatchObject({ text: "You said: slow" });
  });

  test("is refused when it is none, comes on no channel, or its session has no name; nobody is made by it", async () => {
    const { continuo } = await started();
    const names = [" ", "x".repeat(257), "a\u0000b"];
    const refused = [
      // What a program in plain JavaScript may do.
      ...["", " \n", "a".repeat(100_001), 7 as never].map((input) => continuo.processMessage(input, "sms", JOHN)),
      ...["email", "", undefined].map((channel) => continuo.processMessage("Hello", channel as never, JOHN)),
      ...names.map((name) => continuo.processMessage("Hello", "sms", name)),
      continuo.processMessage("Hello", "sms", JOHN, JOHN, { messageId: "" }),
    ];
    const badRequest = { status: "rejected", reason: { code: "bad_request" } };
    expect(await Promise.allSettled(refused)).toMatchObject(refused.map(() => badRequest));
    expect(await continuo.getSession(JOHN)).toBeUndefined();
  });

  test("counts once, however often it comes with one id", async () => {
    const { continuo } = await answering(echo);
    const message = ["Once", "sms", JOHN, JOHN, { messageId: "m1" }] as const;
    expect(await continuo.processMessage(...message)).toMatchObject({ outcome: "replied" });
    expect(await continuo.processMessage(...message)).toMatchObject({ outcome: "duplicate", text: "" });
    expect(await continuo.processMessage("Once", "sms", "ann", "", { messageId: "m1" })).toMatchObject({
      outcome: "replied",
    });
  });
});

describe("a message without a reply tells why", () => {
  test("because an operator has the conversation", async () => {
    const library = await started();
    const { conversation_id } = await library.continuo.runWorkflow({ input_as_text: "Hello", session_id: "ann" });
    await library.own({ tenant: tenantId("default"), subjectId: subjectId(conversation_id) }, "operator");
    for (const channel of ["web", "voice"] as const) {
      expect(await library.continuo.processMessage("Are you there?", channel, "ann")).toMatchObject({
        outcome: "held",
        text: "",
      });
    }
  });

  test("because an operator took over while it was made", async () => {
    const released = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const library = await answering((request) => {
      asked.resolve();
      return { ...echo(request), after: released.promise };
    });
    const { continuo } = library;
    const { id, customerId } = await continuo.sessions.get(JOHN);
    expect([id, customerId]).toEqual([expect.stringMatching(/^ses_/u), JOHN]);
    const userId = (await continuo.getSession(JOHN))?.userId ?? "";
    const answer = continuo.processMessage("Hello", "sms", JOHN);
    await asked.promise;
    await library.own({ tenant: tenantId("default"), subjectId: subjectId(userId) }, "operator");
    released.resolve();
    expect(await answer).toMatchObject({ outcome: "suppressed", text: "" });
  });

  test("because the customer opted out", async () => {
    const { continuo } = await started();
    expect(await continuo.processMessage("STOP", "sms", JOHN)).toMatchObject({ outcome: "stop", text: "" });
    expect(await continuo.processMessage("Hello?", "sms", JOHN)).toMatchObject({ outcome: "opted_out", text: "" });
    expect(await continuo.processMessage("HELP", "whatsapp", JOHN)).toMatchObject({ outcome: "help", text: "" });
    expect(await continuo.processMessage("START", "sms", JOHN)).toMatchObject({ outcome: "start" });
    expect(await continuo.processMessage("Hello?", "sms", JOHN)).toMatchObject({ outcome: "replied" });
  });

  test("because there were too many; the customer is told so once, and answered with the next one", async () => {
    const clock = movableClock();
    const asked: (readonly string[])[] = [];
    const { continuo } = await answering(
      (request) => {
        asked.push(saidTo(request));
        return echo(request);
      },
      { env: { RATE_LIMIT_PER_MINUTE: "1" }, overrides: { clock } },
    );
    // Within one minute of the clock, wherever the test begins.
    clock.advance(60_000 - (clock.now() % 60_000));
    expect(await continuo.processMessage("one", "sms", JOHN)).toMatchObject({ outcome: "replied" });
    const second = await continuo.processMessage("two", "sms", JOHN);
    expect(second).toMatchObject({ outcome: "limited", text: expect.stringContaining("faster than we can answer") });
    expect(await continuo.processMessage("three", "sms", JOHN)).toMatchObject({ outcome: "limited", text: "" });
    clock.advance(60_000);
    expect(await continuo.processMessage("four", "sms", JOHN)).toMatchObject({ outcome: "replied" });
    expect(asked.at(-1)).toEqual(["one", "two", "three", "four"]);
  });

  test("because no model answers: the customer is told so", async () => {
    const { continuo } = await answering(() => ({ kind: "fail", status: 401 }));
    const answer = await continuo.processMessage("Hello", "sms", JOHN);
    expect(answer).toMatchObject({ outcome: "failed", text: expect.stringContaining("I am sorry") });
  });
});

describe("whoever gives up waiting", () => {
  test("is told so at once; what was accepted is answered all the same, and handed over", async () => {
    const released = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const delivered: OutgoingText[] = [];
    const { continuo } = await answering(
      (request) => {
        asked.resolve();
        return { ...echo(request), after: released.promise };
      },
      { deliver: (text) => void delivered.push(text) },
    );
    const control = new AbortController();
    const given = continuo.processMessage("Hello", "sms", JOHN, JOHN, { signal: control.signal });
    const queued = continuo.processMessage("Never said", "sms", JOHN, JOHN, { signal: control.signal });
    await asked.promise;
    control.abort(new Error("enough"));
    await expect(given).rejects.toThrow("enough");
    await expect(queued).rejects.toThrow("enough");
    released.resolve();
    await expect.poll(() => delivered).toHaveLength(1);
    expect(delivered).toEqual([
      {
        id: expect.stringMatching(/^out_/u),
        tenant: "default",
        subjectId: expect.stringMatching(/^sub_/u),
        channel: "sms",
        to: JOHN,
        text: "You said: Hello",
      },
    ]);
    const history = (await continuo.getSession(JOHN))?.context.conversationHistory.map(({ content }) => content);
    expect(history).toEqual(["Hello", "You said: Hello"]);
  });

  test("before it began is not heard at all", async () => {
    const { continuo } = await started();
    const signal = AbortSignal.abort(new Error("never mind"));
    await expect(continuo.processMessage("Hello", "sms", JOHN, JOHN, { signal })).rejects.toThrow("never mind");
    expect(await continuo.getSession(JOHN)).toBeUndefined();
  });

  test("by closing the program is told so, and the answer comes after the next start", async () => {
    const delivered: string[] = [];
    const stuck = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    let answers = 0;
    const library = await answering(
      (request) => {
        answers += 1;
        asked.resolve();
        return answers === 1 ? { ...echo(request), after: stuck.promise } : echo(request);
      },
      { deliver: ({ text }) => void delivered.push(text), overrides: { drainMs: 20 } },
    );
    const waiting = library.continuo.processMessage("Hello", "sms", JOHN);
    const told = rejection(waiting);
    await asked.promise;
    await library.restart();
    expect(await told).toMatchObject({ code: "bad_request" });
    await expect.poll(() => delivered).toEqual(["You said: Hello"]);
    stuck.resolve();
  });

  test("for a program that was closed is told so, whatever it asks for", async () => {
    const library = await started();
    const { continuo } = library;
    await library.restart();
    const asked = [
      continuo.processMessage("Hello", "sms", JOHN),
      continuo.processMessage("Hello", "voice", JOHN, "alice"),
      continuo.sessions.get(JOHN),
      continuo.getSession(JOHN),
      continuo.destroySession(JOHN),
    ];
    const closed = { status: "rejected", reason: { code: "bad_request", message: expect.stringContaining("closed") } };
    expect(await Promise.allSettled(asked)).toMatchObject(asked.map(() => closed));
  });

  test("because the text is taken by nobody is asked again", async () => {
    const tries: string[] = [];
    const released = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const { continuo } = await answering(
      (request) => {
        asked.resolve();
        return { ...echo(request), after: released.promise };
      },
      {
        overrides: { random: () => 0 },
        deliver({ id }) {
          tries.push(id);
          if (tries.length === 1) throw new Error("the door is shut");
        },
      },
    );
    const control = new AbortController();
    const given = continuo.processMessage("Hello", "sms", JOHN, JOHN, { signal: control.signal });
    await asked.promise;
    control.abort(new Error("enough"));
    await expect(given).rejects.toThrow("enough");
    released.resolve();
    await expect.poll(() => tries, { timeout: 5_000 }).toHaveLength(2);
    expect(tries[0]).toBe(tries[1]);
  });

  test("because the customer was forgotten is told so", async () => {
    const released = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const { continuo } = await answering((request) => {
      asked.resolve();
      return { ...echo(request), after: released.promise };
    });
    const waiting = continuo.processMessage("Hello", "sms", JOHN);
    const told = rejection(waiting);
    await asked.promise;
    expect(await continuo.destroySession(JOHN)).toMatchObject({ receiptId: expect.stringMatching(/^rcpt_/u) });
    expect(await told).toMatchObject({ code: "not_found" });
    released.resolve();
    expect(await continuo.destroySession(JOHN)).toBeUndefined();
    expect(await continuo.getSession(JOHN)).toBeUndefined();
  });
});

describe("what is spoken", () => {
  test("is one call until the customer writes, and is counted as one", async () => {
    const { continuo } = await started();
    const happened: string[] = [];
    for (const name of ["call_started", "call_connected", "call_dropped", "call_ended"] as const)
      continuo.on(name, () => happened.push(name));
    await continuo.processMessage("Where is my order ORD_12345?", "voice", JOHN);
    await continuo.processMessage("And when does it arrive?", "voice", JOHN);
    await continuo.settled();
    expect(happened).toEqual(["call_started", "call_connected"]);
    await continuo.processMessage("Thanks", "sms", JOHN);
    await continuo.settled();
    expect(happened).toEqual(["call_started", "call_connected", "call_ended"]);
    expect((await continuo.sessions.get(JOHN)).metadata).toMatchObject({ callCount: 1, smsCount: 1 });
    await continuo.processMessage("One more thing", "voice", JOHN);
    expect((await continuo.sessions.get(JOHN)).metadata).toMatchObject({ callCount: 2 });
  });

  test("ends after a minute of silence", async () => {
    const clock = movableClock();
    const { continuo } = await started({ overrides: { clock } });
    const ended = Promise.withResolvers<void>();
    continuo.on("call_ended", () => ended.resolve());
    await continuo.processMessage("Hello", "voice", "ann");
    clock.advance(59_000);
    await continuo.processMessage("Still here", "voice", "ann");
    clock.advance(59_000);
    expect(await continuo.processMessage("And still", "voice", "ann")).toMatchObject({ outcome: "replied" });
    clock.advance(61_000);
    await ended.promise;
    expect((await continuo.sessions.get("ann")).metadata.callCount).toBe(1);
  });

  test("at once with what is written is answered in order", async () => {
    const { continuo } = await answering(echo);
    const answers = await Promise.all([
      continuo.processMessage("spoken", "voice", JOHN),
      continuo.processMessage("written", "sms", JOHN),
      continuo.processMessage("spoken again", "voice", JOHN),
    ]);
    expect(answers.map(({ text }) => text)).toEqual([
      "You said: spoken",
      "You said: written",
      "You said: spoken again",
    ]);
  });

  test("is looked for in the right turn when the same words come twice", async () => {
    let count = 0;
    const { continuo } = await answering(() => ({ kind: "say", tokens: [`Answer ${(count += 1)}.`] }));
    const answers = await Promise.all([1, 2, 3].map(() => continuo.processMessage("Yes", "voice", "ann")));
    expect(answers.map(({ text }) => text)).toEqual(["Answer 1.", "Answer 2.", "Answer 3."]);
  });

  test("and was not answered when the program ended is answered after the next start", async () => {
    const asked = Promise.withResolvers<void>();
    const stuck = Promise.withResolvers<void>();
    const delivered: OutgoingText[] = [];
    let answers = 0;
    const library = await answering(
      (request) => {
        asked.resolve();
        answers += 1;
        return answers === 1 ? { ...echo(request), after: stuck.promise } : echo(request);
      },
      { deliver: (text) => void delivered.push(text), overrides: { drainMs: 20 } },
    );
    const told = rejection(library.continuo.processMessage("Hello", "voice", JOHN));
    await asked.promise;
    await library.restart();
    expect(await told).toMatchObject({ code: "bad_request" });
    await expect.poll(() => delivered).toMatchObject([{ channel: "sms", to: JOHN, text: "You said: Hello" }]);
    stuck.resolve();
  });
});
