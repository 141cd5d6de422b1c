import { expect, test } from "vitest";
import { openaiModels } from "./openai.ts";

const options = { apiKey: "sk-test", model: "gpt-4o-mini", timeoutMs: 1_000 };

test("nothing is kept at the provider", () => {
  expect(openaiModels(options).get(undefined).settings).toEqual({ store: false });
});

test.each(["o3", "gpt-5-mini", "gpt-5.1"])("%s carries its reasoning along, because nothing is kept", (name) => {
  expect(openaiModels(options).get(name).settings).toEqual({
    store: false,
    providerData: { include: ["reasoning.encrypted_content"] },
  });
});

test("inside a conversation that OpenAI keeps, nothing is said about keeping, and what is too long loses its beginning", () => {
  const { remote } = openaiModels(options);
  expect(remote?.get("o3").settings).toEqual({ truncation: "auto" });
  expect(remote?.get(undefined).model).toBe(remote?.get("gpt-4o-mini").model);
  expect(openaiModels({ ...options, api: "chat" }).remote).toBeUndefined();
});

test("a chat model is not asked for reasoning", () => {
  expect(openaiModels(options).get("gpt-5-chat-latest").settings).toEqual({ store: false });
});

test("a compatible server is spoken to as such, and gets no settings that only OpenAI knows", () => {
  const models = openaiModels({ ...options, api: "chat", baseUrl: "http://127.0.0.1:1/v1" });
  expect(models.get("llama").settings).toEqual({});
  expect(models.get("llama").model).toBe(models.get("llama").model);
  expect(models).toMatchObject({ name: "gpt-4o-mini", offline: false });
});
