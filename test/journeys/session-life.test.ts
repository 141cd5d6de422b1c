import { describe, expect, test } from "vitest";
import type { RecordedEvent } from "../../src/core/events.ts";
import type { PhoneCall } from "../../src/simulator/call.ts";
import { type Continuo, JOHN, startContinuo } from "../support/continuo.ts";
import { exchange } from "../support/exchange.ts";
import { answeredBy, askedIn, inputOf, rememberedIn, taskOf } from "../support/model-input.ts";
import { type ModelAnswer, type SeenRequest, startModelServer } from "../support/model-server.ts";
import { movableClock, type MovableClock } from "../support/movable-clock.ts";
import { askAsOperator, operatorKeys, readAsOperator } from "../support/operator.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const clocks = { SESSION_TIMEOUT_MINUTES: "30", SESSION_CLOSE_HOURS: "24" };

describe("a silence", () => {
  test("makes a session idle, a longer one closes it, and the next message opens another with what is remembered", async () => {
    await using model = await startModelServer(noteTaker);
    const clock = movableClock();
    await using continuo = await startContinuo({
      env: { ...answeredBy(model), ...clocks, ...operatorKeys(), SURVEY: "true" },
      overrides: { clock, memoryDelayMs: 0 },
    });

    await exchange(continuo, "My periwinkle lamp of order ORD_12345 is broken. I am Maria.");
    await passes(continuo, clock, 29 * MINUTE_MS);
    expect(await stateOf(continuo)).toBe("ACTIVE");
    await passes(continuo, clock, 2 * MINUTE_MS);
    expect(await stateOf(continuo)).toBe("IDLE");

    expect(await exchange(continuo, "Any news?")).toBe("Answer to: Any news?");
    expect(await stateOf(continuo)).toBe("ACTIVE");
    expect(inputOf(lastTalk(model.requests)).join("\n")).toContain("periwinkle");

    await passes(continuo, clock, 31 * MINUTE_MS);
    await continuo.restart();
    await passes(continuo, clock, 23 * HOUR_MS);
    expect(await stateOf(continuo)).toBe("IDLE");
    await passes(continuo, clock, HOUR_MS);
    expect(await stateOf(continuo)).toBe("CLOSED");

    const question = await continuo.twilio.waitForMessage(({ body }) => body.startsWith("How satisfied"));
    expect(question.to).toBe(JOHN);
    expect(await exchange(continuo, "5")).toMatch(/thank/iu);
    expect(await stateOf(continuo)).toBe("CLOSED");
    expect((await readAsOperator(continuo, `/admin/customer/${JOHN}/analytics`)).satisfactionScore).toBe(5);

    await continuo.app.settled();
    expect(await exchange(continuo, "Hello there")).toBe("Answer to: Hello there");
    const request = lastTalk(model.requests);
    expect(inputOf(request).filter((line) => !line.startsWith("system "))).toEqual(["user Hello there"]);
    expect(rememberedIn(request)).toEqual({
      earlier: [{ ended: expect.any(String), summary: "They wrote about a lamp that is broken." }],
      facts: [{ type: "fact", content: "Owns a lamp." }],
    });
    expect(JSON.stringify(request.body)).not.toContain("periwinkle");

    const { sessions } = await readAsOperator(continuo, `/admin/customer/${JOHN}/sessions`);
    expect(sessions).toMatchObject([
      { number: 2, state: "ACTIVE" },
      { number: 1, state: "CLOSED" },
    ]);
    expect(lifeIn(continuo.events)).toEqual([
      "session_started 1",
      "NEW to ACTIVE by answered",
      "ACTIVE to IDLE by idle_timeout",
      "IDLE to ACTIVE by message",
      "ACTIVE to IDLE by idle_timeout",
      "IDLE to CLOSED by close_timeout",
      "session_ended close_timeout",
      "survey_asked",
      "survey_answered 5",
      "session_started 2",
      "NEW to ACTIVE by answered",
    ]);
  });

  test("that lasted while the program was away is dealt with once at the next start, and not again at the one after", async () => {
    await using continuo = await startContinuo({ env: { ...clocks, ...operatorKeys(), SURVEY: "true" } });
    await exchange(continuo, "Hello");
    await continuo.quiet();
    for (const days of [3, 4]) {
      const later = movableClock();
      later.advance(days * DAY_MS);
      await continuo.restart({ overrides: { clock: later } });
      await passes(continuo, later, 0);
    }
    expect(lifeIn(continuo.events)).toEqual([
      "session_started 1",
      "NEW to ACTIVE by answered",
      "ACTIVE to IDLE by idle_timeout",
      "IDLE to CLOSED by close_timeout",
      "session_ended close_timeout",
      "survey_asked",
    ]);
    expect(continuo.twilio.messagesTo(JOHN)).toHaveLength(2);
  });

  test("on the phone is none, and begins when the call is over", async () => {
    const clock = movableClock();
    await using continuo = await startContinuo({ env: { ...clocks, ...operatorKeys() }, overrides: { clock } });
    const call = await callAbout(continuo, "Where is my order ORD_12345?");
    await passes(continuo, clock, 3 * HOUR_MS);
    expect(await stateOf(continuo)).toBe("ACTIVE");
    await call.hangUp();
    await continuo.happened("call_ended");
    await passes(continuo, clock, 29 * MINUTE_MS);
    expect(await stateOf(continuo)).toBe("ACTIVE");
    await passes(continuo, clock, 35 * MINUTE_MS);
    expect(await stateOf(continuo)).toBe("IDLE");
  });

  test("of whoever waits for a person closes nothing", async () => {
    const clock = movableClock();
    await using continuo = await startContinuo({ env: { ...clocks, ...operatorKeys() }, overrides: { clock } });
    await exchange(continuo, "I want to talk to a human, please");
    await continuo.quiet();
    expect(await stateOf(continuo)).toBe("WAITING_AGENT");
    await passes(continuo, clock, 5 * DAY_MS);
    await continuo.restart();
    await passes(continuo, clock, 5 * DAY_MS);
    await exchange(continuo, "Is anybody there?");
    await continuo.quiet();
    expect(await stateOf(continuo)).toBe("WAITING_AGENT");
    expect(lifeIn(continuo.events)).toEqual(["session_started 1", "NEW to WAITING_AGENT by escalated"]);
  });
});

