import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ContinuoError } from "./errors.ts";
import { openToolGate } from "./gate-to-ledger.ts";
import { newInboxId, newSubjectId, newTurnId, tenantId } from "./ids.ts";
import type { InboxRow, Treatment } from "./message.ts";
import type { Clock } from "./ports/clock.ts";
import type { ToolCalls } from "./ports/ledger.ts";
import type { RespondRequest, Responder, ResponderEvent } from "./ports/responder.ts";
import { sentences } from "./sentences.ts";
import type { GateCall } from "./tool-gate.ts";
import { takeTurn, type TurnWork } from "./turn.ts";

const subjectId = newSubjectId(0);
const turnId = newTurnId(0);
const apology = "I am sorry, something is wrong here.";

const clock: Clock = {
  now: () => 0,
  sleep: (_ms, signal) => new Promise((resolve) => signal?.addEventListener("abort", () => resolve())),
};

/** A ledger that lets every act begin and takes every result. */
const everyAct: ToolCalls = {
  claim: async ({ id }) => ({ kind: "claimed", id, key: id }),
  finish: async () => ({ late: false }),
  record: async () => undefined,
  expire: async () => [],
  ofTurn: async () => [],
};

function row(treatment: Treatment = "answer"): InboxRow {
  return {
    id: newInboxId(0),
    subjectId,
    tenant: tenantId("default"),
    receivedAt: 0,
    treatment,
    failures: 0,
    superseded: false,
    body: {
      kind: "text",
      channel: "sms",
      from: "+14155550100",
      to: "+14155550199",
      text: "Hello",
      media: [],
      providerId: "SM1",
    },
  };
}

type Script = (request: RespondRequest, signal: AbortSignal) => AsyncIterable<ResponderEvent>;

function responderOf(respond: Script): Responder {
  return {
    model: { name: "script", offline: true },
    voiceOf: async () => ({ name: "support", greeting: "Hello.", language: "en-US", apology, history: "own" as const }),
    respond,
  };
}

/** Runs one turn against a script, and gives what the sink and the record got. */
async function turnOf(
  script: Script,
  given: Partial<TurnWork> & { readonly toolCalls?: ToolCalls; readonly control?: AbortController } = {},
) {
  const { toolCalls = everyAct, control = new AbortController(), ...work } = given;
  const written: string[] = [];
  const gate = openToolGate({
    toolCalls,
    clock,
    subjectId,
    turnId,
    fence: 1,
    durable: Promise.resolve(),
    signal: control.signal,
    onLate: () => undefined,
  });
  const run = await takeTurn(
    { responder: responderOf(script) },
    {
      tenant: tenantId("default"),
      subjectId,
      turnId,
      agent: undefined,
      channel: "voice",
      owner: "agent",
      rows: [row()],
      window: [],
      memory: { earlier: [], facts: [], entities: {} },
      addresses: [],
      gate,
      voice: { name: "support", greeting: "Hello.", language: "en-US", apology, history: "own" as const },
      now: 0,
      ...work,
    },
    { sink: { write: (text) => void written.push(text) }, signal: control.signal },
  );
  const spoken = run.items.map((item) => (item.kind === "agent" ? item.text : "")).join("");
  return { run, written, spoken, gate };
}

function say(delta: string): ResponderEvent {
  return { kind: "text", delta };
}

const messageEnd: ResponderEvent = { kind: "message_end" };

function call(callId: string, effect: GateCall["effect"] = "writes"): GateCall {
  return {
    callId,
    tool: "escalate",
    arguments: "{}",
    effect,
    act: `escalate ${callId}`,
    idempotent: false,
    timeoutMs: 1_000,
  };
}

async function* told(...events: readonly ResponderEvent[]): AsyncGenerator<ResponderEvent> {
  yield* events;
}

