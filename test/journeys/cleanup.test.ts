import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { keptSchema } from "../../src/ledger/sqlite/migrate.ts";
import { part } from "../../src/stores/sqlite/part.ts";
import { apiKeys, apiOf } from "../support/api.ts";
import { JOHN } from "../support/numbers.ts";
import { startServerProcess, type ServerProcess } from "../support/server-process.ts";

async function texts(server: ServerProcess, words: string): Promise<string> {
  const before = server.twilio.messagesTo(JOHN);
  await server.customer().text(words);
  return (await server.twilio.waitForMessage((message) => message.to === JOHN && !before.includes(message))).body;
}

test(
  "closed sessions are cleaned away, also beside a server, and what they came to is still known",
  { timeout: 60_000 },
  async () => {
    await using server = await startServerProcess({ env: apiKeys });
    const ask = apiOf(() => server.line.publicUrl);
    await texts(server, "Hi, my name is John. Where is my order ORD_12345?");
    await ask("ada", `POST /admin/customer/${JOHN}/close`);

    const dry = await server.command(["cleanup", "--days", "0", "--dry-run"]);
    expect([dry.code, dry.output]).toEqual([0, expect.stringMatching(/default +1 +1 +\d+\n\nNothing was changed/u)]);
    const usual = await server.command(["cleanup"]);
    expect([usual.code, usual.output]).toEqual([0, expect.stringMatching(/default +0 +0 +0 +0\n$/u)]);
    expect((await ask("vic", `GET /admin/session/${JOHN}`)).body.context.conversationHistory).not.toEqual([]);

    const cleaned = await server.command(["cleanup", "--hours", "0"]);
    expect([cleaned.code, cleaned.output]).toEqual([0, expect.stringMatching(/default +1 +1 +[1-9]\d* +[1-9]\d*\n$/u)]);
    const left = (await ask("vic", `GET /admin/session/${JOHN}`)).body;
    expect(left).toMatchObject({ session: null, context: { conversationHistory: [], summary: expect.any(String) } });
    expect(left.context.summary).toContain("ORD_12345");

    // The conversation goes on, with what is remembered.
    expect(await texts(server, "What is my name?")).toContain("John");
    expect((await ask("vic", `GET /admin/customer/${JOHN}/sessions`)).body.sessions).toMatchObject([{ number: 2 }]);
    await ask("ada", `POST /admin/customer/${JOHN}/close`);
    await server.stop();
    const alone = await server.command(["cleanup", "--hours=0"]);
    expect([alone.code, alone.output]).toEqual([0, expect.stringMatching(/default +1 +1 +[1-9]\d* +[1-9]\d*\n$/u)]);
    await server.start();
    expect((await ask("vic", `GET /admin/session/${JOHN}`)).body.context.conversationHistory).toEqual([]);
    expect(await texts(server, "And what is my name now?")).toContain("John");
  },
);

test("a database of an older version is not counted in passing: a dry run asks for it to be brought up, others tell", async () => {
  await using server = await startServerProcess({ env: apiKeys });
  await texts(server, "Hi, my name is John.");
  await server.stop();
  const current = keptSchema(server.databaseFile, part);
  asBefore(server.databaseFile);
  const before = keptSchema(server.databaseFile, part);
  expect(before).not.toBe(current);
  const dry = await server.command(["cleanup", "--dry-run"]);
  expect([dry.code, dry.output]).toEqual([2, expect.stringContaining("run continuo migrate")]);
  expect(dry.output).not.toContain("Nothing was changed");
  expect(keptSchema(server.databaseFile, part)).toBe(before);
  const exported = await server.command(["export", JOHN]);
  expect([exported.code, exported.output]).toEqual([0, expect.stringContaining("was brought to this version")]);
  const again = await server.command(["cleanup", "--dry-run"]);
  expect([again.code, again.output]).toEqual([0, expect.stringContaining("Nothing was changed")]);
}, 60_000);

/** Puts the store's part of a database back to its first schema, without what was said. */
function asBefore(file: string): void {
  using database = new DatabaseSync(file);
  for (const { name } of database
    .prepare("SELECT name FROM sqlite_master WHERE name GLOB 'store_*' AND type = 'table'")
    .all())
    if (name !== "store_migration") database.exec(`DROP TABLE ${String(name)}`);
  for (const statement of part.migrations["0001_conversations"]) database.exec(statement);
  database.exec("DELETE FROM store_migration WHERE name > '0001_conversations'");
}

test("without a database there is nothing to clean, which is said", async () => {
  await using server = await startServerProcess({ start: false });
  const none = await server.command(["cleanup"]);
  expect([none.code, none.output]).toEqual([1, expect.stringContaining("there is no database at")]);
});
