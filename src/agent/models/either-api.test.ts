import { Usage, type Model } from "@openai/agents";
import { expect, test } from "vitest";
import { startModelServer } from "../../../test/support/model-server.ts";
import { eitherApi } from "./either-api.ts";
import { openaiModels } from "./openai.ts";

const request: Parameters<Model["getResponse"]>[0] = {
  input: [{ type: "message", role: "user", content: "Hello" }],
  modelSettings: {},
  tools: [],
  outputType: "text",
  handoffs: [],
  tracing: false,
};

async function words(model: Model): Promise<string> {
  let text = "";
  for await (const event of model.getStreamedResponse(request)) {
    if (event.type === "output_text_delta") text += event.delta;
  }
  return text;
}

test("a server that knows only chat completions is asked by them from the second request on", async () => {
  await using server = await startModelServer(({ path }) =>
    path.endsWith("/responses") ? { kind: "fail", status: 404 } : { kind: "say", tokens: ["Hello", " there"] },
  );
  const { model } = openaiModels({ apiKey: "none", model: "some-model", baseUrl: server.url, timeoutMs: 5_000 }).get(
    undefined,
  );
  expect(await words(model)).toBe("Hello there");
  expect(await words(model)).toBe("Hello there");
  expect(server.requests.map(({ path }) => path)).toEqual([
    "/v1/responses",
    "/v1/chat/completions",
    "/v1/chat/completions",
  ]);
});

test("a server that has the Responses API is asked by it", async () => {
  await using server = await startModelServer(() => ({ kind: "say", tokens: ["Hello"] }));
  const { model } = openaiModels({ apiKey: "none", model: "some-model", baseUrl: server.url, timeoutMs: 5_000 }).get(
    undefined,
  );
  expect(await words(model)).toBe("Hello");
  expect(server.requests.map(({ path }) => path)).toEqual(["/v1/responses"]);
});

test("any other failure is a failure, and chat completions are not tried", async () => {
  const asked: string[] = [];
  const chat: Model = {
    getResponse() {
      asked.push("chat");
      return Promise.resolve({ usage: new Usage(), output: [] });
    },
    async *getStreamedResponse() {
      asked.push("chat");
      yield* [];
    },
  };
  const failing: Model = {
    getResponse: () => Promise.reject(Object.assign(new Error("busy"), { status: 503 })),
    // oxlint-disable-next-line require-yield
    async *getStreamedResponse() {
      throw Object.assign(new Error("busy"), { status: 503 });
    },
  };
  await expect(eitherApi(failing, chat).getResponse(request)).rejects.toThrow("busy");
  await expect(words(eitherApi(failing, chat))).rejects.toThrow("busy");
  expect(asked).toEqual([]);
});
