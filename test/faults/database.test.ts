import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { callWebhook, newSid } from "../../src/simulator/line.ts";
import { itemsOf, JOHN, startContinuo, type Continuo } from "../support/continuo.ts";
import { answeredBy } from "../support/model-input.ts";
import { startModelServer } from "../support/model-server.ts";

test("while another program locks the database a text is refused with 503, and when it is repeated it is answered once", async () => {
  await using continuo = await startContinuo();
  const john = continuo.customer();
  const messageSid = newSid("SM");
  const lock = new DatabaseSync(continuo.app.config.state.sqlitePath);
  lock.exec("BEGIN IMMEDIATE");
  // As the documentation's webhook address asks, Twilio repeats what got a 503, twice.
  const refused = await john.text("Where is ORD_12345?", { messageSid });
  expect(refused).toMatchObject({ status: 503, attempts: 3 });
  const unready = await fetch(`${continuo.app.url}/ready`);
  expect(unready.status).toBe(503);
  const call = await ring(continuo);
  expect(call).toMatchObject({ status: 200 });
  expect(call.body).toContain("<Say");
  expect(call.body).toContain("<Hangup/>");
  lock.exec("ROLLBACK");
  lock.close();

  expect(await john.text("Where is ORD_12345?", { messageSid })).toMatchObject({ status: 200 });
  await continuo.quiet();
  expect(continuo.twilio.messagesTo(JOHN)).toHaveLength(1);
  expect(itemsOf(await continuo.record()).filter((item) => item.kind === "customer")).toHaveLength(1);
  expect((await fetch(`${continuo.app.url}/ready`)).status).toBe(200);
}, 40_000);

test("a database that is locked while a reply is made costs time and nothing else", async () => {
  const locked = Promise.withResolvers<void>();
  await using model = await startModelServer(() => ({ kind: "say", tokens: ["Here it is."], after: locked.promise }));
  await using continuo = await startContinuo({
    env: answeredBy(model),
  });
  await continuo.customer().text("Where is my order?");
  const request = await model.request(1);
  const lock = new DatabaseSync(continuo.app.config.state.sqlitePath);
  lock.exec("BEGIN IMMEDIATE");
  locked.resolve();
  await request.ended;
  // The program waits a second for the lock; by then it knows that it cannot have it.
  await expect.poll(async () => (await fetch(`${continuo.app.url}/ready`)).status, { timeout: 10_000 }).toBe(503);
  lock.exec("ROLLBACK");
  lock.close();
  await continuo.twilio.waitForMessage((message) => message.body === "Here it is.");
  await continuo.quiet();
  expect(continuo.twilio.messagesTo(JOHN)).toHaveLength(1);
  expect(itemsOf(await continuo.record()).map((item) => item.kind)).toEqual(["customer", "agent"]);
}, 40_000);

test("with a full disk texts get 503 and calls an apology, nothing is half written, and with room it goes on", async () => {
  await using continuo = await startContinuo({
    env: { RATE_LIMIT_PER_MINUTE: "0", RATE_LIMIT_PER_DAY: "0", BURST_WINDOW_MS: "60000" },
    overrides: { maxPageCount: 60 },
  });
  const accepted: string[] = [];
  const refused: { readonly messageSid: string; readonly number: string }[] = [];
  // Large texts until one does not fit, then small ones into what is left.
  for (const text of ["What about this one? ".repeat(40), "?"]) {
    for (const before = refused.length; refused.length === before;) {
      const messageSid = newSid("SM");
      const number = numberOf(accepted.length + refused.length);
      const answer = await continuo.customer(number).text(text, { messageSid, path: "/sms" });
      expect([200, 503]).toContain(answer.status);
      if (answer.status === 200) accepted.push(messageSid);
      else refused.push({ messageSid, number });
    }
  }
  expect(accepted.length).toBeGreaterThan(0);
  // A call takes less room than a text, so that the first ones may still be put through.
  await expect.poll(async () => (await ring(continuo)).body, { interval: 1 }).toContain("<Say");

  // Whole or not at all: every acknowledged text is there with its event, and the refused ones left no trace.
  const kept = rows(continuo, "SELECT dedupe_key AS value FROM inbox ORDER BY n");
  expect(kept).toEqual(accepted.map((sid) => `sms/${sid}`));
  const received = rows(continuo, "SELECT name AS value FROM events WHERE name = 'message_received'");
  expect(received).toHaveLength(accepted.length);
  const known = rows(continuo, "SELECT address_key AS value FROM addresses");
  for (const { number } of refused) expect(known).not.toContain(`tel:${number}`);

  await continuo.restart({ env: { BURST_WINDOW_MS: "30" }, overrides: {} });
  await expect.poll(() => continuo.twilio.messages.entries.length, { timeout: 30_000 }).toBe(accepted.length);
  for (const { messageSid, number } of refused) {
    expect(await continuo.customer(number).text("Again", { messageSid })).toMatchObject({ status: 200 });
    await continuo.twilio.waitForMessage((message) => message.to === number);
  }
}, 60_000);

function numberOf(index: number): string {
  return `+1415555${String(1_000 + index)}`;
}

function rows(continuo: Continuo, sql: string): readonly unknown[] {
  using database = new DatabaseSync(continuo.app.config.state.sqlitePath, { readOnly: true });
  return database
    .prepare(sql)
    .all()
    .map((row) => row["value"]);
}

async function ring(continuo: Continuo): Promise<{ readonly status: number; readonly body: string }> {
  const form = {
    AccountSid: continuo.line.accountSid,
    CallSid: newSid("CA"),
    CallStatus: "ringing",
    Direction: "inbound",
    From: JOHN,
    To: "+14155550199",
  };
  return await callWebhook(continuo.line, "/voice", { form });
}
