import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { configFrom, createApp, registerResolver, type Clock } from "../../src/index.ts";
import { phone, type Phone } from "../../src/simulator/phone.ts";
import { realTime } from "../../src/simulator/time.ts";
import { startCrmServer } from "./crm-server.ts";
import { crmWithList } from "./crm.ts";

// One person with two phones. At first nobody knows that, then the customer database does; at last it hangs.
//
//     node examples/custom-resolvers/story.ts

const BUSINESS = "+14155550000";
const HOME = "+14155550100";
const MOBILE = "+442079460000";
const ANN = "+14155550123";
const STRANGER = "+14155550177";
const HOUR_MS = 3_600_000;

await using crm = await startCrmServer({ apiKey: "demo-key" });
const lastExport = new Map([[ANN, { id: "cus_7", name: "Ann Lee", details: { tier: "silver" } }]]);
registerResolver("crm-with-list", crmWithList({ baseUrl: crm.url, apiKey: "demo-key", lastExport }));

const folder = await mkdtemp(join(tmpdir(), "continuo-example-"));
const { config } = configFrom({
  SUBJECT_RESOLVER: "crm-with-list",
  DATA_DIR: folder,
  HOST: "127.0.0.1",
  PORT: "0",
  LOG_LEVEL: "silent",
  BURST_WINDOW_MS: "100",
});
let laterMs = 0;
const clock: Clock = {
  now: () => Date.now() + laterMs,
  sleep: (ms, signal) =>
    pause(ms, undefined, { ref: false, ...(signal === undefined ? {} : { signal }) }).catch(() => undefined),
};

const app = await createApp(config, { clock });
const happened: string[] = [];
app.onEvent(({ name }) => happened.push(name));
try {
  await app.start();
  await play();
  console.log("\nAll of it happened.");
} catch (error) {
  console.error(`\nThe story does not hold: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  await app[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
}

async function play(): Promise<void> {
  const [home, mobile] = [phoneOf(HOME), phoneOf(MOBILE)];

  console.log("The database knows nobody yet.");
  await says(home, "Hi, where is my order ORD_12345?");
  await says(mobile, "Hello, what are your opening hours?");
  expect((await conversations()) === 2, "Two numbers are two conversations.");

  console.log("\nThe database learns that both numbers are John's. An hour later he texts again.");
  crm.keep({ id: "cus_42", name: "John Smith", tier: "gold", phones: [HOME, MOBILE] });
  laterMs += HOUR_MS;
  await says(home, "Thanks for the help earlier!");
  const answer = await says(mobile, "When will my order arrive?");
  expect((await conversations()) === 1, "John is one conversation.");
  expect(/12345/u.test(answer), "The agent knows on one phone what was asked on the other.");

  console.log("\nThe database hangs. Ann, whom the last export knows, and a stranger text.");
  crm.hang(true);
  const startedAt = performance.now();
  await Promise.all([says(phoneOf(ANN), "Do you ship abroad?"), says(phoneOf(STRANGER), "Are you open on Sundays?")]);
  const tookMs = performance.now() - startedAt;
  // What happened is told a moment after it happened.
  await app.settled();
  expect(tookMs < 4_000, `Both were answered, after ${(tookMs / 1_000).toFixed(1)} s.`);
  expect(times("subject_resolved") === 3, "Ann is known all the same, by the list.");
  expect(times("subject_unresolved") === 3, "The stranger is not, and is asked about again in a minute.");
}

function phoneOf(number: string): Phone {
  const { accountSid, authTokens } = app.config.twilio;
  const reach = { publicUrl: app.publicUrl, reachUrl: app.url, time: realTime() };
  return phone({ accountSid, authToken: authTokens[0], ...reach }, { number, business: BUSINESS });
}

/** Texts, and waits for the answer. */
async function says(customer: Phone, words: string): Promise<string> {
  const { twilio } = app;
  if (twilio === undefined) throw new Error("the simulator plays Twilio here");
  const earlier = twilio.messagesTo(customer.number);
  await customer.text(words);
  const reply = await twilio.waitForMessage((message) => message.to === customer.number && !earlier.includes(message));
  console.log(`  ${customer.number}: ${words}\n  agent: ${reply.body}`);
  return reply.body;
}

/** How many customers there are. */
async function conversations(): Promise<number> {
  return (await app.ledger.subjects.recent(app.config.identity.tenant, 10)).length;
}

function times(name: string): number {
  return happened.filter((each) => each === name).length;
}

function expect(holds: boolean, what: string): void {
  if (!holds) throw new Error(`it is not so that: ${what}`);
  console.log(`  -> ${what}`);
}
