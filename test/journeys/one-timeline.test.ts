import { expect, test } from "vitest";
import { BUSINESS, itemsOf, JOHN, startContinuo } from "../support/continuo.ts";
import { exchange } from "../support/exchange.ts";
import { answeredBy, askedIn, inputOf, instructionsOf } from "../support/model-input.ts";
import { type ModelServer, type SeenRequest, startModelServer } from "../support/model-server.ts";
import { operatorKeys, readAsOperator } from "../support/operator.ts";
import { proveNumber } from "../support/prove-number.ts";
import { webVisitor } from "../support/visitor.ts";

/** What the customer says, by which way, and what is answered. */
const talk = [
  { way: "sms", words: "My lamp is broken.", answer: "I am sorry to hear that. Which order is it?" },
  { way: "voice", words: "It is order twelve.", answer: "Thank you. Shall I have a new one sent?" },
  { way: "whatsapp", words: "Yes please.", answer: "What is your address?" },
  { way: "web", words: "One Main Street.", answer: "It is on its way." },
  { way: "sms", words: "Wonderful.", answer: "You are welcome." },
] as const;

test("text, call, WhatsApp and web of one person are one timeline, and at each change the agent knows where they were", async () => {
  await using model = await startModelServer((request) => ({ kind: "say", tokens: [answerTo(askedIn(request))] }));
  await using continuo = await startContinuo({
    env: { ...answeredBy(model), ...operatorKeys(), TWILIO_PHONE_NUMBER: BUSINESS },
  });
  const john = continuo.customer();

  await exchange(continuo, talk[0].words);

  const call = await john.call();
  await call.hear();
  await call.say(talk[1].words);
  expect((await call.hear()).text).toBe(talk[1].answer);
  await call.hangUp();

  await john.whatsapp(talk[2].words);
  await continuo.twilio.waitForMessage(({ to, body }) => to === `whatsapp:${JOHN}` && body === talk[2].answer);

  const visitor = await webVisitor(() => continuo.app.url);
  await proveNumber(continuo, visitor, JOHN);
  const { events, close } = await visitor.listen();
  await visitor.say(talk[3].words);
  await events.wait(({ name, told }) => name === "message" && told["text"] === talk[3].answer);
  close();
  expect(await exchange(continuo, talk[4].words)).toBe(talk[4].answer);
  await continuo.quiet();

  const wanted = talk.flatMap(({ way, words, answer }) => [`${way}: ${words}`, `${way}: ${answer}`]);
  const said = itemsOf(await continuo.record()).flatMap((item) =>
    item.kind === "customer" || item.kind === "agent" ? [`${item.channel}: ${item.text}`] : [],
  );
  expect(said).toEqual(wanted);
  const { context, currentModality } = await readAsOperator(continuo, `/admin/session/${JOHN}`);
  expect(currentModality).toBe("sms");
  const history: readonly { readonly channel?: string; readonly content: string }[] = context.conversationHistory;
  expect(history.map(({ channel, content }) => `${channel}: ${content}`)).toEqual(wanted);
  expect((await visitor.history()).lines.map(({ channel, text }) => `${channel}: ${text}`)).toEqual(wanted);

  const [onPhone, onWhatsapp, onWeb, back] = talk.slice(1).map(({ words }) => askedAbout(model, words));
  expect(noteIn(onPhone)).toMatch(/by phone; until now it was by text message\..*"Which order is it\?"$/u);
  expect(noteIn(onWhatsapp)).toMatch(/by WhatsApp; until now it was by phone\..*"Shall I have a new one sent\?"$/u);
  expect(noteIn(onWeb)).toMatch(/by web chat; until now it was by WhatsApp\..*"What is your address\?"$/u);
  expect(noteIn(back)).toMatch(/by text message; until now it was by web chat\.[^"]*$/u);
  const styles = [onPhone, onWhatsapp, onWeb, back].map((request) =>
    instructionsOf(request).includes("is on the phone and hears you") ? "spoken" : "written",
  );
  expect(styles).toEqual(["spoken", "written", "written", "written"]);
  // Each of them was given everything before, from both sides.
  for (const [index, { words }] of talk.entries()) {
    const before = talk.slice(0, index).flatMap((each) => [`user ${each.words}`, `assistant ${each.answer}`]);
    const lines = inputOf(askedAbout(model, words)).filter((line) => !line.startsWith("system "));
    expect(lines).toEqual([...before, `user ${words}`]);
  }

  const bridging = continuo.events.filter(({ name }) => name === "modality_switched" || name === "context_bridged");
  expect(bridging.map(({ name, detail }) => ({ name, detail }))).toEqual(
    [
      { from: "sms", to: "voice" },
      { from: "voice", to: "whatsapp" },
      { from: "whatsapp", to: "web" },
      { from: "web", to: "sms" },
    ].flatMap((detail) => [
      { name: "modality_switched", detail },
      { name: "context_bridged", detail: { bridgeTime: expect.any(Number) } },
    ]),
  );
  expect(new Set(bridging.map(({ subjectId }) => subjectId)).size).toBe(1);
});

function answerTo(words: string): string {
  return talk.find((each) => each.words === words)?.answer ?? "I did not expect that.";
}

function askedAbout(model: ModelServer, words: string): SeenRequest {
  const found = model.requests.find((request) => askedIn(request) === words);
  if (found === undefined) throw new Error(`no model was asked about ${words}`);
  return found;
}

/** What the platform told right before the customer's last words; a note is a JSON string. */
function noteIn(request: SeenRequest | undefined): unknown {
  const lines = request === undefined ? [] : inputOf(request);
  const note = lines.findLast((line) => line.startsWith("system Platform note."));
  return note === undefined ? undefined : JSON.parse(note.slice(note.indexOf('"')));
}
