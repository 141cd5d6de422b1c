import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { configFrom, createApp, type MemoryValue } from "../../src/index.ts";
import { phone } from "../../src/simulator/phone.ts";
import { realTime } from "../../src/simulator/time.ts";

// A customer tells what home they look for, by text, by WhatsApp and on the phone. What they tell is noted, and the
// search goes by all of it.
//
//     node examples/real-estate/story.ts

const CUSTOMER = "+201001234567";
const AGENCY = "+20225550100";

const folder = await mkdtemp(join(tmpdir(), "continuo-example-"));
const { config } = configFrom({
  DATA_DIR: folder,
  HOST: "127.0.0.1",
  PORT: "0",
  LOG_LEVEL: "silent",
  BURST_WINDOW_MS: "50",
  DEFAULT_COUNTRY: "EG",
});
const app = await createApp(config, {
  agents: {
    config: { defaultAgent: "real-estate", agents: { "real-estate": "./agent.ts" } },
    base: import.meta.url,
  },
  memoryDelayMs: 20,
});
let learned = Promise.withResolvers<void>();
app.onEvent((event) => {
  if (event.name !== "memory_updated") return;
  learned.resolve();
  learned = Promise.withResolvers();
});
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
  const first = await writes("text", "Hi! Looking for an apartment in New Cairo, at least 3 bedrooms");
  expect(/NC-101/u.test(first) && /NC-102/u.test(first), "Both apartments in New Cairo with three bedrooms are found.");
  await noted({ location: "New Cairo", property_type: "apartment", bedrooms: 3 });

  const second = await writes("whatsapp", "my budget is about 3 million EGP, we would pay in installments");
  expect(/found one/u.test(second) && /NC-101/u.test(second), "With the budget only one of them is left.");
  await noted({ budget: 3_000_000, payment_method: "installments" });

  const third = await says("Could it be in Maadi too? We need it within 3 months.");
  expect(/MA-101/u.test(third), "The search goes on in Maadi, by everything that was told before.");
  await noted({ location: "Maadi", urgency: "within 3 months", bedrooms: 3, budget: 3_000_000 });

  const fourth = await writes("text", "and with two bathrooms, at least 170 sqm?");
  expect(/no home that fits/u.test(fourth), "For that there is nothing within the budget.");
  await noted({ bathrooms: 2, area: 170 });

  const fifth = await writes("text", "ok, we can go up to 4 million");
  expect(/MA-102/u.test(fifth), "A larger budget takes the place of the smaller one.");
  await noted({ budget: 4_000_000 });
  const { entities } = await app.store.memory(await subject());
  const before = entities.find((entity) => entity.name === "budget" && entity.replacedAt !== undefined);
  expect(before?.value === 3_000_000, "The smaller budget is kept as history, with the message it came from.");
}

/** Writes, and waits for the answer. */
async function writes(how: "text" | "whatsapp", words: string): Promise<string> {
  const { twilio } = app;
  if (twilio === undefined) throw new Error("the simulator plays Twilio here");
  const earlier = twilio.messagesTo(CUSTOMER);
  await customer()[how](words);
  const reply = await twilio.waitForMessage((message) => message.to.endsWith(CUSTOMER) && !earlier.includes(message));
  console.log(`\n  customer (${how}): ${words}\n  agent: ${reply.body}`);
  return reply.body;
}

/** Calls, says something, and hangs up after the answer. */
async function says(words: string): Promise<string> {
  await using call = await customer().call();
  await call.hear();
  await call.say(words);
  const { text } = await call.hear();
  await call.hangUp();
  console.log(`\n  customer (phone): ${words}\n  agent: ${text}`);
  return text;
}

function customer(): ReturnType<typeof phone> {
  const { accountSid, authTokens } = app.config.twilio;
  const reach = { publicUrl: app.publicUrl, reachUrl: app.url, time: realTime(20) };
  return phone({ accountSid, authToken: authTokens[0], ...reach }, { number: CUSTOMER, business: AGENCY });
}

/** Waits until this is noted; it happens behind the answers. */
async function noted(wanted: Readonly<Record<string, MemoryValue>>): Promise<void> {
  const timeUp = pause(10_000, "late", { ref: false });
  for (;;) {
    const news = learned.promise;
    const known = await notes();
    if (Object.entries(wanted).every(([name, value]) => isDeepStrictEqual(known[name], value))) {
      console.log(`  noted: ${JSON.stringify(known)}`);
      return;
    }
    if ((await Promise.race([news, timeUp])) === "late")
      throw new Error(`it is not noted that ${JSON.stringify(wanted)}, only ${JSON.stringify(known)}`);
  }
}

/** What is noted of the customer now. */
async function notes(): Promise<Readonly<Record<string, MemoryValue>>> {
  const { entities } = await app.store.memory(await subject());
  const current = entities.filter((entity) => entity.replacedAt === undefined);
  return Object.fromEntries(current.map(({ name, value }) => [name, value]));
}

async function subject() {
  const { tenant } = app.config.identity;
  const subjectId = await app.ledger.subjects.find(tenant, `tel:${CUSTOMER}`);
  if (subjectId === undefined) throw new Error("nobody has written yet");
  return { tenant, subjectId };
}

function expect(holds: boolean, what: string): void {
  if (!holds) throw new Error(`it is not so that: ${what}`);
  console.log(`  -> ${what}`);
}
