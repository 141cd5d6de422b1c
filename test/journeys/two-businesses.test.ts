import { expect, test } from "vitest";
import { z } from "zod";
import { defineAgent } from "../../src/agent/define-agent.ts";
import { tenantId } from "../../src/core/ids.ts";
import { phone, type Phone } from "../../src/simulator/phone.ts";
import { type Continuo, JOHN, startContinuo } from "../support/continuo.ts";
import { answeredBy, askedIn, inputOf, instructionsOf, rememberedIn, taskOf } from "../support/model-input.ts";
import { type ModelAnswer, type ModelServer, type SeenRequest, startModelServer } from "../support/model-server.ts";
import { askAsOperator, operatorKeys, readAsOperator } from "../support/operator.ts";

const lamps = { tenant: "lamps", number: "+14155550199", mark: "luminous", colour: "teal" } as const;
const bikes = { tenant: "bikes", number: "+14155550188", mark: "bicyclic", colour: "ochre" } as const;
const businesses = [lamps, bikes] as const;
type Business = (typeof businesses)[number];

test("a customer of two businesses is two customers, each with an agent, a past and a memory of its own", async () => {
  await using model = await startModelServer(noteTaker);
  await using continuo = await start(model);

  for (const business of businesses) {
    const { mark, colour } = business;
    expect(await texts(continuo, business, `I am the ${mark} customer, I like ${colour}`)).toMatchObject({
      from: business.number,
      body: `The ${mark} agent heard: I am the ${mark} customer, I like ${colour}`,
    });
  }
  await continuo.app.settled();
  for (const business of businesses) {
    await using call = await at(continuo, business).call();
    expect((await call.hear()).text).toContain(`the ${business.mark} assistant`);
    await call.say("What do I like?");
    expect((await call.hear()).text).toContain(`The ${business.mark} agent heard`);
    await call.hangUp();
  }
  await continuo.happened("call_ended", 2);
  await continuo.app.settled();

  // Every question to the model, also those for the memory, is about one business alone.
  for (const request of model.requests) expect(marksIn(request)).toHaveLength(1);
  for (const { mark, colour } of businesses) {
    const spoken = model.requests.findLast((request) => taskOf(request) === "talk" && marksIn(request)[0] === mark);
    expect(rememberedIn(spoken)).toEqual({
      entities: { colour },
      facts: [{ type: "preference", content: `Likes ${colour}.` }],
    });
    expect(spoken === undefined ? [] : inputOf(spoken).join("\n")).toContain(`I like ${colour}`);
  }

  const views = await Promise.all(businesses.map(({ tenant }) => readAsOperator(continuo, sessionPath(JOHN), tenant)));
  const userIds = views.map(({ userId }) => String(userId));
  expect(new Set(userIds).size).toBe(2);
  for (const [index, { tenant, mark, colour }] of businesses.entries()) {
    const other = businesses[1 - index];
    const text = JSON.stringify(views[index]);
    expect(text).toContain(mark);
    expect(text).toContain(colour);
    expect(text).not.toContain(other?.mark);
    expect(text).not.toContain(other?.colour);
    const foreign = { method: "GET", path: sessionPath(userIds[1 - index] ?? ""), tenant } as const;
    expect((await askAsOperator(continuo, foreign)).status).toBe(404);
    const told = continuo.events.filter((event) => event.tenant === tenantId(tenant));
    expect(new Set(told.flatMap(({ subjectId = "" }) => subjectId))).toEqual(new Set([userIds[index]]));
    const { total } = await readAsOperator(continuo, "/admin/analytics", tenant);
    expect(total).toMatchObject({ totalTexts: 1, totalCalls: 1 });
  }
});

