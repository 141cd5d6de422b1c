import { expect, test } from "vitest";
import { itemsOf, JOHN, startContinuo } from "../support/continuo.ts";
import { answeredBy, saidTo } from "../support/model-input.ts";
import { startModelServer } from "../support/model-server.ts";

test("texts written one after the other become one turn with one reply", async () => {
  await using model = await startModelServer(() => ({ kind: "say", tokens: ["All three ", "at once."] }));
  await using continuo = await startContinuo({ env: { ...answeredBy(model), BURST_WINDOW_MS: "1000" } });
  const john = continuo.customer();
  for (const text of ["Hi", "my order is late", "ORD_12345"]) await john.text(text);

  const reply = await continuo.twilio.waitForMessage((message) => message.to === JOHN);
  expect(reply.body).toBe("All three at once.");
  await continuo.quiet();
  expect(continuo.twilio.messagesTo(JOHN)).toHaveLength(1);
  expect(model.requests).toHaveLength(1);
  expect(saidTo(await model.request(1))).toEqual(["Hi", "my order is late", "ORD_12345"]);
  expect(itemsOf(await continuo.record()).map((item) => item.kind)).toEqual([
    "customer",
    "customer",
    "customer",
    "agent",
  ]);
});

test("a later text takes the place of a reply in the making, once, and is answered together with the earlier ones", async () => {
  const thirdCame = Promise.withResolvers<void>();
  await using model = await startModelServer((_request, number) => {
    if (number === 1) return { kind: "say", tokens: ["Half a rep", "ly"], hangAfter: 1 };
    if (number === 2) return { kind: "say", tokens: ["To both of you."], after: thirdCame.promise };
    return { kind: "say", tokens: ["And to the third."] };
  });
  await using continuo = await startContinuo({ env: answeredBy(model) });
  const john = continuo.customer();
  await john.text("Where is my order?");
  const first = await model.request(1);
  await john.text("I mean ORD_12345");
  expect((await first.ended).how).toBe("aborted");

  const second = await model.request(2);
  expect(saidTo(second)).toEqual(["Where is my order?", "I mean ORD_12345"]);
  await john.text("Are you there?");
  thirdCame.resolve();
  expect((await second.ended).how).toBe("finished");

  await continuo.twilio.waitForMessage((message) => message.body === "And to the third.");
  await continuo.quiet();
  expect(continuo.twilio.messagesTo(JOHN).map((message) => message.body)).toEqual([
    "To both of you.",
    "And to the third.",
  ]);
  expect(saidTo(await model.request(3))).toEqual(["Where is my order?", "I mean ORD_12345", "Are you there?"]);
  expect(continuo.events.filter((event) => event.name === "turn_superseded")).toHaveLength(1);
});

test("somebody who never stops typing is answered all the same", async () => {
  await using continuo = await startContinuo({
    env: { BURST_WINDOW_MS: "500", RATE_LIMIT_PER_MINUTE: "0", RATE_LIMIT_PER_DAY: "0" },
  });
  const john = continuo.customer();
  let texts = 0;
  while (continuo.twilio.messagesTo(JOHN).length === 0) {
    texts += 1;
    await john.text(`still typing ${texts}`);
  }
  expect(texts).toBeGreaterThan(2);
});
