import { expect, test } from "vitest";
import type { Counts } from "../../src/core/ports/totals.ts";
import { newSid } from "../../src/simulator/line.ts";
import { apiKeys, askAdmin } from "../support/api.ts";
import { keptEvents, rowsIn } from "../support/database-file.ts";
import { answeredBy, askedIn } from "../support/model-input.ts";
import { startModelServer } from "../support/model-server.ts";
import { startServerProcess, type ServerProcess } from "../support/server-process.ts";
import { unfinished } from "../support/unfinished.ts";

const numbers = Array.from({ length: 6 }, (_, index) => `+1415555${String(5_000 + index)}`);
const kills = 3;

test("while the server is killed again and again, everything counts once: for each customer, for the day, as recorded", async () => {
  await using model = await startModelServer((request) => ({
    kind: "say",
    tokens: [request.body.stream === true ? `Re: ${askedIn(request)}` : "{}"],
    firstMs: 10,
  }));
  await using server = await startServerProcess({ impatient: true, env: { ...answeredBy(model), ...apiKeys } });
  const writing = Promise.all(numbers.map((number, index) => writeAll(server, number, scripts[index % 3] ?? [])));
  for (let kill = 1; kill <= kills; kill += 1) {
    // Each time somewhere else: so many requests after the last start.
    await Promise.race([model.request(model.requests.length + kill * 2), writing]);
    await server.kill();
    await server.start();
  }
  await writing;
  await expect.poll(() => unfinished(server.databaseFile), { timeout: 20_000, interval: 100 }).toBe(0);

  const url = server.line.publicUrl;
  const counted: Counts[] = [];
  for (const [index, number] of numbers.entries()) {
    const { body } = await askAdmin(url, `GET /admin/customer/${number}/analytics`);
    counted.push(body.counts);
    const script = scripts[index % 3] ?? [];
    expect({ replies: 0, ...body.counts }, number).toMatchObject({
      [index % 3 === 1 ? "whatsappTexts" : "smsTexts"]: script.length,
      replies: server.twilio.messagesTo(number).length,
      sessions: 1,
      ...recorded(server, String(body.userId)),
    });
    expect(body.totalTexts, number).toBe(script.length);
  }
  const { body } = await askAdmin(url, "GET /admin/analytics");
  expect(body.total.counts).toEqual(counted.reduce(added, {}));
  await expect.poll(() => uncounted(server), { timeout: 10_000 }).toBe(0);
}, 60_000);

/** What customers write, and one word each that the platform answers by itself. */
const scripts: readonly (readonly string[])[] = [
  ["one", "HELP", "two", "three"],
  ["one", "two", "three"],
  ["one", "two", "STOP"],
];

/** What the record of events and the tables say of a subject, to be compared with what was counted. */
function recorded(server: ServerProcess, subject: string): Partial<Counts> {
  const own = keptEvents(server.databaseFile).filter((event) => event.subject === subject);
  const settled = own.filter(({ name }) => name === "turn_settled");
  const answered = settled.filter(({ detail }) => detail["outcome"] === "replied" && "waitedMs" in detail);
  const rows = rowsIn(server.databaseFile, "SELECT subject_id FROM turns WHERE state = 'settled'");
  expect(rows.filter(({ subject_id: id }) => id === subject)).toHaveLength(settled.length);
  return {
    turns: settled.length,
    answered: answered.length,
    responseMs: answered.reduce((ms, { detail }) => ms + Number(detail["waitedMs"]), 0),
  };
}

/** How many events the figures are behind. */
function uncounted(server: ServerProcess): number {
  const [counted] = rowsIn(server.databaseFile, "SELECT seq FROM counted_events");
  return keptEvents(server.databaseFile).filter(({ seq }) => seq > Number(counted?.["seq"])).length;
}

function added(total: Counts, counts: Counts): Counts {
  const sums = new Map<string, number>(Object.entries(total));
  for (const [name, count] of Object.entries(counts)) sums.set(name, (sums.get(name) ?? 0) + count);
  return Object.fromEntries(sums);
}

/** Writes text after text, each repeated under its id until it is acknowledged, and once more after that. */
async function writeAll(server: ServerProcess, number: string, script: readonly string[]): Promise<void> {
  for (const text of script) {
    const messageSid = newSid("SM");
    for (let acknowledgements = 0; acknowledgements < 2;) {
      if (await acknowledged(server, { number, text, messageSid })) acknowledgements += 1;
      else await server.waitForOutput(/"server_started"/u);
    }
  }
}

async function acknowledged(
  server: ServerProcess,
  { number, text, messageSid }: { readonly number: string; readonly text: string; readonly messageSid: string },
): Promise<boolean> {
  const customer = server.customer(number);
  const onWhatsapp = numbers.indexOf(number) % 3 === 1;
  try {
    const answer = await (onWhatsapp ? customer.whatsapp(text, { messageSid }) : customer.text(text, { messageSid }));
    return answer.status === 200;
  } catch (error) {
    // Nobody was there; anything else is the test's fault.
    if (error instanceof Error && error.message.startsWith("11200")) return false;
    throw error;
  }
}