/** Resolves when the signal aborts, as everything does that waits for a model. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve());
  });
}

describe("a turn", () => {
  test("passes the words on as they come and records them as they were sent", async () => {
    const { run, written, spoken } = await turnOf(() => told(say("It has"), say(" shipped."), messageEnd));
    expect(written).toEqual(["It has", " shipped."]);
    expect(run).toMatchObject({ outcome: "replied", text: "It has shipped.", interrupted: false, openCalls: [] });
    expect(run.items).toEqual([{ kind: "agent", channel: "voice", text: "It has shipped.", status: "complete" }]);
    expect(spoken).toBe("It has shipped.");
  });

  test("keeps a space between two messages, and the record is exactly what was sent", async () => {
    const { run, written, spoken } = await turnOf(() =>
      told(
        say("Let me check."),
        { kind: "tool_call", callId: "a", tool: "lookup_order", arguments: "{}" },
        { kind: "tool_result", callId: "a", tool: "lookup_order", output: "shipped" },
        say("It has"),
        say(" shipped."),
        messageEnd,
        say(" Anything else?"),
      ),
    );
    expect(run.text).toBe("Let me check. It has shipped. Anything else?");
    expect(written.join("")).toBe(run.text);
    expect(spoken).toBe(run.text);
    expect(run.items.map((item) => item.kind)).toEqual(["agent", "tool_call", "tool_result", "agent", "agent"]);
  });

  test("sends exactly what it records, whatever the model does", async () => {
    const delta = fc.constantFrom("", " ", "\n", "One.", " two", "three ", "é😀");
    const event: fc.Arbitrary<ResponderEvent> = fc.oneof(
      delta.map(say),
      fc.constant(messageEnd),
      fc
        .constantFrom("a", "b")
        .map((callId): ResponderEvent => ({ kind: "tool_call", callId, tool: "t", arguments: "{}" })),
      fc
        .constantFrom("a", "b")
        .map((callId): ResponderEvent => ({ kind: "tool_result", callId, tool: "t", output: "o" })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 20 }), fc.boolean(), async (events, fails) => {
        const { run, written, spoken } = await turnOf(async function* script() {
          yield* events;
          if (fails) throw new ContinuoError("model_unavailable", "gone");
        });
        expect(written.join("")).toBe(run.text);
        expect(spoken).toBe(run.text);
        expect(run.text.trim()).not.toBe("");
      }),
    );
  });

  test("adds the model's own account of what it used", async () => {
    const { run } = await turnOf(() =>
      told(say("Yes."), { kind: "usage", modelCalls: 2, inputTokens: 30, outputTokens: 4 }),
    );
    expect(run.usage).toEqual({ modelCalls: 2, inputTokens: 30, outputTokens: 4 });
  });

  test("with nothing to answer only records", async () => {
    const { run } = await turnOf(() => told(say("never")), { rows: [row("record"), row("join")] });
    expect(run).toMatchObject({ outcome: "recorded", text: "", items: [] });
  });

  test("of a conversation that an operator holds is held", async () => {
    const { run, written } = await turnOf(() => told(say("never")), { owner: "operator" });
    expect(run).toMatchObject({ outcome: "held", text: "", items: [] });
    expect(written).toEqual([]);
  });
});

describe("a model that fails", () => {
  const failure = new ContinuoError("model_unavailable", "no model answered");

  test("before its first word is apologised for", async () => {
    const { run, written } = await turnOf(async function* script() {
      yield* [];
      throw failure;
    });
    expect(run).toMatchObject({ outcome: "failed", text: apology, failure });
    expect(written).toEqual([apology]);
  });

  test("in the middle of a sentence is apologised for behind it", async () => {
    const { run, written, spoken } = await turnOf(async function* script() {
      yield say("Your order");
      throw new TypeError("terminated");
    });
    expect(run).toMatchObject({ outcome: "failed", text: `Your order ${apology}` });
    expect(run.items).toMatchObject([{ status: "incomplete" }, { status: "complete" }]);
    expect(written.join("")).toBe(spoken);
  });

  test("by saying nothing is apologised for", async () => {
    expect((await turnOf(() => told())).run).toMatchObject({ outcome: "failed", text: apology });
    expect((await turnOf(() => told(say(" \n"), messageEnd))).run).toMatchObject({
      outcome: "failed",
      text: ` \n ${apology}`,
    });
  });

  test("of an agent without an apology is apologised for in our own words", async () => {
    const voice = { name: "support", greeting: "", language: "en-US", apology: " ", history: "own" as const };
    expect((await turnOf(() => told(), { voice })).run.text).toBe(sentences.apology);
  });

  test("after an act leaves the act in the record", async () => {
    const { run } = await turnOf(async function* script(request) {
      yield { kind: "tool_call", callId: "a", tool: "escalate", arguments: "{}" };
      await request.tools.run(call("a"), async () => "escalated");
      throw failure;
    });
    expect(run.items).toMatchObject([
      { kind: "tool_call", callId: "a" },
      { kind: "tool_result", callId: "a", output: "escalated" },
      { kind: "agent" },
    ]);
    expect(run.openCalls).toEqual([]);
  });
});

describe("an interruption", () => {
  test("ends the reply in the middle of a word, without an apology", async () => {
    const control = new AbortController();
    const { run, written, spoken } = await turnOf(
      async function* script(_request, signal) {
        yield say("It has shi");
        control.abort();
        yield say("pped.");
        await aborted(signal);
      },
      { control },
    );
    expect(run).toMatchObject({ outcome: "replied", interrupted: true, text: "It has shi" });
    expect(run.items).toEqual([{ kind: "agent", channel: "voice", text: "It has shi", status: "incomplete" }]);
    expect(written.join("")).toBe(spoken);
  });

  test("before the first word leaves nothing said", async () => {
    const control = new AbortController();
    control.abort();
    const { run } = await turnOf(
      async function* script(_request, signal) {
        yield* [];
        signal.throwIfAborted();
      },
      { control },
    );
    expect(run).toMatchObject({ outcome: "replied", interrupted: true, text: "", items: [] });
    expect(run.failure).toBeUndefined();
  });

  test("leaves no trace of a call that was cut off before it began", async () => {
    const control = new AbortController();
    const { run } = await turnOf(
      async function* script(request) {
        yield say("Let me check.");
        yield { kind: "tool_call", callId: "a", tool: "escalate", arguments: "{}" };
        control.abort();
        await request.tools.run(call("a"), async () => "never");
      },
      { control },
    );
    expect(run.items.map((item) => item.kind)).toEqual(["agent"]);
    expect(run.openCalls).toEqual([]);
  });

  test("leaves an act that runs as an open call, and does not wait for it", async () => {
    const control = new AbortController();
    const answer = Promise.withResolvers<string>();
    const { run, gate } = await turnOf(
      async function* script(request, signal) {
        yield { kind: "tool_call", callId: "a", tool: "escalate", arguments: "{}" };
        void request.tools.run(call("a"), () => {
          control.abort();
          return answer.promise;
        });
        await aborted(signal);
      },
      { control },
    );
    expect(run).toMatchObject({ outcome: "replied", interrupted: true, openCalls: ["a"] });
    expect(run.items).toEqual([{ kind: "tool_call", callId: "a", tool: "escalate", arguments: "{}" }]);
    answer.resolve("escalated");
    await expect.poll(() => gate.running(), { interval: 1 }).toEqual([]);
  });

  test("keeps in the record what was done although nobody was told of it", async () => {
    const control = new AbortController();
    const { run } = await turnOf(
      async function* script(request) {
        yield say("One moment");
        await request.tools.run(call("a"), async () => "escalated");
        control.abort();
      },
      { control },
    );
    expect(run.items).toMatchObject([
      { kind: "agent", text: "One moment", status: "incomplete" },
      { kind: "tool_call", callId: "a" },
      { kind: "tool_result", callId: "a", output: "escalated" },
    ]);
    expect(run.openCalls).toEqual([]);
  });

  test("still takes what was done by then, and none of the words", async () => {
    const control = new AbortController();
    const { run, written } = await turnOf(
      async function* script() {
        yield say("One moment");
        yield { kind: "tool_call", callId: "a", tool: "escalate", arguments: "{}" };
        control.abort();
        yield { kind: "tool_result", callId: "a", tool: "escalate", output: "escalated" };
        yield { kind: "escalation", escalation: { priority: "high", reason: "asked", summary: "" } };
        yield say("never");
      },
      { control },
    );
    expect(run.escalation).toMatchObject({ priority: "high" });
    expect(run.items.map((item) => item.kind)).toEqual(["agent", "tool_call", "tool_result"]);
    expect(written).toEqual(["One moment"]);
  });
});

async function refuse(refusal: ContinuoError): Promise<never> {
  await Promise.resolve();
  throw refusal;
}

describe("a turn that may not go on", () => {
  test.each([new ContinuoError("ledger_unavailable", "locked"), new ContinuoError("ledger_full", "no space")])(
    "because of the ledger rejects, and apologises to nobody: $code",
    async (refusal) => {
      const toolCalls: ToolCalls = { ...everyAct, claim: () => refuse(refusal) };
      const running = turnOf(
        async function* script(request) {
          yield* [];
          await request.tools.run(call("a"), async () => "never");
        },
        { toolCalls },
      );
      await expect(running).rejects.toBe(refusal);
    },
  );

  test("because somebody else holds the lane rejects", async () => {
    const toolCalls: ToolCalls = { ...everyAct, claim: async () => ({ kind: "fenced" }) };
    const running = turnOf(
      async function* script(request) {
        yield* [];
        await request.tools.run(call("a"), async () => "never");
      },
      { toolCalls },
    );
    await expect(running).rejects.toMatchObject({ code: "tool_failed" });
  });
});
