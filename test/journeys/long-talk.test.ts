import { expect, test } from "vitest";
import { startContinuo } from "../support/continuo.ts";
import { exchange } from "../support/exchange.ts";
import { answeredBy, askedIn, inputOf, rememberedIn, taskOf } from "../support/model-input.ts";
import { type ModelAnswer, type ModelServer, type SeenRequest, startModelServer } from "../support/model-server.ts";

const WINDOW = 20;
/** A quarter of a window is folded at once. */
const PORTION = WINDOW / 4;
const inspected = [2, 10, 100, 300];

test("of 300 messages the model sees a bounded end, a summary of all before it, and what was noted, also after a restart", async () => {
  await using model = await startModelServer(answerOf);
  await using continuo = await startContinuo({
    env: {
      ...answeredBy(model),
      MAX_MESSAGE_HISTORY: String(WINDOW),
      BURST_WINDOW_MS: "0",
      RATE_LIMIT_PER_MINUTE: "0",
      RATE_LIMIT_PER_DAY: "0",
    },
    overrides: { memoryDelayMs: 0 },
  });
  const inputs: SeenRequest[] = [];
  for (let count = 1; count <= 300; count += 1) {
    if (count === 150) await continuo.restart();
    // What is looked at closely comes after memory was made of everything before it.
    if (inspected.includes(count)) await continuo.app.settled();
    expect(await exchange(continuo, messageOf(count))).toBe(`Answer to ${count}.`);
    inputs.push(firstRequestOf(model, count));
  }

  for (const [index, input] of inputs.entries()) {
    const count = index + 1;
    const lines = inputOf(input);
    const asked = numbersIn(lines, /^user Message (\d+)/u);
    const first = asked[0] ?? 0;
    expect(asked).toEqual(range(first, count));
    // Both sides are there, and whatever was looked up stands in its place with what was found.
    expect(numbersIn(lines, /^assistant Answer to (\d+)\./u)).toEqual(range(first, count - 1));
    expect(numbersIn(lines, /^call lookup_order .*ORD_(\d+)/u)).toEqual(lookedUp(first, count - 1));
    expect(numbersIn(lines, /^result .*ORD_(\d+)/u)).toEqual(lookedUp(first, count - 1));
    const found = lines.filter((_line, at) => lines[at - 1]?.startsWith("call "));
    expect(found.every((line) => line.startsWith("result "))).toBe(true);
    // What the summary tells of ends where the window begins: nothing is told twice, and nothing is lost.
    expect(rememberedIn(input)["summary"]).toBe(first === 1 ? undefined : `They counted up to ${first - 1}.`);
    expect(asked.length).toBeLessThanOrEqual(2 * WINDOW);
  }

  const [second, tenth, hundredth, last] = inspected.map((count) => firstRequestOf(model, count));
  expect(said(second)).toEqual(["user Message 1: noted.", "assistant Answer to 1.", "user Message 2: noted."]);
  expect(numbersIn(said(tenth), /^user Message (\d+)/u)).toEqual(range(1, 10));
  for (const input of [hundredth, last]) {
    expect(numbersIn(said(input), /^user Message (\d+)/u).length).toBeLessThanOrEqual(WINDOW + PORTION);
    expect(rememberedIn(input)).toMatchObject({
      facts: [{ type: "preference", content: "Prefers to be texted." }],
      entities: { order_number: "ORD_12345" },
    });
  }
  expect(bytesOf(last)).toBeLessThan(1.5 * bytesOf(hundredth));
}, 60_000);

/** What the customer says: now and then something that is looked up, and once something worth noting. */
function messageOf(count: number): string {
  if (count === 3) return `Message ${count}: please text me, never call.`;
  return count % 7 === 0 ? `Message ${count}: look it up.` : `Message ${count}: noted.`;
}

function lookedUp(from: number, to: number): readonly number[] {
  return range(from, to).flatMap((count) => (count % 7 === 0 ? [12_345] : []));
}

/** A model that looks up what it is told to, answers by the number, and takes notes. */
function answerOf(request: SeenRequest): ModelAnswer {
  if (taskOf(request) !== "talk") return { kind: "say", tokens: [notesOf(request)] };
  const count = /\d+/u.exec(askedIn(request))?.[0];
  const looksUp = askedIn(request).endsWith("look it up.") && inputOf(request).at(-1)?.startsWith("user ") === true;
  if (!looksUp) return { kind: "say", tokens: ["Answer", " to", ` ${count}`, "."] };
  return { kind: "call", calls: [{ name: "lookup_order", arguments: JSON.stringify({ orderId: "ORD_12345" }) }] };
}

/** A summary of the one before and what comes next, which says so when something is missing or told twice; or notes. */
function notesOf(request: SeenRequest): string {
  const given = askedIn(request);
  if (taskOf(request) === "summary") {
    const before = Number(/up to (\d+)\./u.exec(given)?.[1] ?? 0);
    const told = numbersIn(given.split("\n"), /"customer".*Message (\d+)/u);
    const last = told.at(-1) ?? before;
    const whole = JSON.stringify(told) === JSON.stringify(range(before + 1, last));
    return whole ? `They counted up to ${last}.` : `After ${before} they said ${told.join(", ")}.`;
  }
  const { lines }: { readonly lines: readonly { readonly seq: number; readonly text: string }[] } = JSON.parse(given);
  const wish = lines.find(({ text }) => text.includes("please text me"));
  const order = lines.find(({ text }) => text.includes("look it up"));
  return JSON.stringify({
    entities: { order_number: order && { value: "ORD_12345", confidence: 0.9, seq: order.seq } },
    facts: wish
      ? [{ type: "preference", about: "channel", content: "Prefers to be texted.", confidence: 0.9, seq: wish.seq }]
      : [],
    intent: null,
  });
}

/** What the model was given first of a turn. */
function firstRequestOf(model: ModelServer, count: number): SeenRequest {
  const words = messageOf(count);
  const found = model.requests.find((request) => taskOf(request) === "talk" && askedIn(request) === words);
  if (found === undefined) throw new Error(`no model was asked about message ${count}`);
  return found;
}

function said(request: SeenRequest | undefined): readonly string[] {
  return request === undefined ? [] : inputOf(request).filter((line) => !line.startsWith("system "));
}

function bytesOf(request: SeenRequest | undefined): number {
  return Buffer.byteLength(JSON.stringify(request?.body));
}

function numbersIn(lines: readonly string[], pattern: RegExp): readonly number[] {
  return lines.flatMap((line) => {
    const found = pattern.exec(line)?.[1];
    return found === undefined ? [] : [Number(found)];
  });
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}
