import { dirname } from "node:path";
import { expect, test } from "vitest";
import { apiKeys, apiOf, type Ask } from "../support/api.ts";
import { JOHN, startContinuo, type Continuo, type ContinuoOptions } from "../support/continuo.ts";
import { answeredBy, askedIn, taskOf } from "../support/model-input.ts";
import { startModelServer, type ModelServer } from "../support/model-server.ts";
import { movableClock } from "../support/movable-clock.ts";
import { leftIn } from "../support/raw-files.ts";
import { startServerProcess } from "../support/server-process.ts";

const ZOE = "+14155550188";
const ZOES_WORK = "+14155550189";
const DAY_MS = 86_400_000;

/** Everything by which Zoe can be known, wherever it was said, written or called with. */
const planted = [
  "4155550188",
  "4155550189",
  "Zebedee",
  "xylophone-text",
  "xylophone-speech",
  "xylophone-argument",
  "xylophone-result",
  "xylophone-reply",
  "xylophone-fact",
  "xylophone-value",
  "xylophone-note",
  "xylophone-reason",
];

function start(options: ContinuoOptions = {}): Promise<Continuo> {
  const env = { ...apiKeys, ...options.env };
  return startContinuo({ ...options, env, overrides: { memoryDelayMs: 20, ...options.overrides } });
}

/** A model that repeats what it should not, calls a tool with it, and takes notes of it. */
function talkative(): Promise<ModelServer> {
  return startModelServer((request) => {
    // To everybody else it says nothing of her.
    if (!JSON.stringify(request.body).includes("Zebedee")) {
      const nothing = JSON.stringify({ entities: {}, facts: [], intent: null });
      return { kind: "say", tokens: [taskOf(request) === "notes" ? nothing : "Certainly."] };
    }
    if (taskOf(request) === "summary") return { kind: "say", tokens: ["Zebedee said xylophone-text."] };
    if (taskOf(request) === "notes") {
      const fact = { type: "fact", about: "instrument", content: "Plays the xylophone-note.", confidence: 1, seq: 1 };
      return {
        kind: "say",
        tokens: [JSON.stringify({ entities: {}, facts: [{ ...fact, expires: null }], intent: null })],
      };
    }
    if (!askedIn(request).includes("look")) return { kind: "say", tokens: ["Dear Zebedee, ", "xylophone-reply."] };
    const calls = [{ name: "search_knowledge", arguments: '{"query":"xylophone-argument"}', callId: "call_1" }];
    const answered = JSON.stringify(request.body.input).includes("function_call_output");
    return answered ? { kind: "say", tokens: ["Found: xylophone-result."] } : { kind: "call", calls };
  });
}

async function texts(continuo: Continuo, number: string, words: string): Promise<void> {
  const before = continuo.twilio.messagesTo(number);
  await continuo.customer(number).text(words);
  await continuo.twilio.waitForMessage((message) => message.to === number && !before.includes(message));
}

/** Leaves Zoe's words in every place there is. */
async function zoeLives(continuo: Continuo, ask: Ask): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    await texts(continuo, ZOE, `I am Zebedee, please look for the xylophone-text ${"and more ".repeat(round * 60)}`);
    await texts(continuo, JOHN, `Where is my order ORD_12345? ${round}`);
    await texts(continuo, ZOES_WORK, `Zebedee at work: xylophone-text ${round}`);
  }
  {
    await using call = await continuo.customer(ZOE).call();
    await call.hear();
    await call.say("This is Zebedee and my xylophone-speech.");
    await call.hear();
  }
  await continuo.happened("call_ended");
  const at = `/admin/customer/${ZOE}/memory`;
  await ask("ada", `POST ${at}/facts`, { type: "fact", about: "name", content: "Zebedee with the xylophone-fact" });
  await ask("ada", `PATCH ${at}/entities/customer_name`, { value: "Zebedee xylophone-value" });
  await continuo.quiet();
  const wish = { from: ZOES_WORK, into: ZOE, reason: "Zebedee: xylophone-reason" };
  expect((await ask("sue", "POST /admin/subjects/merge", wish)).status).toBe(200);
  await continuo.customer(ZOES_WORK).text("STOP");
  await continuo.happened("opted_out");
  await continuo.quiet();
  await continuo.happened("memory_updated");
}

