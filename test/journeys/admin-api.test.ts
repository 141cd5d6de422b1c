import { expect, test } from "vitest";
import { apiKeys, apiOf } from "../support/api.ts";
import { BUSINESS, JOHN, startContinuo, type Continuo, type ContinuoOptions } from "../support/continuo.ts";
import { answeredBy, rememberedIn } from "../support/model-input.ts";
import { startModelServer } from "../support/model-server.ts";

/** For what is made in the background. */
const soon = { timeout: 10_000 };
const JANE = "+14155550123";

function start(options: ContinuoOptions = {}): Promise<Continuo> {
  const env = { ...apiKeys, ...options.env };
  return startContinuo({ ...options, env, overrides: { memoryDelayMs: 20, ...options.overrides } });
}

async function texts(continuo: Continuo, words: string, number = JOHN): Promise<void> {
  const before = continuo.twilio.messagesTo(number);
  await continuo.customer(number).text(words);
  await continuo.twilio.waitForMessage((message) => message.to === number && !before.includes(message));
}

test("an operator sees who texted and called, what was said, what is known of them, and the figures", async () => {
  await using continuo = await start();
  const ask = apiOf(() => continuo.app.url);
  await texts(continuo, "Hi, my name is John. Where is my order ORD_12345?");
  {
    await using call = await continuo.customer().call();
    await call.hear();
    await call.say("Thank you. Please always text me.");
    await call.hear();
  }
  await continuo.happened("call_ended");
  await continuo.quiet();
  await expect
    .poll(async () => (await ask("vic", `GET /admin/session/${JOHN}`)).body.context.memory.length, soon)
    .toBe(2);

  const { status, body } = await ask("vic", "GET /admin/session/(415)%20555-0100");
  expect(status).toBe(200);
  expect(body).toMatchObject({
    sessionId: JOHN,
    userId: expect.stringMatching(/^sub_/u),
    startTime: expect.stringMatching(/^\d{4}-.*Z$/u),
    lastActivity: expect.stringMatching(/^\d{4}-.*Z$/u),
    currentModality: "voice",
    totalMessages: 4,
    session: { number: 1, state: "ACTIVE", endedAt: null },
    context: { extractedEntities: { order_number: "ORD_12345", customer_name: "John" }, summary: "" },
  });
  expect(Object.keys(body)).toEqual([
    "sessionId",
    "userId",
    "startTime",
    "lastActivity",
    "currentModality",
    "totalMessages",
    "session",
    "context",
  ]);
  const history: readonly { readonly role: string; readonly channel?: string; readonly content: string }[] =
    body.context.conversationHistory;
  expect(history.filter(({ role }) => role === "customer").map(({ channel, content }) => [channel, content])).toEqual([
    ["sms", "Hi, my name is John. Where is my order ORD_12345?"],
    ["voice", "Thank you. Please always text me."],
  ]);
  expect(history.some(({ role, content }) => role === "tool" && content.startsWith("order_status: "))).toBe(true);
  expect(body.context.memory).toContainEqual(
    expect.objectContaining({ type: "preference", content: "Prefers text messages.", source: expect.anything() }),
  );
  expect((await ask("vic", `GET /admin/session/${body.userId}?limit=1`)).body.context.conversationHistory).toHaveLength(
    1,
  );

  const figures = (await ask("vic", `GET /admin/customer/phone_${JOHN.slice(1)}/analytics`)).body;
  expect(figures).toMatchObject({
    totalCalls: 1,
    totalTexts: 1,
    avgResponseTime: expect.any(Number),
    satisfactionScore: null,
    preferredModality: "voice",
    keyTopics: ["orders"],
  });
  const day = new Date().toISOString().slice(0, 10);
  expect((await ask("vic", `GET /admin/analytics?from=${day}&to=${day}`)).body).toMatchObject({
    total: { totalCalls: 1, totalTexts: 1 },
    days: [{ day, totalCalls: 1, totalTexts: 1 }],
  });

  const unknown = await ask("vic", `GET /admin/session/${JANE}`);
  expect([unknown.status, unknown.headers.get("content-type"), unknown.body.detail]).toEqual([
    404,
    "application/problem+json",
    `Nobody is known as ${JANE}.`,
  ]);
  const malformed = await ask("vic", "GET /admin/session/0014155550100");
  expect([malformed.status, malformed.body.detail]).toEqual([
    400,
    expect.stringContaining("understood as the digits 0014155550100"),
  ]);
});

