import { expect, test } from "vitest";
import { callSid } from "../../src/core/ids.ts";
import { itemsOf, startContinuo } from "../support/continuo.ts";
import { startModelServer } from "../support/model-server.ts";
import { answeredBy, askedIn, frameOf, saidOn, tokensOf } from "../support/voice.ts";

const story = `It is a long story. ${"And then there was another thing to tell. ".repeat(20)}`;

test("keys that end with # are one thing said", async () => {
  await using model = await startModelServer((request) => ({ kind: "say", tokens: [`You: ${askedIn(request)}.`] }));
  await using continuo = await startContinuo({ env: answeredBy(model), overrides: { keypadPauseMs: 60_000 } });
  const call = await continuo.customer().call();
  await call.hear();

  await call.press("12#");
  expect((await call.hear()).text).toBe("You: (pressed on the keypad) 12#.");
  expect(itemsOf(await continuo.record())[0]).toEqual({ kind: "customer", channel: "voice", text: "12#", keys: true });
  expect(model.requests).toHaveLength(1);
});

test("keys without # are used after a pause", async () => {
  await using model = await startModelServer((request) => ({ kind: "say", tokens: [`You: ${askedIn(request)}.`] }));
  await using continuo = await startContinuo({ env: answeredBy(model), overrides: { keypadPauseMs: 500 } });
  const call = await continuo.customer().call();
  await call.hear();

  await call.press("407");
  expect((await call.hear()).text).toBe("You: (pressed on the keypad) 407.");
  expect(model.requests).toHaveLength(1);
});

test.each([
  ["at once", "#"],
  ["after a pause", "9"],
])("a key during the greeting cuts the greeting, and its answer %s is heard whole", async (_when, key) => {
  const answer = "You pressed a key, and this is what I say to it.";
  await using model = await startModelServer(() => ({ kind: "say", tokens: tokensOf(answer) }));
  await using continuo = await startContinuo({ env: answeredBy(model) });
  const call = await continuo.customer().call();
  await call.holdAt(2);
  await call.press(key);

  expect(await call.hear()).toMatchObject({ text: "Hello, this", fate: "cut" });
  expect(await call.hear()).toMatchObject({ text: answer, fate: "whole" });
  await continuo.app.settled();
  const items = itemsOf(await continuo.record());
  expect(items.map((item) => item.kind)).toEqual(["customer", "agent"]);
});

test("an interruption that comes after the answer to the key was sent belongs to the older words", async () => {
  const answer = "You pressed a key.";
  await using model = await startModelServer(() => ({ kind: "say", tokens: tokensOf(answer) }));
  await using continuo = await startContinuo({ env: answeredBy(model) });
  const call = await continuo.customer().call();
  await call.holdAt(2);

  // As it was recorded: the key first, the answer to it, and only then the interruption that the key caused.
  const from = call.frames.entries.length;
  call.send({ type: "dtmf", digit: "#" });
  await call.frames.wait(({ frame }) => frame["last"] === true && frame["type"] === "text", { from });
  call.send({ type: "info", name: "tokensPlayed", value: "Hello, this" });
  call.send({ type: "interrupt", utteranceUntilInterrupt: "Hello, this", durationUntilInterruptMs: 15 });
  call.send({ type: "prompt", voicePrompt: "Go on.", lang: "en", last: true });
  await model.request(2);
  await continuo.app.settled();

  const items = itemsOf(await continuo.record());
  expect(items.map((item) => item.kind)).toEqual(["customer", "agent", "customer", "agent"]);
  expect(saidOn(call)).toEqual([answer, answer]);
});

test("a key over a reply that is still being made stops that reply and is answered", async () => {
  await using model = await startModelServer((_request, number) =>
    number === 1
      ? { kind: "say", tokens: tokensOf(story), gapMs: 30 }
      : { kind: "say", tokens: tokensOf("You pressed one.") },
  );
  await using continuo = await startContinuo({ env: answeredBy(model) });
  const call = await continuo.customer().call();
  await call.hear();

  const held = call.holdAt("another thing");
  await call.say("Tell me.");
  await held;
  await call.press("1");
  const cut = await call.hear();
  expect(cut).toMatchObject({ fate: "cut" });
  expect(await call.hear()).toMatchObject({ text: "You pressed one.", fate: "whole" });

  expect((await (await model.request(1)).ended).how).toBe("aborted");
  await continuo.app.settled();
  const heard = itemsOf(await continuo.record()).flatMap((item) => (item.kind === "heard" ? [item.text] : []));
  expect(heard).toEqual([cut.text]);
});

test("keys that were pressed before the socket was lost are not pressed again", async () => {
  await using model = await startModelServer((request) => ({ kind: "say", tokens: [`You: ${askedIn(request)}.`] }));
  await using continuo = await startContinuo({ env: answeredBy(model), overrides: { keypadPauseMs: 60_000 } });
  const call = await continuo.customer().call();
  await call.hear();

  await call.press("12");
  await expect.poll(() => keptDigits()).toBe("12");
  await call.drop();
  await frameOf(call, { direction: "in", type: "setup", from: 1 });
  await call.press("3#");
  expect((await call.hear()).text).toBe("You: (pressed on the keypad) 123#.");
  await expect.poll(() => keptDigits()).toBe("");

  async function keptDigits(): Promise<string | undefined> {
    return (await continuo.app.ledger.calls.get(callSid(call.callSid)))?.digits;
  }
});
