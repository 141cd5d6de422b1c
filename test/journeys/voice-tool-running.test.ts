import { expect, test } from "vitest";
import { openCallPlaceholder } from "../../src/core/window.ts";
import { bookingAgent, openCalendar, type Calendar } from "../support/booking-agent.ts";
import { itemsOf, JOHN, startContinuo } from "../support/continuo.ts";
import { startModelServer, type ModelAnswer } from "../support/model-server.ts";
import { answeredBy, askedIn, inputOf, saidOn, tokensOf } from "../support/voice.ts";

test("a tool that is at work when the caller interrupts goes on, runs once, and its result is told later", async () => {
  await using calendar = await openCalendar();
  await using model = await startModelServer((_request, number) => {
    if (number === 1) return booking(calendar, "I am booking a visit on Monday for you, this takes a moment.");
    return { kind: "say", tokens: tokensOf(number === 2 ? "Yes, that is noted." : "Your visit is booked.") };
  });
  await using continuo = await startContinuo({ env: answeredBy(model), overrides: { agents: bookingAgent } });
  const call = await continuo.customer().call();
  await call.hear();

  const held = call.holdAt("on Monday");
  await call.say("Please send somebody.");
  await Promise.all([held, calendar.asked]);
  await call.say("The bell is broken, by the way.");
  expect(await call.hear()).toMatchObject({ text: "I am booking a visit on Monday", fate: "cut" });
  expect((await call.hear()).text).toBe("Yes, that is noted.");
  expect(calendar.bookings).toEqual(["monday"]);
  expect(inputOf(await model.request(2))).toContain(`result ${openCallPlaceholder}`);

  calendar.confirm();
  expect((await call.hear()).text).toBe("Your visit is booked.");
  expect(inputOf(await model.request(3)).at(-1)).toContain("at nine");
  await call.hangUp();
  await continuo.quiet();
  expect(calendar.bookings).toEqual(["monday"]);
  expect(continuo.twilio.messagesTo(JOHN)).toEqual([]);
  const kinds = itemsOf(await continuo.record()).map((item) => item.kind);
  expect(kinds).toEqual(["customer", "agent", "tool_call", "heard", "customer", "agent", "tool_result", "agent"]);
});

test("a tool that takes long does not hold the line", async () => {
  await using calendar = await openCalendar();
  await using model = await startModelServer((request, number) => {
    if (number === 1) return booking(calendar, "");
    return { kind: "say", tokens: tokensOf(number === 2 ? `To "${askedIn(request)}": yes.` : "Your visit is booked.") };
  });
  await using continuo = await startContinuo({ env: answeredBy(model), overrides: { agents: bookingAgent } });
  const call = await continuo.customer().call();
  await call.hear();

  await call.say("Please send somebody.");
  await calendar.asked;
  await call.say("Are you still there?");
  expect((await call.hear()).text).toBe('To "Are you still there?": yes.');
  calendar.confirm();
  expect((await call.hear()).text).toBe("Your visit is booked.");
  expect(calendar.bookings).toEqual(["monday"]);
});

test("the result of a tool that outlasts the call comes by text", async () => {
  await using calendar = await openCalendar();
  await using model = await startModelServer((_request, number) =>
    number === 1 ? booking(calendar, "One moment.") : { kind: "say", tokens: tokensOf("Your visit is booked.") },
  );
  await using continuo = await startContinuo({ env: answeredBy(model), overrides: { agents: bookingAgent } });
  const call = await continuo.customer().call();
  await call.hear();

  await call.say("Please send somebody.");
  await calendar.asked;
  await call.frames.wait(({ frame }) => frame["type"] === "text" && String(frame["token"]).endsWith("moment."));
  await call.hangUp();
  calendar.confirm();
  const message = await continuo.twilio.waitForMessage(({ to }) => to === JOHN);
  expect(message.body).toContain("Your visit is booked.");
  await continuo.quiet();
  expect(continuo.twilio.messagesTo(JOHN)).toHaveLength(1);
  expect(calendar.bookings).toEqual(["monday"]);
  expect(saidOn(call)[0]).toContain("One moment.");
});

function booking(calendar: Calendar, words: string): ModelAnswer {
  const call = { name: "book_visit", arguments: JSON.stringify({ day: "monday", calendar: calendar.url }) };
  return words === "" ? { kind: "call", calls: [call] } : { kind: "say", tokens: tokensOf(words), calls: [call] };
}
