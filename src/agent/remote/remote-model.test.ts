import { setTimeout as pause } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import {
  startConversationsServer,
  type AfterCut,
  type ConversationsServer,
} from "../../../test/support/conversations-server.ts";
import { directGate } from "../../../test/support/direct-gate.ts";
import { startModelServer, type ModelAnswer, type SeenRequest } from "../../../test/support/model-server.ts";
import { branded, subjectId, tenantId, type TurnId } from "../../core/ids.ts";
import type { RemoteHistory } from "../../core/memory.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { ResponderEvent } from "../../core/ports/responder.ts";
import { lostNote, type RemoteTurn } from "../../core/remote.ts";
import type { WindowItem } from "../../core/window.ts";
import { demoCommerce } from "../commerce/demo.ts";
import { defineAgent } from "../define-agent.ts";
import { noKnowledge } from "../knowledge/knowledge.ts";
import type { Models } from "../models/models.ts";
import { offlineModels } from "../models/offline.ts";
import { openaiModels } from "../models/openai.ts";
import { agentsResponder } from "../responder.ts";
import { orderStatus } from "../tools/order-status.ts";
import { goOn, notDone } from "./still-to-tell.ts";

const clock: Clock = {
  now: () => Date.now(),
  // The waits between two tries are long; here they pass a hundred times as fast.
  sleep: (ms, signal) => pause(ms / 100, undefined, signal === undefined ? {} : { signal }).catch(() => undefined),
};
const agent = defineAgent({
  name: "support",
  instructions: "Help.",
  tools: [orderStatus],
  greeting: "Hello.",
  apology: "Sorry.",
  language: "en-US",
  history: "openai",
});

let server: ConversationsServer | undefined;
afterEach(async () => {
  await server?.[Symbol.asyncDispose]();
  server = undefined;
});

async function start(
  answer: (request: SeenRequest, number: number) => ModelAnswer,
  options: Parameters<typeof startConversationsServer>[1] = {},
) {
  server = await startConversationsServer(answer, options);
  return { server, ...customerOf(modelsAt(server.url)) };
}

function modelsAt(baseUrl: string, api: "responses" | "chat" = "responses"): Models {
  return openaiModels({ apiKey: "sk-test", model: "test-model", baseUrl, api, timeoutMs: 5_000 });
}

/** A customer whose turns are told as a program would tell them. */
function customerOf(models: Models) {
  const lost: string[] = [];
  const kept: string[] = [];
  const responder = agentsResponder({
    registry: {
      getDefault: () => Promise.resolve(agent),
      get: () => Promise.resolve(agent),
      list: () => [agent.name],
      defaultName: agent.name,
    },
    models,
    commerce: demoCommerce(Date.now()),
    knowledge: noKnowledge,
    clock,
    maxTurns: 10,
    // A hundredth of it, by this clock.
    streamTimeoutMs: 500_000,
    workflowName: "test",
    onRemoteLost: ({ conversationId }) => lost.push(conversationId),
  });

  function turn(
    changes: Partial<RemoteTurn> = {},
    signal = new AbortController().signal,
  ): AsyncIterable<ResponderEvent> {
    const remote: RemoteTurn = {
      history: undefined,
      untold: [asks],
      channel: undefined,
      doubtful: false,
      keep(id) {
        kept.push(id);
        return Promise.resolve();
      },
      ...changes,
    };
    return responder.respond(
      {
        agent: undefined,
        tenant: tenantId("main"),
        subjectId: subjectId("sub_1"),
        turnId: branded<TurnId>("turn_1"),
        channel: "sms",
        window: [{ kind: "customer", channel: "sms", text: "This is the window." }],
        memory: { summary: "This was said before.", earlier: [], facts: [], entities: {} },
        remote,
        addresses: ["+14155550100"],
        tools: directGate(),
        now: 1_795_219_200_000,
      },
      signal,
    );
  }
  return { turn, lost, kept, responder };
}