test("who comes back by another channel after a session is over is not asked again what was left open in it", async () => {
  await using model = await startModelServer((request) =>
    taskOf(request) === "talk" ? { kind: "say", tokens: ["Which periwinkle lamp is it?"] } : noteTaker(request),
  );
  const clock = movableClock();
  await using continuo = await startContinuo({
    env: { ...answeredBy(model), ...clocks },
    overrides: { clock, memoryDelayMs: 0 },
  });
  await exchange(continuo, "My lamp is broken.");
  await passes(continuo, clock, 31 * MINUTE_MS);
  await passes(continuo, clock, 24 * HOUR_MS);
  await continuo.app.settled();
  const call = await callAbout(continuo, "Hello?");
  await call.hangUp();
  const request = lastTalk(model.requests);
  expect(JSON.stringify(request.body)).not.toContain("periwinkle");
  expect(inputOf(request).join("\n")).toMatch(/comes back by phone; the last time it was by text message/u);
  expect((await continuo.happened("modality_switched")).detail).toEqual({ from: "sms", to: "voice" });
});

test("a caller is asked by text when the session is over, and answers by text, or by a key while still on the phone", async () => {
  const clock = movableClock();
  await using continuo = await startContinuo({
    env: { ...clocks, ...operatorKeys(), SURVEY: "true" },
    overrides: { clock },
  });
  const first = await callAbout(continuo, "Where is my order ORD_12345?");
  await first.hangUp();
  await continuo.happened("call_ended");
  await passes(continuo, clock, 31 * MINUTE_MS);
  await passes(continuo, clock, 24 * HOUR_MS);
  expect(await exchange(continuo, "4")).toBe("Thank you for telling us.");

  const second = await callAbout(continuo, "And what is its tracking number?");
  await askAsOperator(continuo, { method: "POST", path: `/admin/customer/${JOHN}/close` });
  await continuo.happened("survey_asked", 2);
  await second.press("5");
  await continuo.happened("survey_answered", 2);
  await second.hangUp();
  await continuo.quiet();
  const { satisfactionScore, counts } = await readAsOperator(continuo, `/admin/customer/${JOHN}/analytics`);
  expect([satisfactionScore, counts.surveys]).toEqual([4.5, 2]);
  expect(await stateOf(continuo)).toBe("CLOSED");
});

async function callAbout(continuo: Continuo, words: string): Promise<PhoneCall> {
  const call = await continuo.customer().call();
  await call.hear();
  await call.say(words);
  await call.hear();
  return call;
}

/** Time passes, and whatever is due by then has happened. */
async function passes(continuo: Continuo, clock: MovableClock, ms: number): Promise<void> {
  clock.advance(ms);
  await continuo.app.platform.work.sweep();
  await continuo.quiet();
}

async function stateOf(continuo: Continuo): Promise<string | undefined> {
  return (await readAsOperator(continuo, `/admin/session/${JOHN}`)).session?.state;
}

/** A session's life in words, as its events tell it. */
function lifeIn(events: readonly RecordedEvent[]): readonly string[] {
  return events.flatMap(({ name, detail = {} }) => {
    const { number, from, to, reason, score } = detail;
    if (name === "session_changed") return [`${from} to ${to} by ${reason}`];
    if (!/^(?:session|survey)_/u.test(name)) return [];
    return [[name, number ?? score, reason].filter((part) => part !== undefined).join(" ")];
  });
}

/** A model that talks, and that has the same thing to note whatever was said. */
function noteTaker(request: SeenRequest): ModelAnswer {
  switch (taskOf(request)) {
    case "talk":
      return { kind: "say", tokens: [`Answer to: ${askedIn(request)}`] };
    case "summary":
      return { kind: "say", tokens: ["They wrote about a lamp that is broken."] };
    case "notes":
      return { kind: "say", tokens: [JSON.stringify(notes)] };
  }
}

const notes = {
  entities: { order_number: { value: "ORD_12345", confidence: 0.9, seq: 1 } },
  facts: [{ type: "fact", about: "lamp", content: "Owns a lamp.", confidence: 0.9, expires_in_days: null, seq: 1 }],
  intent: { name: "technical", topic: "a broken lamp", confidence: 0.9 },
};

function lastTalk(requests: readonly SeenRequest[]): SeenRequest {
  const last = requests.findLast((request) => taskOf(request) === "talk");
  if (last === undefined) throw new Error("nobody has talked yet");
  return last;
}
