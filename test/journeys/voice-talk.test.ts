import { expect, test } from "vitest";
import { itemsOf, JOHN, startContinuo } from "../support/continuo.ts";
import { startModelServer } from "../support/model-server.ts";
import { answeredBy, askedIn, inputOf, saidOn, spokenOn, tokensOf, wallTime } from "../support/voice.ts";

test("tokens are spoken as they come, and the last frame says so", async () => {
  const reply = "It left our warehouse on Monday.";
  await using model = await startModelServer(() => ({ kind: "say", tokens: tokensOf(reply), gapMs: 150 }));
  await using continuo = await startContinuo({ env: answeredBy(model) });
  const call = await continuo.customer().call();
  await call.hear();

  await call.say("Where is my parcel?");
  const request = await model.request(1);
  expect((await call.hear()).text).toBe(reply);

  const frames = spokenOn(call);
  expect(frames.map(({ frame }) => frame["token"])).toEqual([...tokensOf(reply), ""]);
  expect(frames.map(({ frame }) => frame["last"])).toEqual([...tokensOf(reply).map(() => false), true]);
  // The first words were on the wire while the model was still at work.
  const ended = await request.ended;
  expect(frames[0]?.at).toBeLessThan(wallTime(ended.at) - 100);
});

test("what the caller has not finished saying is not answered", async () => {
  await using model = await startModelServer((request) => ({ kind: "say", tokens: [`You said: ${askedIn(request)}`] }));
  await using continuo = await startContinuo({ env: answeredBy(model) });
  const call = await continuo.customer().call();
  await call.hear();

  await call.say("I would like to know when my order will arrive");
  expect((await call.hear()).text).toBe("You said: I would like to know when my order will arrive");

  const partials = call.frames.entries.filter(({ frame }) => frame["type"] === "prompt" && frame["last"] === false);
  expect(partials.length).toBeGreaterThan(3);
  expect(model.requests).toHaveLength(1);
  expect(itemsOf(await continuo.record()).filter((item) => item.kind === "customer")).toHaveLength(1);
});

test("a call has several turns, and each knows what was said before it", async () => {
  await using model = await startModelServer((_request, number) => ({
    kind: "say",
    tokens: tokensOf(`Answer ${number}.`),
  }));
  await using continuo = await startContinuo({ env: answeredBy(model) });
  const call = await continuo.customer().call();
  await call.hear();

  await call.say("One.");
  expect((await call.hear()).text).toBe("Answer 1.");
  await call.say("Two.");
  expect((await call.hear()).text).toBe("Answer 2.");
  await call.say("Three.");
  expect((await call.hear()).text).toBe("Answer 3.");
  await call.hangUp();

  const third = await model.request(3);
  expect(inputOf(third).filter((line) => /^(?:user|assistant)/u.test(line))).toEqual([
    "user One.",
    "assistant Answer 1.",
    "user Two.",
    "assistant Answer 2.",
    "user Three.",
  ]);
  expect(saidOn(call)).toEqual(["Answer 1.", "Answer 2.", "Answer 3."]);
});

test("a text that comes during a call is answered by text, as soon as the line is quiet", async () => {
  await using model = await startModelServer((request) => ({
    kind: "say",
    tokens: tokensOf(`An answer to: ${askedIn(request)}`),
  }));
  await using continuo = await startContinuo({ env: answeredBy(model) });
  const john = continuo.customer();
  const call = await john.call();
  await call.hear();

  const held = call.holdAt(2);
  await call.say("Do you deliver on Saturdays?");
  await held;
  await john.text("By the way, my door code is 4711.");
  call.release();
  const heard = await call.hear();
  expect(heard.text).toBe("An answer to: Do you deliver on Saturdays?");

  const reply = await continuo.twilio.waitForMessage((message) => message.to === JOHN);
  expect(reply.body).toBe("An answer to: By the way, my door code is 4711.");
  const second = await model.request(2);
  expect(wallTime(second.at)).toBeGreaterThanOrEqual(heard.endedAt);
  // It was not spoken as well.
  expect(saidOn(call)).toEqual(["An answer to: Do you deliver on Saturdays?"]);
});

test("whoever calls while their text is being answered is heard first, and both are answered once", async () => {
  await using model = await startModelServer((request, number) =>
    number === 1 ? { kind: "hang" } : { kind: "say", tokens: tokensOf(`An answer to: ${askedIn(request)}`) },
  );
  await using continuo = await startContinuo({ env: answeredBy(model) });
  const john = continuo.customer();

  await john.text("Is the lamp in stock?");
  const first = await model.request(1);
  const call = await john.call();
  await call.hear();
  await call.say("I have a question about a lamp.");
  expect((await call.hear()).text).toBe("An answer to: I have a question about a lamp.");
  expect((await first.ended).how).toBe("aborted");

  const reply = await continuo.twilio.waitForMessage((message) => message.to === JOHN);
  expect(reply.body).toBe("An answer to: Is the lamp in stock?");
  await continuo.app.settled();
  expect(continuo.twilio.messagesTo(JOHN)).toHaveLength(1);
  expect(saidOn(call)).toEqual(["An answer to: I have a question about a lamp."]);
});