const asks = { kind: "customer", channel: "sms", text: "Where is ORD_12345?" } as const;
const again = { kind: "customer", channel: "sms", text: "And now?" } as const;
const writes = "system The customer now writes by text message.";
const statusCall = { name: "order_status", arguments: '{"orderId":"ORD_12345"}', callId: "call_1" };

async function all(events: AsyncIterable<ResponderEvent>): Promise<readonly ResponderEvent[]> {
  const seen: ResponderEvent[] = [];
  for await (const event of events) seen.push(event);
  return seen;
}

/** A turn that ends well, and where the conversation stands after it. */
async function well(events: AsyncIterable<ResponderEvent>): Promise<RemoteHistory> {
  const use = (await all(events)).find((event) => event.kind === "remote");
  if (use === undefined) throw new Error("the conversation does not have the whole turn");
  const { conversationId, lastItemId } = use;
  return { sessionId: "s", conversationId, createdAt: 0, lastUsed: 0, throughSeq: 2, lastItemId };
}

function say(text: string): ModelAnswer {
  return { kind: "say", tokens: [text] };
}

function inputOf(request: SeenRequest | undefined): unknown {
  return request?.body.input;
}

describe("a conversation at OpenAI", () => {
  test("is made in the first turn, and kept before anything is said there", async () => {
    const { server: openai, turn } = await start(() => say("On its way."));
    const seen: unknown[] = [];
    const remote = await well(
      turn({
        keep(id) {
          seen.push({ id, said: openai.transcript() });
          return Promise.resolve();
        },
      }),
    );
    expect(seen).toEqual([{ id: remote.conversationId, said: [] }]);
    expect(openai.transcript()).toEqual([writes, "user Where is ORD_12345?", "assistant On its way."]);
  });

  test("hears nothing when its id cannot be kept", async () => {
    const { server: openai, turn } = await start(() => say("On its way."));
    const failing = turn({ keep: () => Promise.reject(new Error("the disk is full")) });
    await expect(all(failing)).rejects.toMatchObject({ code: "model_unavailable" });
    expect(openai.transcript()).toEqual([]);
  });

  test("is told only what is new, and neither the window nor the summary ever", async () => {
    const { server: openai, turn } = await start(() => say("On its way."));
    const history = await well(turn());
    await well(turn({ history, untold: [again], channel: "sms" }));
    const { body } = openai.asked[1] ?? {};
    expect(body).toMatchObject({ conversation: history.conversationId, truncation: "auto" });
    expect(body).not.toHaveProperty("store");
    expect(body.input).toEqual([{ role: "user", content: "And now?" }]);
    const everything = JSON.stringify(openai.requests.map((request) => request.body));
    expect(everything).not.toContain("This is the window.");
    expect(everything).not.toContain("This was said before.");
  });

  test("gets the results of its calls, and nothing again", async () => {
    const { server: openai, turn } = await start((_request, number) =>
      number === 1 ? { kind: "call", calls: [statusCall] } : say("It has shipped."),
    );
    const history = await well(turn());
    expect(openai.refusals).toEqual([]);
    expect(openai.transcript()).toEqual([
      writes,
      "user Where is ORD_12345?",
      "call call_1",
      expect.stringMatching(/^output call_1 .*ORD_12345/u),
      "assistant It has shipped.",
    ]);
    expect(history.lastItemId).toBe(openai.conversations.get(history.conversationId)?.at(-1)?.id);
  });

  test("that OpenAI does not know any more is replaced by a new one, which is told so until a turn ends well", async () => {
    const {
      server: openai,
      turn,
      lost,
      kept,
    } = await start((_request, number) =>
      // The second one is refused, because it is for the lost conversation.
      number === 3 ? { kind: "fail", status: 401, code: "invalid_api_key" } : say("On its way."),
    );
    const history = await well(turn());
    openai.lose(history.conversationId);
    await expect(all(turn({ history, untold: [again], channel: "sms" }))).rejects.toMatchObject({
      code: "model_unavailable",
    });
    expect(lost).toEqual([history.conversationId]);
    const replaced = { ...history, conversationId: kept[1] ?? "", lastItemId: "" };
    await well(turn({ history: replaced, untold: [again], channel: "sms", doubtful: true }));
    expect(openai.transcript()).toEqual([expect.stringContaining(lostNote), "user And now?", "assistant On its way."]);
  });

  test.each(["user_alice_session", "thread_abc", "conv_/items"])(
    "is never looked for under %j",
    async (conversationId) => {
      const { server: openai, turn } = await start(() => say("Hello."));
      const history = { sessionId: "s", conversationId, createdAt: 0, lastUsed: 0, throughSeq: 0 };
      await expect(all(turn({ history }))).rejects.toThrow(/begin with conv_/u);
      expect(openai.requests).toEqual([]);
    },
  );

  test("takes a burst in portions of twenty items", async () => {
    const { server: openai, turn } = await start(() => say("So much."));
    const burst = Array.from({ length: 47 }, (_, index) => ({ ...again, text: `Text ${index}` }));
    await well(turn({ untold: burst }));
    expect(openai.refusals).toEqual([]);
    const sizes = openai.requests.flatMap(({ path, body }) => (path.endsWith("/items") ? [body.items.length] : []));
    expect(sizes).toEqual([20, 20]);
    expect(openai.transcript().filter((line) => line.startsWith("user"))).toEqual(
      burst.map(({ text }) => `user ${text}`),
    );
  });

  test("never gets a call in one portion and its result in another", async () => {
    const { server: openai, turn } = await start(() => say("So much."));
    const past = Array.from({ length: 30 }, (_, index): readonly WindowItem[] => [
      { kind: "tool_call", callId: `c${index}`, tool: "order_status", arguments: "{}" },
      { kind: "tool_result", callId: `c${index}`, tool: "order_status", output: "{}" },
    ]).flat();
    await well(turn({ untold: [asks, ...past, again] }));
    expect(openai.refusals).toEqual([]);
  });
});