test("whoever is forgotten cannot be found any more, by nobody and in no file, and everybody else is as before", async () => {
  await using model = await talkative();
  await using continuo = await start({ env: answeredBy(model) });
  const ask = apiOf(() => continuo.app.url);
  await zoeLives(continuo, ask);
  const before = (await ask("vic", `GET /admin/session/${JOHN}`)).body;
  expect((await leftIn(continuo.folder, planted)).length).toBeGreaterThan(8);

  const { status, body, text } = await ask("max", `DELETE /privacy/delete/${ZOE}`);
  expect([status, body]).toMatchObject([
    200,
    {
      receiptId: expect.stringMatching(/^rcpt_/u),
      deletedAt: expect.stringMatching(/Z$/u),
      deleted: { subjects: 2, addresses: 2, merges: 1, calls: 1, memories: 2 },
      kept: { consent: 1, calls: 1, inbox: expect.any(Number) },
      keptBecause: expect.stringContaining("opt-out"),
      remote: { deleted: 0, queued: 0 },
      files: "clean",
    },
  ]);
  for (const word of planted) expect(text.toLowerCase()).not.toContain(word.toLowerCase());
  expect(await leftIn(continuo.folder, planted)).toEqual([]);

  for (const request of [
    `DELETE /privacy/delete/${ZOE}`,
    `GET /privacy/export/${ZOES_WORK}`,
    `GET /admin/session/${ZOE}`,
  ])
    expect((await ask("max", request)).status).toBe(404);
  expect((await ask("vic", `GET /admin/session/${JOHN}`)).body).toEqual(before);
  const forgotten = await continuo.happened("customer_forgotten");
  expect(forgotten).toMatchObject({ detail: { by: "max", rows: expect.any(Number) } });

  // After a restart there is nothing either; who comes back is somebody new, and who said STOP is still not texted.
  await continuo.restart();
  expect(await leftIn(continuo.folder, planted)).toEqual([]);
  const sent = continuo.twilio.messagesTo(ZOES_WORK).length;
  await texts(continuo, ZOE, "Hello");
  await continuo.customer(ZOES_WORK).text("Hello?");
  await continuo.quiet();
  expect(continuo.twilio.messagesTo(ZOES_WORK)).toHaveLength(sent);
  const { body: anew } = await ask("vic", `GET /admin/session/${ZOE}`);
  expect(anew.context).toMatchObject({ summary: "", memory: [] });
  expect(anew.context.conversationHistory[0]).toMatchObject({ seq: 1, content: "Hello" });
});

test("somebody who is forgotten in the middle of a call is hung up on, and nothing is left of the call", async () => {
  await using continuo = await start();
  const ask = apiOf(() => continuo.app.url);
  const call = await continuo.customer(ZOE).call();
  await call.hear();
  await call.say("My name is Zebedee, where is my order ORD_77777?");
  await call.hear();
  expect((await ask("max", `DELETE /privacy/delete/${ZOE}`)).status).toBe(200);
  await call.ended;
  await continuo.quiet();
  expect(await leftIn(continuo.folder, ["4155550188", "Zebedee", "ORD_77777"])).toEqual([]);
  expect((await ask("vic", `GET /admin/session/${ZOE}`)).status).toBe(404);
});

test("an answer that is still being made when its customer is forgotten reaches nobody and leaves nothing", async () => {
  const asked = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  await using model = await startModelServer((request) => {
    if (!askedIn(request).includes("Zebedee")) return { kind: "say", tokens: ["Fine."] };
    asked.resolve();
    return { kind: "say", tokens: ["Dear Zebedee."], after: go.promise };
  });
  await using continuo = await start({ env: answeredBy(model), overrides: { memoryDelayMs: 3_600_000 } });
  const ask = apiOf(() => continuo.app.url);
  await continuo.customer(ZOE).text("This is Zebedee");
  await asked.promise;
  expect((await ask("max", `DELETE /privacy/delete/${ZOE}`)).body).toMatchObject({ files: "clean" });
  go.resolve();
  await texts(continuo, JOHN, "Hello");
  await continuo.quiet();
  expect(continuo.twilio.messagesTo(ZOE)).toEqual([]);
  expect(await leftIn(continuo.folder, ["4155550188", "Zebedee"])).toEqual([]);
});