test("what a customer asks of one business, to be left alone or to be forgotten, the other has nothing to do with", async () => {
  await using model = await startModelServer(noteTaker);
  await using continuo = await start(model);
  for (const business of businesses) await texts(continuo, business, `I am the ${business.mark} customer`);
  await at(continuo, lamps).text("STOP");
  await continuo.happened("opted_out");
  expect((await texts(continuo, bikes, "Still there?")).from).toBe(bikes.number);
  await continuo.app.settled();

  const before = await readAsOperator(continuo, sessionPath(JOHN), bikes.tenant);
  const path = `/privacy/delete/${encodeURIComponent(JOHN)}`;
  expect((await askAsOperator(continuo, { method: "DELETE", path, tenant: lamps.tenant })).status).toBe(200);
  expect((await askAsOperator(continuo, { method: "GET", path: sessionPath(JOHN), tenant: lamps.tenant })).status).toBe(
    404,
  );
  expect(await readAsOperator(continuo, sessionPath(JOHN), bikes.tenant)).toEqual(before);
  await texts(continuo, bikes, "And now?");
  const last = model.requests.findLast((request) => taskOf(request) === "talk");
  expect(last === undefined ? [] : inputOf(last)).toContain("user I am the bicyclic customer");
});

/** A server for both businesses, each with an agent of its own. */
function start(model: ModelServer): Promise<Continuo> {
  const agents = Object.fromEntries(businesses.map((business) => [business.tenant, agentOf(business)]));
  const tenants = Object.fromEntries(
    businesses.map(({ tenant, number }) => [tenant, { numbers: [number], agent: tenant }]),
  );
  return startContinuo({
    env: { ...answeredBy(model), ...operatorKeys(...businesses.map(({ tenant }) => tenant)) },
    overrides: {
      memoryDelayMs: 0,
      agents: { config: { defaultAgent: lamps.tenant, agents }, base: import.meta.url },
      tenants: { tenants },
    },
  });
}

function agentOf({ tenant, mark }: Business) {
  return defineAgent({
    name: tenant,
    instructions: `You are the ${mark} assistant.`,
    tools: [],
    greeting: `Hello, this is the ${mark} assistant.`,
    apology: "I am sorry.",
    language: "en-US",
    entities: z.object({ colour: z.string().describe(`the colour, for ${mark} things`) }),
  });
}

/** The customer, who turns to a business. */
function at(continuo: Continuo, business: Business): Phone {
  return phone(continuo.line, { number: JOHN, business: business.number });
}

/** Texts a business, and gives the answer once it was sent. */
async function texts(continuo: Continuo, business: Business, words: string) {
  const earlier = continuo.twilio.messagesTo(JOHN);
  await at(continuo, business).text(words);
  return await continuo.twilio.waitForMessage((message) => message.to === JOHN && !earlier.includes(message));
}

/** Whose words stand in a request. */
function marksIn(request: SeenRequest): readonly string[] {
  const text = JSON.stringify(request.body);
  return businesses.flatMap(({ mark, colour }) => (text.includes(mark) || text.includes(colour) ? [mark] : []));
}

/** A model that says which agent it was asked as, and notes the colour that was named. */
function noteTaker(request: SeenRequest): ModelAnswer {
  if (taskOf(request) === "talk") {
    const mark = /You are the (\w+) assistant/u.exec(instructionsOf(request))?.[1] ?? "unknown";
    return { kind: "say", tokens: [`The ${mark} agent heard: ${askedIn(request)}`] };
  }
  const found = /"seq":(\d+),"who":"customer","text":"[^"]*I like (\w+)/u.exec(askedIn(request));
  const [, seq, colour] = found ?? [];
  const noted = { confidence: 0.9, seq: Number(seq) };
  const fact = { type: "preference", about: "colour", content: `Likes ${colour}.`, expires_in_days: null, ...noted };
  const notes = { entities: { colour: { value: colour, ...noted } }, facts: [fact], intent: null };
  return { kind: "say", tokens: [JSON.stringify(found === null ? { entities: {}, facts: [], intent: null } : notes)] };
}

function sessionPath(whom: string): string {
  return `/admin/session/${encodeURIComponent(whom)}`;
}
