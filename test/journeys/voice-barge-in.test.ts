import { expect, test } from "vitest";
import { cutNote } from "../../src/agent/window-items.ts";
import type { Item } from "../../src/core/item.ts";
import { itemsOf, startContinuo } from "../support/continuo.ts";
import { startModelServer } from "../support/model-server.ts";
import { answeredBy, askedIn, frameOf, inputOf, saidOn, spokenOn, tokensOf, wallTime } from "../support/voice.ts";

const story = `Your parcel left on Monday, ${"and then it went on from one place to the next ".repeat(20)}until it came.`;

test("an interruption stops the model, and the record holds what was heard", async () => {
  await using model = await startModelServer((_request, number) =>
    number === 1
      ? { kind: "say", tokens: tokensOf(story), hangAfter: 60 }
      : { kind: "say", tokens: tokensOf("All right.") },
  );
  await using continuo = await startContinuo({ env: answeredBy(model) });
  const call = await continuo.customer().call();
  await call.hear();

  const interrupting = call.interruptAt("one place", "Stop, I know that.");
  const from = call.frames.entries.length;
  await call.say("Where is my parcel?");
  const cut = await interrupting;
  expect(cut.text).toMatch(/^Your parcel left on Monday, and then it went on from one place/u);
  expect((await call.hear()).fate).toBe("cut");
  expect((await call.hear()).text).toBe("All right.");

  const interrupt = await frameOf(call, { direction: "in", type: "interrupt", from });
  const ended = await (await model.request(1)).ended;
  expect(ended.how).toBe("aborted");
  const abortedMs = Math.round(wallTime(ended.at) - interrupt.at);
  console.log(`from the interruption to the aborted model request: ${abortedMs} ms`);
  expect(abortedMs).toBeLessThan(500);
  const place = call.frames.entries.indexOf(interrupt);
  const after = spokenOn(call).filter((frame) => call.frames.entries.indexOf(frame) > place);
  expect(after.map(({ frame }) => frame["token"]).join("")).toBe("All right.");

  const [asked, reply, heard] = itemsOf(await continuo.record());
  expect(asked).toMatchObject({ kind: "customer", text: "Where is my parcel?" });
  expect(reply).toMatchObject({ kind: "agent", status: "incomplete" });
  expect(heard).toMatchObject({ kind: "heard", text: cut.text });
  const second = await model.request(2);
  expect(inputOf(second).slice(-4)).toEqual([
    "user Where is my parcel?",
    `assistant ${cut.text}`,
    `system ${cutNote}`,
    "user Stop, I know that.",
  ]);
});

test("a reply whose words still come when the caller interrupts is broken off", async () => {
  await using model = await startModelServer((_request, number) =>
    number === 1
      ? { kind: "say", tokens: tokensOf(story), gapMs: 20 }
      : { kind: "say", tokens: tokensOf("All right.") },
  );
  await using continuo = await startContinuo({ env: answeredBy(model) });
  const call = await continuo.customer().call();
  await call.hear();

  const interrupting = call.interruptAt("one place", "Stop, I know that.");
  await call.say("Where is my parcel?");
  await interrupting;
  expect((await (await model.request(1)).ended).how).toBe("aborted");
  // A word that was on the way already may still be heard before the next reply.
  await call.heard.wait(({ text }) => text.endsWith("All right."));

  const said = spokenOn(call).map(({ frame }) => String(frame["token"]));
  const first = said
    .slice(
      0,
      said.findIndex((token) => token.startsWith("All")),
    )
    .join("");
  expect(story.startsWith(first)).toBe(true);
  expect(first.length).toBeLessThan(story.length / 2);
});

test("a reply that is interrupted after its turn was settled is corrected in the record", async () => {
  await using model = await startModelServer((_request, number) => ({
    kind: "say",
    tokens: tokensOf(number === 1 ? story : "All right."),
  }));
  await using continuo = await startContinuo({ env: answeredBy(model) });
  const call = await continuo.customer().call();
  await call.hear();

  const held = call.holdAt("one place");
  await call.say("Where is my parcel?");
  await held;
  await continuo.app.settled();
  expect(itemsOf(await continuo.record()).at(-1)).toMatchObject({ kind: "agent", text: story, status: "complete" });
  await call.say("Stop, I know that.");
  const cut = await call.hear();
  expect(cut.fate).toBe("cut");
  expect((await call.hear()).text).toBe("All right.");
  await continuo.app.settled();

  expect(heardIn(itemsOf(await continuo.record()))).toEqual([cut.text]);
  expect(inputOf(await model.request(2)).slice(-4)).toEqual([
    "user Where is my parcel?",
    `assistant ${cut.text}`,
    `system ${cutNote}`,
    "user Stop, I know that.",
  ]);
});

test("a reply of which nothing was heard is as good as never given", async () => {
  await using model = await startModelServer((_request, number) => ({
    kind: "say",
    tokens: tokensOf(number === 1 ? story : "All right."),
  }));
  await using continuo = await startContinuo({ env: answeredBy(model) });
  const call = await continuo.customer().call({ pace: { latencyMs: 20_000 } });
  await call.hear();

  const from = call.frames.entries.length;
  await call.say("Where is my parcel?");
  await call.frames.wait(({ frame }) => frame["type"] === "text" && frame["last"] === true, { from });
  await call.say("Sorry, wrong number.");
  expect(await call.hear()).toMatchObject({ text: "", fate: "cut" });
  expect((await call.hear()).text).toBe("All right.");
  await continuo.app.settled();

  expect(heardIn(itemsOf(await continuo.record()))).toEqual([""]);
  expect(inputOf(await model.request(2)).slice(-2)).toEqual(["user Where is my parcel?", "user Sorry, wrong number."]);
});

test("what is said before the reply has its first word is answered after it", async () => {
  await using model = await startModelServer((request, number) => ({
    kind: "say",
    tokens: tokensOf(`To "${askedIn(request)}" I say yes.`),
    ...(number === 1 ? { firstMs: 1_500 } : {}),
  }));
  await using continuo = await startContinuo({ env: answeredBy(model) });
  const call = await continuo.customer().call();
  await call.hear();

  await call.say("Is it red?");
  await model.request(1);
  await call.say("And is it big?");
  expect((await call.hear()).text).toBe('To "Is it red?" I say yes.');
  expect((await call.hear()).text).toBe('To "And is it big?" I say yes.');
  expect(saidOn(call)).toHaveLength(2);
  expect((await (await model.request(1)).ended).how).toBe("finished");
});

test.each([
  ["a number", { durationUntilInterruptMs: 684 }],
  ["a string", { durationUntilInterruptMs: "684" }],
  ["a decimal", { durationUntilInterruptMs: "68.4" }],
  ["nothing", {}],
])("an interruption whose duration is %s is one", async (_what, duration) => {
  await using model = await startModelServer((_request, number) => ({
    kind: "say",
    tokens: tokensOf(number === 1 ? story : "All right."),
  }));
  await using continuo = await startContinuo({ env: answeredBy(model) });
  const call = await continuo.customer().call();
  await call.hear();

  const held = call.holdAt(3);
  await call.say("Where is my parcel?");
  await held;
  call.send({ type: "interrupt", utteranceUntilInterrupt: "Your parcel left", ...duration });
  call.send({ type: "prompt", voicePrompt: "Thank you.", lang: "en", last: true });
  await model.request(2);
  await continuo.app.settled();
  expect(heardIn(itemsOf(await continuo.record()))).toEqual(["Your parcel left"]);
});

function heardIn(items: readonly Item[]): readonly string[] {
  return items.flatMap((item) => (item.kind === "heard" ? [item.text] : []));
}
