import { expect, test } from "vitest";
import { startCrmServer } from "../../examples/custom-resolvers/crm-server.ts";
import { newSid } from "../../src/simulator/line.ts";
import { type Continuo, BUSINESS, JOHN, startContinuo } from "../support/continuo.ts";
import { exchange } from "../support/exchange.ts";
import { answeredBy, taskOf } from "../support/model-input.ts";
import { type ModelAnswer, startModelServer } from "../support/model-server.ts";
import { askAsOperator, operatorKeys } from "../support/operator.ts";
import { relayIn, tellOf } from "../support/voice.ts";

const notes = {
  entities: { customer_name: { value: "Maria Lopez", confidence: 0.9, seq: 1 } },
  facts: [],
  intent: { name: "tracking", topic: "a parcel that is late", confidence: 0.9 },
};

/** The longest a caller may wait for the greeting, in milliseconds; whoever is asked and hangs is waited for longer. */
const AT_ONCE_MS = 1_500;

test("a returning caller is greeted at once by name and topic, while the model is down and the customer database hangs", async () => {
  let answer: ModelAnswer = { kind: "say", tokens: ["It is on its way."] };
  await using crm = await startCrmServer({ apiKey: "crm-key" });
  await using model = await startModelServer((request) =>
    taskOf(request) === "talk" ? answer : { kind: "say", tokens: [JSON.stringify(notes)] },
  );
  await using continuo = await startContinuo({
    env: {
      ...answeredBy(model),
      ...operatorKeys(),
      SUBJECT_RESOLVER: "crm",
      CRM_BASE_URL: crm.url,
      CRM_API_KEY: "crm-key",
    },
    overrides: { memoryDelayMs: 0 },
  });
  await exchange(continuo, "Where is my parcel?");
  await continuo.happened("memory_updated");
  await continuo.restart();

  answer = { kind: "hang" };
  crm.hang(true);
  const asked = [model.requests.length, crm.asked.length];
  const startedAt = performance.now();
  const greeting = await greetingFor(continuo, JOHN);
  expect(performance.now() - startedAt).toBeLessThan(AT_ONCE_MS);
  expect(greeting).toBe(
    "Welcome back, Maria. This is the AI assistant of Northwind Supply. Last time we talked about your delivery. How can I help you today?",
  );
  expect([model.requests.length, crm.asked.length]).toEqual(asked);

  // Nobody else hears it, and neither does she once she is forgotten.
  for (const number of ["+14155550177", "anonymous"])
    expect(await greetingFor(continuo, number)).not.toContain("Maria");
  const path = `/privacy/delete/${encodeURIComponent(JOHN)}`;
  expect((await askAsOperator(continuo, { method: "DELETE", path })).status).toBe(200);
  expect(await greetingFor(continuo, JOHN)).toBe(
    "Hello, this is the AI assistant of Northwind Supply. How can I help you today?",
  );
});

test("a caller who calls in the middle of a talk by text is greeted with what it is about", async () => {
  await using continuo = await startContinuo({ overrides: { memoryDelayMs: 0 } });
  await exchange(continuo, "Hi, this is Maria. I was charged twice for order ORD_12345");
  await continuo.happened("memory_updated");
  await using call = await continuo.customer().call();
  expect((await call.hear()).text).toContain("Welcome back, Maria.");
});

/** What the TwiML greets a caller with. */
async function greetingFor(continuo: Continuo, from: string): Promise<string | undefined> {
  const call = { callSid: newSid("CA"), from, to: BUSINESS };
  return relayIn(await tellOf(continuo.line, call, { path: "/voice" })).attributes["welcomeGreeting"];
}
