import { setTimeout as pause } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { directGate } from "../../test/support/direct-gate.ts";
import { startModelServer, type ModelAnswer, type ModelServer } from "../../test/support/model-server.ts";
import { branded, subjectId, tenantId, type TurnId } from "../core/ids.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { RespondRequest, ResponderEvent } from "../core/ports/responder.ts";
import type { ToolGate } from "../core/tool-gate.ts";
import type { WindowItem } from "../core/window.ts";
import { demoCommerce } from "./commerce/demo.ts";
import { defineAgent, type AgentDefinition } from "./define-agent.ts";
import { defineTool } from "./define-tool.ts";
import { noKnowledge } from "./knowledge/knowledge.ts";
import { openaiModels } from "./models/openai.ts";
import type { AgentRegistry } from "./registry.ts";
import { agentsResponder } from "./responder.ts";
import { escalateToHuman } from "./tools/escalate-to-human.ts";
import { orderStatus } from "./tools/order-status.ts";

const clock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) => pause(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined),
};

const apis = ["responses", "chat"] as const;
let server: ModelServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** A responder whose model is the local server, answering as scripted. */
async function start(
  script: (number: number) => ModelAnswer,
  options: {
    readonly api?: "responses" | "chat";
    readonly agent?: AgentDefinition;
    readonly silenceMs?: number;
    readonly maxTurns?: number;
  } = {},
) {
  server = await startModelServer((_request, number) => script(number));
  const agent = options.agent ?? supportAgent();
  const registry: AgentRegistry = {
    getDefault: () => Promise.resolve(agent),
    get: () => Promise.resolve(agent),
    list: () => [agent.name],
    defaultName: agent.name,
  };
  const responder = agentsResponder({
    registry,
    models: openaiModels({
      apiKey: "sk-test",
      model: "test-model",
      baseUrl: server.url,
      api: options.api ?? "responses",
      timeoutMs: 5_000,
    }),
    commerce: demoCommerce(Date.now()),
    knowledge: noKnowledge,
    clock,
    maxTurns: options.maxTurns ?? 10,
    streamTimeoutMs: options.silenceMs ?? 5_000,
    workflowName: "test",
  });
  return { responder, server };
}

function supportAgent(tools = [orderStatus, escalateToHuman]): AgentDefinition {
  return defineAgent({
    name: "support",
    instructions: "Help.",
    tools,
    greeting: "Hello.",
    apology: "Sorry.",
    language: "en-US",
  });
}

function request(changes: Partial<RespondRequest> = {}): RespondRequest {
  return {
    agent: undefined,
    tenant: tenantId("main"),
    subjectId: subjectId("sub_1"),
    turnId: branded<TurnId>("turn_1"),
    channel: "sms",
    window: [{ kind: "customer", channel: "sms", text: "Where is ORD_12345?" }],
    memory: { earlier: [], facts: [], entities: {} },
    addresses: ["+14155550100"],
    tools: directGate(),
    now: 1_795_219_200_000,
    ...changes,
  };
}

async function all(events: AsyncIterable<ResponderEvent>): Promise<readonly ResponderEvent[]> {
  const seen: ResponderEvent[] = [];
  for await (const event of events) seen.push(event);
  return seen;
}

function said(events: readonly ResponderEvent[]): string {
  return events
    .map((event) => (event.kind === "text" ? event.delta : event.kind === "message_end" ? "|" : ""))
    .join("");
}

const never = new AbortController().signal;
const statusCall = { name: "order_status", arguments: '{"orderId":"ORD_12345"}' };

