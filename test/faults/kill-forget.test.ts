import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { apiKeys, askAdmin, type ApiAnswer } from "../support/api.ts";
import { jam, keptEvents, leaveAsIs, letTimePass, rowsIn, unjam } from "../support/database-file.ts";
import { answeredBy, askedIn } from "../support/model-input.ts";
import { startModelServer, type ModelServer } from "../support/model-server.ts";
import { startServerProcess, type ServerProcess } from "../support/server-process.ts";

const ZEBEDEE = "+4915112345678";
const MOBILE = "+442079460123";
const planted = ["4915112345678", "442079460123", "Zebedee", "xylophone"];
const SCRUB_MS = 11 * 60_000;

test("killed after the store forgot and before the ledger did, the customer can go on, and a second request forgets all of it", async () => {
  await using model = await echo();
  await using server = await startServerProcess({ impatient: true, env: { ...answeredBy(model), ...apiKeys } });
  await livesALot(server);
  jam(server.databaseFile, "BEFORE DELETE ON subjects");
  expect(await forget(server)).toMatchObject({ status: 500, body: { code: "internal" } });
  await server.kill();
  unjam(server.databaseFile);
  expect(rowsIn(server.databaseFile, "SELECT 1 FROM store_entries")).toEqual([]);
  expect(await leftIn(server)).not.toEqual([]);

  await server.start();
  await exchange(server, MOBILE, "Where is the xylophone?");
  const receipt = await forget(server);
  expect(receipt).toMatchObject({ status: 200, body: { files: "clean", deleted: { subjects: 2, entries: 2 } } });
  expect(await leftIn(server)).toEqual([]);
  expect(forgottenIn(server)).toHaveLength(1);
  expect(await forget(server)).toMatchObject({ status: 404 });
}, 60_000);

test("killed after everything was removed and before the files were cleaned, nobody is known and the files are cleaned", async () => {
  await using model = await echo();
  await using server = await startServerProcess({ impatient: true, env: { ...answeredBy(model), ...apiKeys } });
  await livesALot(server);
  jam(server.databaseFile, "BEFORE DELETE ON timers WHEN OLD.timer_key LIKE 'seal/%'");
  expect(await forget(server)).toMatchObject({ status: 500 });
  using _ = leaveAsIs(server.databaseFile);
  await server.kill();
  unjam(server.databaseFile);
  letTimePass(server.databaseFile, SCRUB_MS);
  expect(await leftIn(server)).not.toEqual([]);

  await server.start();
  expect(await forget(server)).toMatchObject({ status: 404 });
  await expect.poll(() => leftIn(server), { timeout: 10_000 }).toEqual([]);
  expect(forgottenIn(server)).toHaveLength(1);
  await exchange(server, "+14155550100", "Hello");
}, 60_000);

test("killed while the files could not be cleaned, they are cleaned by the next start", async () => {
  await using model = await echo();
  await using server = await startServerProcess({ impatient: true, env: { ...answeredBy(model), ...apiKeys } });
  await livesALot(server);
  const reader = new DatabaseSync(server.databaseFile, { readOnly: true });
  reader.exec("BEGIN");
  reader.prepare("SELECT count(*) FROM inbox").get();
  expect(await forget(server)).toMatchObject({ status: 200, body: { files: "later" } });
  using _ = leaveAsIs(server.databaseFile);
  await server.kill();
  reader.close();
  letTimePass(server.databaseFile, SCRUB_MS);
  expect(await leftIn(server)).not.toEqual([]);

  await server.start();
  await expect.poll(() => leftIn(server), { timeout: 10_000 }).toEqual([]);
  expect(forgottenIn(server)).toHaveLength(1);
}, 60_000);

test("killed while a turn ended behind the back of forgetting, what the turn kept is removed by the next start", async () => {
  const spoken = Promise.withResolvers<void>();
  await using model = await startModelServer((request) => ({
    kind: "say",
    tokens: [request.body.stream === true ? "Re: xylophone" : "{}"],
    after: spoken.promise,
  }));
  await using server = await startServerProcess({ impatient: true, env: { ...answeredBy(model), ...apiKeys } });
  await server.customer(ZEBEDEE).text("Where is my xylophone?");
  await model.request(1);
  // The ledger forgets; the store cannot be sealed (a full disk, another program's lock, or the process dies here).
  jam(server.databaseFile, "BEFORE INSERT ON store_conversations WHEN NEW.fence > 1000000");
  expect(await forget(server)).toMatchObject({ status: 503 });
  spoken.resolve();
  await expect.poll(() => rowsIn(server.databaseFile, "SELECT 1 FROM store_entries").length).toBe(2);
  await server.kill();
  unjam(server.databaseFile);

  letTimePass(server.databaseFile, SCRUB_MS);
  await server.start();
  await expect.poll(() => leftIn(server), { timeout: 10_000 }).toEqual([]);
}, 60_000);

/** A model that repeats what it hears, and notes what it is told. */
function echo(): Promise<ModelServer> {
  const fact = { type: "fact", about: "instrument", content: "Zebedee plays the xylophone.", confidence: 1, seq: 1 };
  const notes = JSON.stringify({ entities: {}, facts: [fact], intent: null });
  return startModelServer((request) => ({
    kind: "say",
    tokens: [request.body.stream === true ? `Re: ${askedIn(request)}` : notes],
  }));
}

/** One person of two numbers leaves words in every place there is. */
async function livesALot(server: ServerProcess): Promise<void> {
  await exchange(server, ZEBEDEE, `My name is Zebedee. ${"I play the xylophone. ".repeat(40)}`.trim());
  await exchange(server, MOBILE, "Zebedee again, about the xylophone.");
  await server.waitForOutput(/"memory_updated"/u);
  const fact = { type: "fact", about: "name", content: "Called Zebedee." };
  const added = await askAdmin(server.line.publicUrl, `POST /admin/customer/${ZEBEDEE}/memory/facts`, fact);
  expect(added).toMatchObject({ status: 201 });
  const wish = { into: ZEBEDEE, from: MOBILE, reason: "Both are Zebedee" };
  const merged = await askAdmin(server.line.publicUrl, "POST /admin/subjects/merge", wish);
  expect(merged).toMatchObject({ status: 200, body: { state: "merged" } });
}

async function exchange(server: ServerProcess, number: string, text: string): Promise<void> {
  const before = server.twilio.messagesTo(number).length;
  await server.customer(number).text(text);
  await expect.poll(() => server.twilio.messagesTo(number).length, { timeout: 10_000 }).toBeGreaterThan(before);
}

function forget(server: ServerProcess): Promise<ApiAnswer> {
  return askAdmin(server.line.publicUrl, `DELETE /privacy/delete/${ZEBEDEE}`);
}

function forgottenIn(server: ServerProcess): readonly unknown[] {
  return keptEvents(server.databaseFile).filter(({ name }) => name === "customer_forgotten");
}

/** What is still to be found of the person in the server's files, and where. */
async function leftIn(server: ServerProcess): Promise<readonly string[]> {
  const found: string[] = [];
  const files = await readdir(server.folder, { recursive: true, withFileTypes: true });
  for (const file of files.filter((entry) => entry.isFile())) {
    const bytes = await readFile(join(file.parentPath, file.name), "latin1");
    found.push(...planted.filter((word) => bytes.includes(word)).map((word) => `${file.name}: ${word}`));
  }
  return found;
}
