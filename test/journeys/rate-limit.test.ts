import { expect, test } from "vitest";
import { systemClock } from "../../src/app/system-clock.ts";
import type { Clock } from "../../src/core/ports/clock.ts";
import { itemsOf, JOHN, startContinuo } from "../support/continuo.ts";
import { answeredBy } from "../support/model-input.ts";
import { startModelServer } from "../support/model-server.ts";

test("texts over the limit are kept, answered politely once, and join the next turn that is allowed", async () => {
  await using model = await startModelServer((_request, number) => ({ kind: "say", tokens: [`Answer ${number}.`] }));
  const clock = adjustableClock();
  await using continuo = await startContinuo({
    env: { ...answeredBy(model), RATE_LIMIT_PER_MINUTE: "2" },
    overrides: { clock },
  });
  const john = continuo.customer();
  for (const text of ["one", "two", "three", "four", "five"]) {
    expect(await john.text(text)).toMatchObject({ status: 200 });
    await continuo.quiet();
  }
  const sent = continuo.twilio.messagesTo(JOHN).map((message) => message.body);
  expect(sent).toHaveLength(3);
  expect(sent.slice(0, 2)).toEqual(["Answer 1.", "Answer 2."]);
  expect(sent[2]).toMatch(/faster than we can answer/u);
  expect(model.requests).toHaveLength(2);

  clock.forward(60_000);
  await john.text("six");
  await continuo.twilio.waitForMessage((message) => message.body === "Answer 3.");
  const said = itemsOf(await continuo.record()).flatMap((item) => (item.kind === "customer" ? [item.text] : []));
  expect(said).toEqual(["one", "two", "three", "four", "five", "six"]);
  const asked = JSON.stringify(model.requests[2]?.body);
  for (const text of ["three", "four", "five", "six"]) expect(asked).toContain(text);
});

test("one customer's flood costs nobody else anything", async () => {
  await using continuo = await startContinuo({ env: { RATE_LIMIT_PER_MINUTE: "2" } });
  const flood = continuo.customer("+14155550777");
  await Promise.all(Array.from({ length: 50 }, (_, index) => flood.text(`flood ${index}`)));
  await continuo.customer().text("Where is ORD_12345?");
  const reply = await continuo.twilio.waitForMessage((message) => message.to === JOHN);
  expect(reply.body).toContain("UPS");
});

/** The real clock at the beginning of a minute, which can be set forward. */
function adjustableClock(): Clock & { readonly forward: (ms: number) => void } {
  let ahead = 60_000 - (systemClock.now() % 60_000);
  return {
    now: () => systemClock.now() + ahead,
    sleep: (ms, signal) => systemClock.sleep(ms, signal),
    forward(ms) {
      ahead += ms;
    },
  };
}