test("what an operator writes down the agent knows in its next answer, and not what they forgot", async () => {
  await using model = await startModelServer(() => ({ kind: "say", tokens: ["Certainly."] }));
  await using continuo = await start({ env: answeredBy(model), overrides: { memoryDelayMs: 3_600_000 } });
  const ask = apiOf(() => continuo.app.url);
  await texts(continuo, "Hello");
  const facts = `/admin/customer/${JOHN}/memory/facts`;
  const written = await ask("ada", `POST ${facts}`, { type: "preference", about: "tone", content: "Likes jokes." });
  expect([written.status, written.body.source]).toEqual([201, { kind: "person", by: "ada" }]);
  await ask("ada", `POST ${facts}`, { type: "fact", about: "dog", content: "Has a dog." });
  await ask("ada", `PATCH ${facts}/${written.body.id}`, { content: "Likes no jokes." });
  await ask("ada", `PATCH /admin/customer/${JOHN}/memory/entities/order_number`, { value: "ORD_67890" });
  for (const [name, value] of Object.entries({ order_number: "no order", rooms: 3 }))
    expect(await ask("ada", `PATCH /admin/customer/${JOHN}/memory/entities/${name}`, { value })).toMatchObject({
      status: 400,
      body: { detail: expect.stringContaining("schema") },
    });
  const known = (await ask("vic", `GET /admin/customer/${JOHN}/memory`)).body;
  const dog = known.facts.find((fact: { readonly about: string }) => fact.about === "dog");
  expect((await ask("ada", `DELETE ${facts}/${dog.id}`)).status).toBe(204);
  expect((await ask("ada", `DELETE ${facts}/${dog.id}`)).status).toBe(404);
  await texts(continuo, "And now?");
  const remembered = JSON.stringify(rememberedIn(model.requests.at(-1)));
  expect(remembered).toContain("Likes no jokes.");
  expect(remembered).toContain("ORD_67890");
  expect(remembered).not.toMatch(/Likes jokes|dog/u);
});

test("a session that an operator closed is over, and what comes next begins another", async () => {
  await using continuo = await start();
  const ask = apiOf(() => continuo.app.url);
  await texts(continuo, "Where is my order ORD_12345?");
  expect((await ask("ada", `POST /admin/customer/${JOHN}/close`)).body).toMatchObject({
    changed: true,
    session: { number: 1, state: "CLOSED" },
  });
  expect((await ask("ada", `POST /admin/customer/${JOHN}/close`)).body).toMatchObject({ changed: false });
  const ended = await continuo.happened("session_ended");
  expect(ended.detail).toMatchObject({ reason: "closed" });
  await texts(continuo, "One more thing");
  const { body } = await ask("vic", `GET /admin/customer/${JOHN}/sessions`);
  expect(body.sessions).toMatchObject([
    { number: 2, endedAt: null },
    { number: 1, state: "CLOSED" },
  ]);
  // What was said before is told as a summary from then on.
  await expect
    .poll(async () => (await ask("vic", `GET /admin/session/${JOHN}`)).body.context.summary, soon)
    .toContain("ORD_12345");
});

test("two customers become one and are taken apart again, and whoever is refused is told why", async () => {
  await using continuo = await start();
  const ask = apiOf(() => continuo.app.url);
  await texts(continuo, "This is John");
  await texts(continuo, "This is John as well", JANE);
  await continuo.quiet();
  const wish = { from: "phone_14155550123", into: "(415) 555-0100", reason: "the same person" };
  const merged = await ask("sue", "POST /admin/subjects/merge", wish);
  expect([merged.status, merged.body]).toMatchObject([200, { state: "merged", by: "sue", reason: "the same person" }]);
  const both = (await ask("vic", `GET /admin/session/${JANE}`)).body;
  expect([both.userId, both.sessionId]).toEqual([merged.body.into, JOHN]);
  expect(
    both.context.conversationHistory.filter(({ role }: { readonly role: string }) => role === "customer"),
  ).toHaveLength(2);
  expect((await ask("sue", `GET /admin/customer/${JOHN}/merges`)).body.merges).toHaveLength(1);
  expect((await ask("sue", "POST /admin/subjects/merge", wish)).status).toBe(409);
  expect((await ask("sue", "POST /admin/subjects/merge", { ...wish, from: wish.into })).status).toBe(400);
  expect((await ask("sue", "POST /admin/subjects/merge", { ...wish, from: "+14155550199" })).status).toBe(404);
  const { mergeId } = merged.body;
  expect((await ask("sue", "POST /admin/subjects/split", { mergeId })).body).toMatchObject({ state: "split", mergeId });
  const again = await ask("sue", "POST /admin/subjects/split", { mergeId });
  expect([again.status, again.body.code]).toEqual([409, "conflict"]);
  expect((await ask("sue", "POST /admin/subjects/split", { mergeId: "mrg_none" })).status).toBe(404);
  expect((await ask("vic", `GET /admin/session/${JANE}`)).body.sessionId).toBe(JANE);
});

test("two businesses with the same customer know nothing of each other's", async () => {
  const tenants = { tenants: { acme: { numbers: [BUSINESS] }, nile: { numbers: ["+14155550177"] } } };
  await using continuo = await start({ overrides: { tenants }, env: { DEFAULT_TENANT_ID: "acme" } });
  const ask = apiOf(() => continuo.app.url);
  await texts(continuo, "A secret of Acme's");
  const acmes = (await ask("max", `GET /admin/session/${JOHN}`)).body;
  expect(acmes.context.conversationHistory[0].content).toBe("A secret of Acme's");
  const requests = [
    `GET /admin/session/${JOHN}?tenant=nile`,
    `GET /admin/session/${acmes.userId}?tenant=nile`,
    `GET /admin/customer/${acmes.userId}/memory?tenant=nile`,
    `GET /privacy/export/${acmes.userId}?tenant=nile`,
    `DELETE /privacy/delete/${acmes.userId}?tenant=nile`,
  ];
  for (const request of requests) expect((await ask("max", request)).status).toBe(404);
  expect((await ask("max", "GET /admin/analytics?tenant=nile")).body.total).toMatchObject({ totalTexts: 0 });
  expect((await ask("max", `GET /admin/session/${JOHN}`)).status).toBe(200);
});