describe.each(apis)("over %s", (api) => {
  test("words come as they are made, and a message ends", async () => {
    const { responder } = await start(() => ({ kind: "say", tokens: ["It ", "has ", "shipped."] }), { api });
    const events = await all(responder.respond(request(), never));
    expect(events.filter((event) => event.kind === "text").map((event) => event.delta)).toEqual([
      "It ",
      "has ",
      "shipped.",
    ]);
    expect(said(events)).toBe("It has shipped.|");
    expect(events.at(-1)).toEqual({ kind: "usage", modelCalls: 1, inputTokens: 10, outputTokens: 5 });
  });

  test("a call goes through the gate, and its result goes back to the model", async () => {
    const gate = directGate();
    const { responder, server: models } = await start(
      (number) =>
        number === 1
          ? { kind: "say", tokens: ["Let me look."], calls: [statusCall] }
          : { kind: "say", tokens: ["Shipped."] },
      { api },
    );
    const events = await all(responder.respond(request({ tools: gate }), never));
    expect(said(events)).toBe("Let me look.|Shipped.|");
    expect(events.map((event) => event.kind)).toEqual([
      "text",
      "message_end",
      "tool_call",
      "tool_result",
      "text",
      "message_end",
      "usage",
    ]);
    expect(gate.calls).toMatchObject([
      { tool: "order_status", effect: "reads", act: "order_status ORD_12345", timeoutMs: 10_000 },
    ]);
    const second = JSON.stringify(models.requests[1]?.body);
    expect(second).toContain("TRK_ABC123");
  });

  test("429 and 500 before the first word are tried again, and the customer hears one answer", async () => {
    const { responder } = await start(
      (number) =>
        number === 1
          ? { kind: "fail", status: 429, headers: { "retry-after-ms": "1" } }
          : number === 2
            ? { kind: "fail", status: 500 }
            : { kind: "say", tokens: ["Here I am."] },
      { api },
    );
    expect(said(await all(responder.respond(request(), never)))).toBe("Here I am.|");
  });

  test("a connection cut before the first word is tried again", async () => {
    const { responder } = await start(
      (number) => (number === 1 ? { kind: "drop" } : { kind: "say", tokens: ["Here."] }),
      { api },
    );
    expect(said(await all(responder.respond(request(), never)))).toBe("Here.|");
  });

  test("a connection cut after the first word is an honest failure, and nothing is said twice", async () => {
    const { responder, server: models } = await start(
      () => ({ kind: "say", tokens: ["One ", "two ", "three"], dropAfter: 2, gapMs: 1 }),
      { api },
    );
    const seen: ResponderEvent[] = [];
    await expect(async () => {
      for await (const event of responder.respond(request(), never)) seen.push(event);
    }).rejects.toMatchObject({ code: "model_unavailable" });
    expect(said(seen)).toBe("One two ");
    expect(models.requests).toHaveLength(1);
  });

  test("what cannot succeed is not tried again", async () => {
    const { responder, server: models } = await start(() => ({ kind: "fail", status: 401, code: "invalid_api_key" }), {
      api,
    });
    await expect(all(responder.respond(request(), never))).rejects.toMatchObject({
      code: "model_unavailable",
      message: "model_unavailable: no model answered: 401 invalid_api_key",
    });
    expect(models.requests).toHaveLength(1);
  });

  test("a model that stays down is given up after three attempts", async () => {
    const { responder, server: models } = await start(
      () => ({ kind: "fail", status: 503, headers: { "retry-after-ms": "1" } }),
      { api },
    );
    await expect(all(responder.respond(request(), never))).rejects.toMatchObject({ code: "model_unavailable" });
    expect(models.requests).toHaveLength(3);
  });

  test("an abort while words come ends the stream and the request at once", async () => {
    const { responder, server: models } = await start(
      () => ({ kind: "say", tokens: Array.from({ length: 500 }, () => "word "), gapMs: 5 }),
      { api },
    );
    const controller = new AbortController();
    let abortedAt = 0;
    for await (const event of responder.respond(request(), controller.signal)) {
      if (event.kind !== "text" || abortedAt > 0) continue;
      abortedAt = performance.now();
      controller.abort();
    }
    expect(performance.now() - abortedAt).toBeLessThan(50);
    const ended = await (await models.request(1)).ended;
    expect(ended.how).toBe("aborted");
    expect(ended.at - abortedAt).toBeLessThan(50);
  });

  test("a tool the agent does not have is an error to the model, not the end of the turn", async () => {
    const { responder } = await start(
      (number) =>
        number === 1
          ? { kind: "call", calls: [{ name: "process_refund", arguments: "{}" }] }
          : { kind: "say", tokens: ["I cannot do that."] },
      { api },
    );
    expect(said(await all(responder.respond(request(), never)))).toBe("I cannot do that.|");
  });
});

