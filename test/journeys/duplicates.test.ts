import { expect, test } from "vitest";
import { itemsOf, JOHN, startContinuo } from "../support/continuo.ts";

const messageSid = `SM${"a".repeat(32)}`;

test("the same webhook three times at once is one message with one reply", async () => {
  await using continuo = await startContinuo();
  const john = continuo.customer();
  const answers = await Promise.all(Array.from({ length: 3 }, () => john.text("Where is ORD_12345?", { messageSid })));
  expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200]);
  expect(new Set(answers.map((answer) => answer.body)).size).toBe(1);
  await continuo.twilio.waitForMessage((message) => message.to === JOHN);

  // And once more, long after it was answered.
  expect((await john.text("Where is ORD_12345?", { messageSid })).status).toBe(200);
  await continuo.quiet();
  expect(continuo.twilio.messagesTo(JOHN)).toHaveLength(1);
  expect(itemsOf(await continuo.record()).filter((item) => item.kind === "customer")).toHaveLength(1);
});

test("a webhook that is repeated under the same idempotency token has no second effect", async () => {
  await using continuo = await startContinuo();
  const john = continuo.customer();
  const idempotencyToken = "7f9a2c1e-0b77-4c45-9f43-2d3b8f0f5a11";
  const answers = [
    await john.text("Where is ORD_12345?", { idempotencyToken }),
    await john.text("Where is ORD_12345?", { idempotencyToken }),
  ];
  expect(answers.map((answer) => answer.status)).toEqual([200, 200]);
  await continuo.quiet();
  expect(continuo.twilio.messagesTo(JOHN)).toHaveLength(1);
});

test("a repeated webhook has no second effect after a restart either", async () => {
  await using continuo = await startContinuo();
  const john = continuo.customer();
  await john.text("Where is ORD_12345?", { messageSid });
  await continuo.quiet();
  await continuo.restart();
  expect((await john.text("Where is ORD_12345?", { messageSid })).status).toBe(200);
  await continuo.quiet();
  expect(continuo.twilio.messagesTo(JOHN)).toHaveLength(1);
});
