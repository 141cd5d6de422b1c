import { expect, test } from "vitest";
import { JOHN, startContinuo } from "../support/continuo.ts";
import { startModelServer } from "../support/model-server.ts";
import { startServerProcess } from "../support/server-process.ts";

test("a restart between two texts changes nothing for the customer", async () => {
  await using continuo = await startContinuo();
  const john = continuo.customer();
  await john.text("Hi, my name is John. Where is my order ORD_12345?");
  const first = await continuo.twilio.waitForMessage((message) => message.to === JOHN);
  await continuo.restart();
  await john.text("And what is my name?");
  const second = await continuo.twilio.waitForMessage((message) => message.to === JOHN && message !== first);
  expect(second.body).toContain("John");
});

test("told to stop while a reply is made, the server sends it and then ends with code 0", async () => {
  const stopping = Promise.withResolvers<void>();
  await using model = await startModelServer(() => ({ kind: "say", tokens: ["Just in time."], after: stopping.promise }));
  await using server = await startServerProcess({ env: { OPENAI_API_KEY: "sk-test", OPENAI_BASE_URL: model.url } });
  await server.customer().text("Where is my order?");
  await model.request(1);
  const stopped = server.stop();
  await server.waitForOutput(/"server_draining"/u);
  stopping.resolve();
  expect(await stopped).toBe(0);
  expect(server.twilio.messagesTo(JOHN).map((message) => message.body)).toEqual(["Just in time."]);
  expect(server.output()).toContain("server_stopped");
});
