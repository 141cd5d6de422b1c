import { expect, test } from "vitest";
import { JOHN, startContinuo } from "../support/continuo.ts";
import { answeredBy } from "../support/model-input.ts";
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
  await using model = await startModelServer(() => ({
    kind: "say",
    tokens: ["Just in time."],
    after: stopping.promise,
  }));
  await using server = await startServerProcess({ env: answeredBy(model) });
  await server.customer().text("Where is my order?");
  await model.request(1);
  const stopped = server.stop();
  await server.waitForOutput(/"server_draining"/u);
  stopping.resolve();
  expect(await stopped).toBe(0);
  expect(server.twilio.messagesTo(JOHN).map((message) => message.body)).toEqual(["Just in time."]);
  expect(server.output()).toContain("server_stopped");
});

test("told to stop while the model hangs, the server does not wait for it and answers after the next start", async () => {
  await using model = await startModelServer((_request, number) =>
    number === 1 ? { kind: "hang" } : { kind: "say", tokens: ["Better late."] },
  );
  await using continuo = await startContinuo({
    env: { ...answeredBy(model), STREAM_TIMEOUT_MS: "60000" },
    overrides: { drainMs: 50 },
  });
  await continuo.customer().text("Where is my order?");
  const first = await model.request(1);
  await continuo.restart();
  expect((await first.ended).how).toBe("aborted");
  await continuo.twilio.waitForMessage((message) => message.body === "Better late.");
  await continuo.quiet();
  expect(continuo.twilio.messagesTo(JOHN)).toHaveLength(1);
});