test("the request holds an array with stable instructions first, and nothing is kept at the provider", async () => {
  const { responder, server: models } = await start(() => ({ kind: "say", tokens: ["Yes."] }));
  await all(responder.respond(request(), never));
  const [seen] = models.requests;
  expect(seen?.body.store).toBe(false);
  expect(seen?.body.instructions.startsWith("Help.\n\n")).toBe(true);
  expect(seen?.body.instructions).toMatch(/Today is 2026-11-21\.$/u);
  expect(seen?.body.input).toEqual([
    { role: "system", content: "The customer now writes by text message." },
    { role: "user", content: "Where is ORD_12345?" },
  ]);
  expect(seen?.body.tools[0]).toMatchObject({
    name: "order_status",
    strict: true,
    parameters: { required: ["orderId"], additionalProperties: false },
  });
});

test("a stream that ends at once when the signal has fired before makes no request", async () => {
  const { responder, server: models } = await start(() => ({ kind: "say", tokens: ["Yes."] }));
  expect(await all(responder.respond(request(), AbortSignal.abort()))).toEqual([]);
  expect(models.requests).toHaveLength(0);
});

test("a reader who leaves ends the request", async () => {
  const { responder, server: models } = await start(() => ({
    kind: "say",
    tokens: Array.from({ length: 500 }, () => "word "),
    gapMs: 5,
  }));
  for await (const event of responder.respond(request(), never)) if (event.kind === "text") break;
  expect((await (await models.request(1)).ended).how).toBe("aborted");
});

test("an abort during a tool ends the stream at once and lets the tool finish", async () => {
  let finish: (() => void) | undefined;
  const finished = Promise.withResolvers<string>();
  const started = Promise.withResolvers<void>();
  const slow = defineTool({
    name: "slow",
    description: "Takes its time.",
    parameters: z.object({}),
    effect: "writes",
    sameAct: () => "",
    execute: () =>
      new Promise((resolve) => {
        finish = () => {
          resolve({ done: true });
        };
        started.resolve();
      }),
  });
  const gate = directGate();
  const tools: ToolGate = {
    run: async (call, execute) => {
      const output = await gate.run(call, execute);
      finished.resolve(output);
      return output;
    },
  };
  const { responder, server: models } = await start(
    () => ({ kind: "call", calls: [{ name: "slow", arguments: "{}" }] }),
    { agent: supportAgent([slow]) },
  );
  const controller = new AbortController();
  const reading = all(responder.respond(request({ tools }), controller.signal));
  await started.promise;
  const abortedAt = performance.now();
  controller.abort();
  const events = await reading;
  expect(performance.now() - abortedAt).toBeLessThan(50);
  expect(events.map((event) => event.kind)).toEqual(["tool_call"]);
  finish?.();
  expect(await finished.promise).toBe('{"done":true}');
  expect(models.requests).toHaveLength(1);
});

test("a gate that refuses ends the turn with the gate's own error", async () => {
  const fenced = new Error("fenced");
  const { responder, server: models } = await start(() => ({ kind: "call", calls: [statusCall] }));
  await expect(all(responder.respond(request({ tools: { run: () => Promise.reject(fenced) } }), never))).rejects.toBe(
    fenced,
  );
  expect(models.requests).toHaveLength(1);
});

test("a model that hangs is given up after the silence, and the request is closed", async () => {
  const { responder, server: models } = await start(() => ({ kind: "hang" }), { silenceMs: 60 });
  await expect(all(responder.respond(request(), never))).rejects.toMatchObject({ code: "model_unavailable" });
  expect((await (await models.request(1)).ended).how).toBe("aborted");
});

test("a model that falls silent in mid-sentence is given up too", async () => {
  const { responder } = await start(() => ({ kind: "say", tokens: ["One ", "two "], hangAfter: 1, gapMs: 1 }), {
    silenceMs: 80,
  });
  const seen: ResponderEvent[] = [];
  await expect(async () => {
    for await (const event of responder.respond(request(), never)) seen.push(event);
  }).rejects.toMatchObject({ code: "model_unavailable" });
  expect(said(seen)).toBe("One ");
});

