import { join } from "node:path";
import { setImmediate as breathe } from "node:timers/promises";
import { expect, test } from "vitest";
import { openBeside } from "../../src/app/maintenance.ts";
import { tenantId } from "../../src/core/ids.ts";
import { newSid } from "../../src/simulator/line.ts";
import { answeredBy, askedIn } from "../support/model-input.ts";
import { startModelServer } from "../support/model-server.ts";
import { startServerProcess, type ServerProcess } from "../support/server-process.ts";
import { unfinished } from "../support/unfinished.ts";

const tenant = tenantId("default");
const customers = 12;
const textsEach = 4;
const kills = 5;

test("while the server is killed again and again and Twilio misbehaves, every text is answered once and in order", async () => {
  const asked = new Set<string>();
  await using model = await startModelServer((request) => {
    const said = askedIn(request);
    const key = `${JSON.stringify(request.body).length} ${said}`;
    if (!asked.has(key) && asked.add(key).size % 3 === 0) return { kind: "fail", status: 500 };
    return { kind: "say", tokens: ["Re: ", said], firstMs: 20 };
  });
  await using server = await startServerProcess({
    env: { ...answeredBy(model), BURST_WINDOW_MS: "50" },
  });
  const numbers = Array.from({ length: customers }, (_, index) => `+1415555${String(3_000 + index)}`);
  let storming = true;
  const stopMisbehaving = server.twilio.messages.listen(() => {
    const count = server.twilio.messages.entries.length;
    if (!storming) return;
    if (count % 5 === 0) server.twilio.plan({ kind: "answer", status: 500, code: 20_500 });
    if (count % 7 === 0) server.twilio.plan({ kind: "answer", status: 429, code: 20_429, retryAfterSeconds: 0 });
    if (count % 11 === 0) server.twilio.plan({ kind: "drop_answer" });
  });
  const writing = Promise.all(numbers.map((number) => writeAll(server, number)));
  for (let kill = 1; kill <= kills; kill += 1) {
    const soFar = model.requests.length;
    // Each time somewhere else: so many requests after the last start.
    await Promise.race([model.request(soFar + kill * 2), writing]);
    await server.kill();
    await server.start();
  }
  await writing;
  storming = false;
  stopMisbehaving();
  await expect.poll(() => unfinished(server.databaseFile), { timeout: 60_000, interval: 100 }).toBe(0);
  expect(await server.stop()).toBe(0);

  await using state = await openBeside({
    dataDir: join(server.folder, "data"),
    sqlitePath: server.databaseFile,
    store: "sqlite",
  });
  for (const subject of await state.ledger.subjects.recent(tenant, customers)) {
    const number = `+${subject.alias.slice("phone_".length)}`;
    const record = await state.store.page({ tenant, subjectId: subject.id }, { limit: 1_000 });
    const said = record.flatMap(({ item }) => (item.kind === "customer" ? [item.text] : []));
    expect(said, number).toEqual(textsOf());
    const decided = record.flatMap(({ item }) => (item.kind === "agent" ? [item.text] : []));
    const sent = server.twilio.messagesTo(number).map((message) => message.body);
    expect(sent, number).toEqual(decided);
    expect(new Set(sent).size, number).toBe(sent.length);
    expect(sent.at(-1), number).toBe(`Re: text ${textsEach}`);
  }
}, 180_000);

function textsOf(): readonly string[] {
  return Array.from({ length: textsEach }, (_, index) => `text ${index + 1}`);
}

/** Writes text after text, each repeated under its id until it is acknowledged, as Twilio does for as long as it can. */
async function writeAll(server: ServerProcess, number: string): Promise<void> {
  for (const text of textsOf()) {
    const messageSid = newSid("SM");
    while (!(await acknowledged(server, { number, text, messageSid }))) await breathe();
  }
}

async function acknowledged(
  server: ServerProcess,
  sent: { readonly number: string; readonly text: string; readonly messageSid: string },
): Promise<boolean> {
  try {
    const answer = await server.customer(sent.number).text(sent.text, { messageSid: sent.messageSid });
    return answer.status === 200;
  } catch (error) {
    // Nobody was there; anything else is the test's fault.
    if (error instanceof Error && error.message.startsWith("11200")) return false;
    throw error;
  }
}