describe("a conversation in which a turn did not end well", () => {
  const imported = { sessionId: "s", createdAt: 0, lastUsed: 0, throughSeq: 0 };

  test("has its open calls closed before the next message", async () => {
    const { server: openai, turn } = await start(() => say("Here I am."));
    const conversationId = openai.plant([
      { type: "message", role: "user", content: "Book it." },
      { type: "function_call", call_id: "call_9" },
    ]);
    await well(turn({ history: { ...imported, conversationId }, channel: "sms" }));
    expect(openai.transcript().slice(2)).toEqual([
      `output call_9 ${notDone}`,
      "user Where is ORD_12345?",
      "assistant Here I am.",
    ]);
  });

  test("is waited for while an earlier request is at work on it", async () => {
    let refused = 0;
    const { server: openai, turn } = await start(() => say("Here I am."), {
      fails({ path }) {
        if (!path.endsWith("/responses") || refused === 5) return undefined;
        refused += 1;
        return { kind: "fail", status: 400, code: "conversation_locked", message: "Please retry in a few seconds." };
      },
    });
    await well(turn());
    expect(openai.transcript().filter((line) => line.startsWith("user"))).toHaveLength(1);
  });

  test.each(["nothing", "input", "everything"] satisfies AfterCut[])(
    "is not told twice what a request brought whose answer was lost and of which it kept %s",
    async (afterCut) => {
      const { server: openai, turn } = await start(
        (_request, number) =>
          number === 1 ? { kind: "say", tokens: ["One", " two"], dropAfter: 0 } : say("Here I am."),
        { afterCut },
      );
      await well(turn());
      expect(openai.refusals).toEqual([]);
      const lines = openai.transcript();
      expect(lines.filter((line) => line.startsWith("user"))).toEqual(["user Where is ORD_12345?"]);
      expect(lines.at(-1)).toBe("assistant Here I am.");
      expect(lines.some((line) => line.includes("never reached the customer"))).toBe(afterCut === "everything");
    },
  );

  test.each(["nothing", "input", "everything"] satisfies AfterCut[])(
    "is told after an interruption what the customer got, when it kept %s",
    async (afterCut) => {
      const { server: openai, turn } = await start(
        (_request, number) =>
          number === 2 ? { kind: "say", tokens: ["It has", " shipped", " on Monday."], gapMs: 30 } : say("Yes?"),
        { afterCut },
      );
      const history = await well(turn());
      const stop = new AbortController();
      const seen: ResponderEvent[] = [];
      for await (const event of turn({ history, untold: [again], channel: "sms" }, stop.signal)) {
        seen.push(event);
        if (event.kind === "text") stop.abort();
      }
      expect(seen.some((event) => event.kind === "remote")).toBe(false);
      await (
        await openai.request(2)
      ).ended;
      const cut: WindowItem = { kind: "agent", channel: "sms", text: "It has", fate: "cut" };
      const stops: WindowItem = { kind: "customer", channel: "sms", text: "Stop." };
      await well(turn({ history, untold: [again, cut, stops], channel: "sms", doubtful: true }));
      expect(openai.refusals).toEqual([]);
      const lines = openai.transcript().slice(3);
      expect(lines.filter((line) => line.startsWith("user"))).toEqual(["user And now?", "user Stop."]);
      expect(lines.filter((line) => line.startsWith("assistant"))).toEqual([
        afterCut === "everything" ? "assistant It has shipped on Monday." : "assistant It has",
        "assistant Yes?",
      ]);
      expect(lines.filter((line) => line.startsWith("system"))).toHaveLength(1);
    },
  );

  test("is asked for the answer alone when it has everything else", async () => {
    const { server: openai, turn } = await start(() => say("Here I am."));
    const conversationId = openai.plant([
      { type: "message", role: "system", content: "The customer now writes by text message." },
      { type: "message", role: "user", content: "Where is ORD_12345?" },
    ]);
    await well(turn({ history: { ...imported, conversationId, lastItemId: "" }, doubtful: true }));
    expect(inputOf(openai.asked[0])).toEqual([{ role: "system", content: goOn }]);
  });

  test("is told everything, twice at worst, when nobody knows where it stood", async () => {
    const { server: openai, turn } = await start(() => say("Here I am."));
    const conversationId = openai.plant([
      { type: "message", role: "user", content: "Where is ORD_12345?" },
      { type: "message", role: "assistant", content: "Long ago." },
      { type: "function_call", call_id: "call_9" },
    ]);
    await well(turn({ history: { ...imported, conversationId }, doubtful: true }));
    expect(openai.transcript().slice(3)).toEqual([
      `output call_9 ${notDone}`,
      writes,
      "user Where is ORD_12345?",
      "assistant Here I am.",
    ]);
  });

  test("gets the result of a call once, also when the request with it broke off", async () => {
    const { server: openai, turn } = await start(
      (_request, number) => {
        if (number === 1) return { kind: "call", calls: [statusCall] };
        return number === 2 ? { kind: "say", tokens: ["It"], dropAfter: 0 } : say("It has shipped.");
      },
      { afterCut: "input" },
    );
    await well(turn());
    expect(openai.refusals).toEqual([]);
    expect(openai.transcript().filter((line) => line.startsWith("output call_1"))).toHaveLength(1);
  });

  test("fails as a model does when its server fails", async () => {
    const { turn } = await start(() => say("Hello."), { fails: () => ({ kind: "fail", status: 500 }) });
    await expect(all(turn())).rejects.toThrow(/no model answered: 500/u);
  });
});

describe("an agent whose history is to lie at OpenAI", () => {
  test("says so before its first turn", async () => {
    const { responder } = await start(() => say("Hello."));
    expect(await responder.voiceOf(undefined)).toMatchObject({ history: "openai" });
  });

  test("is told what is missing where the server has no such thing", async () => {
    await using chat = await startModelServer(() => ({ kind: "fail", status: 404 }));
    await expect(all(customerOf(modelsAt(chat.url)).turn())).rejects.toThrow(/has no Conversations API/u);
    await expect(all(customerOf(modelsAt(chat.url, "chat")).turn())).rejects.toThrow(/a server of chat completions/u);
    await expect(all(customerOf(offlineModels()).turn())).rejects.toThrow(/the offline model has no such thing/u);
    expect(chat.requests).toHaveLength(1);
  });
});
