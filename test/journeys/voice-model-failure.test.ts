import { expect, test } from "vitest";
import { itemsOf, startContinuo } from "../support/continuo.ts";
import { startModelServer, type ModelAnswer } from "../support/model-server.ts";
import { answeredBy, tokensOf } from "../support/voice.ts";

const apology = "I am sorry, I cannot answer just now. Your message is safe, and somebody will get back to you.";

test.each<[string, ModelAnswer]>([
  ["refuses", { kind: "fail", status: 401 }],
  ["is broken", { kind: "fail", status: 500 }],
  ["cuts the connection", { kind: "drop" }],
  ["never answers", { kind: "hang" }],
])("a caller whose model %s hears an honest sentence, and can go on", async (_how, answer) => {
  let broken = true;
  await using model = await startModelServer(() =>
    broken ? answer : { kind: "say", tokens: tokensOf("Here I am again.") },
  );
  await using continuo = await startContinuo({ env: { ...answeredBy(model), STREAM_TIMEOUT_MS: "2000" } });
  const call = await continuo.customer().call();
  await call.hear();
  await call.say("Where is my parcel?");
  expect(await call.hear()).toMatchObject({ text: apology, fate: "whole" });
  await continuo.happened("turn_failed");
  expect(itemsOf(await continuo.record()).map((item) => item.kind)).toEqual(["customer", "agent"]);

  broken = false;
  await call.say("Hello?");
  expect((await call.hear()).text).toBe("Here I am again.");
});

test.each<[string, Partial<Extract<ModelAnswer, { kind: "say" }>>]>([
  ["cuts the connection", { dropAfter: 3 }],
  ["falls silent", { hangAfter: 3 }],
])("a caller whose model %s after some words hears so", async (_how, end) => {
  await using model = await startModelServer(() => ({ kind: "say", tokens: tokensOf("It left on Monday."), ...end }));
  await using continuo = await startContinuo({ env: { ...answeredBy(model), STREAM_TIMEOUT_MS: "2000" } });
  const call = await continuo.customer().call();
  await call.hear();
  await call.say("Where is my parcel?");
  expect(await call.hear()).toMatchObject({ text: `It left on ${apology}`, fate: "whole" });
  await continuo.happened("turn_failed");
  expect(model.requests).toHaveLength(1);
});