test("too many steps end in an honest sentence", async () => {
  const { responder } = await start(() => ({ kind: "call", calls: [statusCall] }), { maxTurns: 3 });
  const events = await all(responder.respond(request(), never));
  expect(said(events)).toBe(`${supportAgent().stuck}|`);
  expect(events.at(-1)).toMatchObject({ kind: "usage", modelCalls: 3 });
});

test("two calls with one id get ids of their own, also when the window has it", async () => {
  const window: readonly WindowItem[] = [
    { kind: "customer", channel: "sms", text: "Hi" },
    { kind: "tool_call", callId: "call_0", tool: "order_status", arguments: "{}" },
    { kind: "tool_result", callId: "call_0", tool: "order_status", output: "{}" },
    { kind: "customer", channel: "sms", text: "And now?" },
  ];
  const call = { ...statusCall, callId: "call_0" };
  const { responder } = await start((number) =>
    number === 1 ? { kind: "call", calls: [call, call] } : { kind: "say", tokens: ["Done."] },
  );
  const events = await all(responder.respond(request({ window }), never));
  const ids = events.flatMap((event) => (event.kind === "tool_call" ? [event.callId] : []));
  expect(new Set([...ids, "call_0"]).size).toBe(3);
});

test("arguments that do not fit are told to the model and never reach the gate", async () => {
  const gate = directGate();
  const { responder, server: models } = await start((number) =>
    number === 1
      ? { kind: "call", calls: [{ name: "order_status", arguments: '{"order":5}' }] }
      : { kind: "say", tokens: ["Sorry."] },
  );
  await all(responder.respond(request({ tools: gate }), never));
  expect(gate.calls).toEqual([]);
  expect(JSON.stringify(models.requests[1]?.body.input)).toContain("invalid_arguments");
});

test("asking for a colleague is told once, however often the model asks", async () => {
  const ask = {
    name: "escalate_to_human",
    arguments: JSON.stringify({ reason: "wants a person", priority: "high", summary: "s" }),
  };
  const again = {
    ...ask,
    arguments: JSON.stringify({ reason: "really wants a person", priority: "high", summary: "t" }),
  };
  const gate = directGate();
  const { responder } = await start((number) =>
    number === 1 ? { kind: "call", calls: [ask, again] } : { kind: "say", tokens: ["Done."] },
  );
  const events = await all(responder.respond(request({ tools: gate }), never));
  expect(gate.calls).toHaveLength(1);
  const escalations = events.flatMap((event) => (event.kind === "escalation" ? [event.escalation] : []));
  expect(escalations).toEqual([{ reason: "wants a person", priority: "high", summary: "s" }]);
});

test("a second attempt tells again of the colleague whom the first one asked", async () => {
  const window: readonly WindowItem[] = [
    { kind: "customer", channel: "sms", text: "A person please" },
    {
      kind: "tool_call",
      callId: "c1",
      tool: "escalate_to_human",
      arguments: JSON.stringify({ reason: "r", priority: "low", summary: "s" }),
    },
    { kind: "tool_result", callId: "c1", tool: "escalate_to_human", output: '{"escalated":true}' },
  ];
  const { responder } = await start(() => ({ kind: "say", tokens: ["A colleague will come."] }));
  const [first] = await all(responder.respond(request({ window }), never));
  expect(first).toEqual({ kind: "escalation", escalation: { reason: "r", priority: "low", summary: "s" } });
});

test("a model that says nothing at all is a failure, not silence", async () => {
  const { responder } = await start(() => ({ kind: "say", tokens: [] }), { maxTurns: 2 });
  const outcome = await all(responder.respond(request(), never)).then(said, (error: unknown) => error);
  expect(
    outcome === `${supportAgent().stuck}|` ||
      (outcome instanceof Error && outcome.message.startsWith("model_unavailable")),
  ).toBe(true);
});

test("the fixed words of an agent need no model", async () => {
  const { responder, server: models } = await start(() => ({ kind: "hang" }));
  expect(await responder.voiceOf(undefined)).toEqual({
    name: "support",
    greeting: "Hello.",
    apology: "Sorry.",
    language: "en-US",
    history: "own",
  });
  expect(models.requests).toHaveLength(0);
});
