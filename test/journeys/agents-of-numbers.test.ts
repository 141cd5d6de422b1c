import { expect, test } from "vitest";
import { z } from "zod";
import { defineAgent } from "../../src/agent/define-agent.ts";
import { phone } from "../../src/simulator/phone.ts";
import { BUSINESS, JOHN, startContinuo, type Continuo } from "../support/continuo.ts";
import { answeredBy, askedIn, taskOf } from "../support/model-input.ts";
import { startModelServer, type ModelAnswer, type SeenRequest } from "../support/model-server.ts";

const SALES = "+14155550001";

test("what a customer tells is noted by the schema of the agent that answers at the number they used", async () => {
  await using model = await startModelServer(noteTaker);
  await using continuo = await start(model.url);
  await phone(continuo.line, { number: JOHN, business: SALES }).text("I want a green bicycle");
  await continuo.happened("memory_updated");
  expect((await memoryOf(continuo)).entities).toMatchObject([{ name: "colour", value: "green" }]);
});

test("so is what somebody tells on the phone", async () => {
  await using model = await startModelServer(noteTaker);
  await using continuo = await start(model.url);
  await using call = await phone(continuo.line, { number: JOHN, business: SALES }).call();
  await call.hear();
  await call.say("I want a green bicycle");
  await continuo.happened("memory_updated");
  expect((await memoryOf(continuo)).entities).toMatchObject([{ name: "colour", value: "green" }]);
});

/** One business, at whose second number another agent answers. */
function start(modelUrl: string): Promise<Continuo> {
  const agents = { support: agent("support", {}), sales: agent("sales", { colour: z.string() }) };
  const tenants = { default: { agent: "support", numbers: [BUSINESS, { number: SALES, agent: "sales" }] } };
  return startContinuo({
    env: answeredBy({ url: modelUrl }),
    overrides: {
      memoryDelayMs: 0,
      agents: { config: { defaultAgent: "support", agents }, base: import.meta.url },
      tenants: { tenants },
    },
  });
}

function agent(name: string, entities: z.ZodRawShape) {
  const words = { instructions: `You are ${name}.`, greeting: "Hello.", apology: "I am sorry.", language: "en-US" };
  return defineAgent({ name, tools: [], entities: z.object(entities), ...words });
}

async function memoryOf({ app }: Continuo) {
  const { tenant } = app.config.identity;
  const subjectId = await app.ledger.subjects.find(tenant, `tel:${JOHN}`);
  if (subjectId === undefined) throw new Error("nobody has written or called yet");
  return await app.store.memory({ tenant, subjectId });
}

/** A model that notes the colour green where it is asked for a colour, and otherwise a fact. */
function noteTaker(request: SeenRequest): ModelAnswer {
  if (taskOf(request) === "talk") return { kind: "say", tokens: [`Heard: ${askedIn(request)}`] };
  const asked = JSON.stringify(request.body.text?.format).includes("colour");
  const notes = {
    entities: asked ? { colour: { value: "green", confidence: 0.9, seq: 1 } } : {},
    facts: [
      { type: "fact", about: "wish", content: "Wants a bicycle.", confidence: 0.9, seq: 1, expires_in_days: null },
    ],
    intent: null,
  };
  return { kind: "say", tokens: [JSON.stringify(notes)] };
}