test("an export holds what was said, called with and remembered, as JSON and as a page", async () => {
  await using model = await talkative();
  await using continuo = await start({ env: answeredBy(model) });
  const ask = apiOf(() => continuo.app.url);
  await zoeLives(continuo, ask);
  const { body, text } = await ask("sue", `GET /privacy/export/${ZOE}`);
  for (const word of planted) expect(text).toContain(word);
  expect(body.manifest).toMatchObject({ format: "continuo-export/1", customer: ZOE, counts: { subject: 2, calls: 1 } });
  expect(body.manifest.counts.items).toBe(
    body.conversations.reduce(
      (sum: number, each: { readonly items: readonly unknown[] }) => sum + each.items.length,
      0,
    ),
  );
  const page = await ask("sue", `GET /privacy/export/${ZOE}?format=html`);
  expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
  expect(page.text).toContain("xylophone-fact");
  expect(page.text).not.toContain("Where is my order ORD_12345");
  const exported = await continuo.happened("customer_exported", 2);
  expect(exported.detail).toEqual({ by: "sue" });
});

test("whoever has not been seen for as long as the tenant keeps people is forgotten by itself", async () => {
  const clock = movableClock();
  await using continuo = await start({ env: { RETENTION_DAYS: "30" }, overrides: { clock } });
  await texts(continuo, ZOE, "This is Zebedee");
  await continuo.quiet();
  clock.advance(20 * DAY_MS);
  await texts(continuo, JOHN, "This is John");
  clock.advance(11 * DAY_MS);
  const forgotten = await continuo.happened("customer_forgotten");
  expect(forgotten.detail).toMatchObject({ by: "retention" });
  // Everybody who writes waits while the files are cleaned: that is once a day.
  clock.advance(DAY_MS);
  await expect.poll(() => leftIn(continuo.folder, ["Zebedee", "4155550188"]), { timeout: 10_000 }).toEqual([]);
  const ask = apiOf(() => continuo.app.url);
  expect((await ask("vic", `GET /admin/session/${ZOE}`)).status).toBe(404);
  expect((await ask("vic", `GET /admin/session/${JOHN}`)).status).toBe(200);
});

test("the command line exports and forgets, beside a server and without one", { timeout: 60_000 }, async () => {
  await using server = await startServerProcess({ env: apiKeys });
  for (const number of [ZOE, ZOES_WORK]) {
    await server.customer(number).text("This is Zebedee");
    await server.twilio.waitForMessage((message) => message.to === number);
  }
  const exported = await server.command(["export", "(415) 555-0188"]);
  expect([exported.code, JSON.parse(exported.output).manifest.customer]).toEqual([0, ZOE]);
  const page = await server.command(["export", ZOE, "--html", "--out", "zoe.html"]);
  expect([page.code, page.output]).toEqual([0, "Wrote zoe.html.\n"]);

  const asked = await server.command(["forget", ZOE]);
  expect([asked.code, asked.output]).toEqual([2, expect.stringContaining("say --yes")]);
  const forgotten = await server.command(["forget", ZOE, "--yes"]);
  expect([forgotten.code, forgotten.output]).toEqual([0, expect.stringContaining('"receiptId": "rcpt_')]);
  // The server that runs cleans the files.
  const data = dirname(server.databaseFile);
  await expect.poll(() => leftIn(data, ["4155550188"]), { timeout: 10_000 }).toEqual([]);
  await server.customer(JOHN).text("Where is my order?");
  await server.twilio.waitForMessage((message) => message.to === JOHN);

  await server.stop();
  expect((await server.command(["forget", ZOE, "--yes"])).code).toBe(1);
  const alone = await server.command(["forget", "phone_14155550189", "--yes"]);
  expect([alone.code, alone.output]).toEqual([0, expect.stringContaining('"files": "clean"')]);
  expect(await leftIn(data, ["4155550189", "Zebedee"])).toEqual([]);
});
