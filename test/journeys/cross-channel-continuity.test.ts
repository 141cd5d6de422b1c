import { expect, test } from "vitest";
import { itemsOf, JOHN, startContinuo } from "../support/continuo.ts";

test("a customer texts, calls and texts again, and the agent knows all of it", async () => {
  await using continuo = await startContinuo();
  const john = continuo.customer();

  await john.text("Hi, my name is John. Where is my order ORD_12345?");
  const first = await continuo.twilio.waitForMessage((message) => message.to === JOHN);
  expect(first.body).toContain("UPS");

  const call = await john.call();
  expect((await call.hear()).text).toContain("AI assistant");
  await call.say("Which order did I ask you about?");
  expect((await call.hear()).text).toMatch(/1\s?2\s?3\s?4\s?5/u);
  await call.hangUp();

  await john.text("What is its tracking number?");
  const last = await continuo.twilio.waitForMessage((message) => message.to === JOHN && message !== first);
  expect(last.body).toContain("TRK_ABC123");

  const items = itemsOf(await continuo.record());
  const said = items.filter((item) => item.kind === "customer").map((item) => item.channel);
  expect(said).toEqual(["sms", "voice", "sms"]);
  const answered = items.filter((item) => item.kind === "agent").map((item) => item.channel);
  expect(answered).toEqual(["sms", "voice", "sms"]);
});
