import fc from "fast-check";
import { expect, test } from "vitest";
import type { PhoneCall } from "../../src/simulator/call.ts";
import { BUSINESS, type Continuo, JOHN, startContinuo } from "../support/continuo.ts";
import { exchange } from "../support/exchange.ts";
import { answeredBy, askedIn, inputOf, rememberedIn, taskOf } from "../support/model-input.ts";
import { type ModelAnswer, type SeenRequest, startModelServer } from "../support/model-server.ts";
import { askAsOperator, operatorKeys } from "../support/operator.ts";
import { proveNumber } from "../support/prove-number.ts";
import { webVisitor } from "../support/visitor.ts";

const WINDOW = 4;
const MESSAGES = 40;
const settings = { MAX_MESSAGE_HISTORY: String(WINDOW), BURST_WINDOW_MS: "0", RATE_LIMIT_PER_MINUTE: "0" };

/** What happens before a message, and by which way it comes. */
const steps = fc.record({
  before: fc.oneof(
    { weight: 20, arbitrary: fc.constant("nothing") },
    { weight: 2, arbitrary: fc.constant("the session is closed") },
    { weight: 1, arbitrary: fc.constant("a restart") },
  ),
  way: fc.constantFrom("text", "whatsapp", "call"),
  hangsUp: fc.boolean(),
});

test.each([
  ["takes notes", 1, 0],
  ["fails at every third note", 3, 3],
  ["never takes a note", 4, 1],
])(
  "whatever the way and the session, a model that %s has every message before it once, or in the summary",
  async (_how, seed, failsEvery) => {
    let noted = 0;
    await using model = await startModelServer((request) => {
      if (taskOf(request) === "talk") return { kind: "say", tokens: [`Answer to ${numberAsked(request)}.`] };
      noted += 1;
      if (failsEvery > 0 && noted % failsEvery === 0) return { kind: "fail", status: 500 };
      return notesOn(request);
    });
    await using continuo = await startContinuo({
      env: { ...settings, ...answeredBy(model), ...operatorKeys() },
      overrides: { memoryDelayMs: 0 },
      speed: 60,
    });
    /** The first message of each session. */
    const begins = [1];
    let call: PhoneCall | undefined;
    for (const [index, { before, way, hangsUp }] of fc.sample(steps, { numRuns: MESSAGES, seed }).entries()) {
      const count = index + 1;
      if (before !== "nothing") {
        await call?.hangUp();
        call = undefined;
        await continuo.quiet();
      }
      if (before === "a restart") await continuo.restart();
      if (before === "the session is closed" && (await closes(continuo))) begins.push(count);
      await continuo.app.settled();
      if (call === undefined && way !== "call") {
        await continuo.customer()[way](`Message ${count}.`);
        await continuo.twilio.waitForMessage(({ body }) => body === `Answer to ${count}.`);
      } else {
        call ??= await rings(continuo);
        await call.say(`Message ${count}.`);
        await call.hear();
        if (hangsUp) await call.hangUp();
        if (hangsUp) call = undefined;
      }
    }
    await call?.hangUp();

    expect(begins.length).toBeGreaterThan(1);
    for (let count = 1; count <= MESSAGES; count += 1) {
      const request = model.requests.find((each) => taskOf(each) === "talk" && numberAsked(each) === count);
      const shown = request === undefined ? [] : numbersIn(saidIn(request));
      const told = numbersIn(JSON.stringify(rememberedIn(request)["summary"] ?? ""));
      const begun = begins.findLast((each) => each <= count) ?? 1;
      const first = shown[0] ?? 0;
      expect(shown).toEqual(range(first, count));
      expect(shown.length).toBeLessThanOrEqual(2 * WINDOW);
      // A summary by rules that has become too long has lost its beginning, and nothing else.
      expect(told).toEqual(range(failsEvery === 0 ? begun : (told[0] ?? begun), first - 1));
      expect(told.length > 0).toBe(first > begun);
    }
  },
  60_000,
);

test("when two long talks turn out to be one person's, everything of both is there once, and the talk goes on", async () => {
  await using model = await startModelServer((request) =>
    taskOf(request) === "talk" ? { kind: "say", tokens: [`Answer to ${numberAsked(request)}.`] } : notesOn(request),
  );
  await using continuo = await startContinuo({
    env: { ...settings, ...answeredBy(model), TWILIO_PHONE_NUMBER: BUSINESS },
    overrides: { memoryDelayMs: 0 },
  });
  const visitor = await webVisitor(() => continuo.app.url);
  const { events, close } = await visitor.listen();
  let count = 0;
  /** The visitor says more than the customer, so that the talk that ends is the longer one. */
  async function bothTalk(): Promise<void> {
    for (const way of ["text", "web", "web"]) {
      count += 1;
      const words = `Message ${count}.`;
      if (way === "text") await exchange(continuo, words);
      else await visitor.say(words);
      const answer = `Answer to ${count}.`;
      if (way === "web") await events.wait(({ name, told }) => name === "message" && told["text"] === answer);
      await continuo.app.settled();
    }
  }
  for (let round = 0; round < 6; round += 1) await bothTalk();
  const apart = count;
  await proveNumber(continuo, visitor, JOHN);
  for (let round = 0; round < 3; round += 1) await bothTalk();
  close();

  for (let place = apart + 1; place <= count; place += 1) {
    const request = model.requests.find((each) => taskOf(each) === "talk" && numberAsked(each) === place);
    const shown = request === undefined ? [] : numbersIn(saidIn(request));
    const told = numbersIn(JSON.stringify(rememberedIn(request)["summary"] ?? ""));
    expect(shown).toEqual(range(shown[0] ?? 0, place));
    // Of two summaries that became one, each keeps its own order.
    expect(told.toSorted((a, b) => a - b)).toEqual(range(1, (shown[0] ?? 0) - 1));
  }
}, 60_000);

/** Whether there was a session to close. */
async function closes(continuo: Continuo): Promise<boolean> {
  const path = `/admin/customer/${encodeURIComponent(JOHN)}/close`;
  const response = await askAsOperator(continuo, { method: "POST", path });
  return response.ok;
}

async function rings(continuo: Continuo): Promise<PhoneCall> {
  const call = await continuo.customer().call();
  await call.hear();
  return call;
}

/** A summary that names every message, or no notes. */
function notesOn(request: SeenRequest): ModelAnswer {
  if (taskOf(request) === "notes") return { kind: "say", tokens: ["{}"] };
  const [before = "", ...lines] = askedIn(request).split("\n");
  const said = lines.filter((line) => line.includes('"customer"'));
  return {
    kind: "say",
    tokens: [
      numbersIn([before, ...said].join(" "))
        .map((count) => `Message ${count}`)
        .join(", "),
    ],
  };
}

/** What the customer said, of what a model was shown. */
function saidIn(request: SeenRequest): string {
  return inputOf(request)
    .filter((line) => line.startsWith("user "))
    .join(" ");
}

function numberAsked(request: SeenRequest): number | undefined {
  return numbersIn(askedIn(request)).at(-1);
}

function numbersIn(text: string): readonly number[] {
  return [...text.matchAll(/Message (\d+)/gu)].map(([, count]) => Number(count));
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}
