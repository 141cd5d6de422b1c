import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test, vi } from "vitest";
import { writingAgent } from "../support/agent-files.ts";
import { answeredBy } from "../support/model-input.ts";
import { startModelServer } from "../support/model-server.ts";
import { JOHN, startServerProcess, type ServerProcess } from "../support/server-process.ts";
import { unsureRoad } from "../support/unsure-road.ts";

// Each test ends the server as `kill -9` does, at another moment between the acknowledgement and the reply.

test.concurrent("killed before the turn began, it answers after the next start", async () => {
  await using server = await startServerProcess({ env: { BURST_WINDOW_MS: "60000" } });
  const answer = await server.customer().text("Where is ORD_12345?");
  expect(answer).toMatchObject({ status: 200, attempts: 1 });
  await server.kill();
  expect(server.twilio.messagesTo(JOHN)).toHaveLength(0);

  await server.start({ BURST_WINDOW_MS: "30" });
  const reply = await server.twilio.waitForMessage((message) => message.to === JOHN);
  expect(reply.body).toContain("UPS");
  onlyOne(server);
}, 90_000);

test.concurrent("killed while the model speaks, it asks the model again and answers once", async () => {
  await using model = await startModelServer((_request, number) =>
    number === 1
      ? { kind: "say", tokens: ["This will ", "never arrive."], hangAfter: 1 }
      : { kind: "say", tokens: ["It is on its way."] },
  );
  await using server = await startServerProcess({ env: answeredBy(model) });
  await server.customer().text("Where is my order?");
  await model.request(1);
  await server.kill();

  await server.start();
  await server.twilio.waitForMessage((message) => message.body === "It is on its way.");
  onlyOne(server);
  expect(model.requests).toHaveLength(2);
}, 90_000);

test.concurrent("killed between append and settle, it sends what was decided and asks nobody again", async () => {
  await using model = await startModelServer((_request, number) => ({ kind: "say", tokens: [`Answer ${number}.`] }));
  await using server = await startServerProcess({ env: answeredBy(model) });
  // The ledger cannot take any settlement, so that the turn stays where it is: kept in the store, not yet settled.
  withDatabase(server, (database) =>
    database.exec(`CREATE TRIGGER stuck BEFORE UPDATE ON turns WHEN NEW.state = 'settled'
      BEGIN SELECT RAISE(ABORT, 'stuck'); END`),
  );
  await server.customer().text("Where is my order?");
  await server.waitForOutput(/"background_failed"/u);
  await server.kill();
  withDatabase(server, (database) => database.exec("DROP TRIGGER stuck"));
  expect(server.twilio.messagesTo(JOHN)).toHaveLength(0);

  await server.start();
  await server.twilio.waitForMessage((message) => message.body === "Answer 1.");
  onlyOne(server);
  expect(model.requests).toHaveLength(1);
}, 90_000);

test.concurrent("killed while a reply was sent that Twilio took, it finds that out and does not send it again", async () => {
  await using server = await startServerProcess({ start: false });
  await using road = await unsureRoad(server.twilio.url, "after");
  server.twilio.order("silent");
  await server.start({ TWILIO_API_BASE_URL: road.url });
  await server.customer().text("Where is ORD_12345?");
  await road.stuck;
  await server.kill();

  await server.start({ TWILIO_API_BASE_URL: road.url });
  await server.waitForOutput(/"message_sent"/u);
  onlyOne(server);
}, 90_000);

test.concurrent("killed while a reply was sent that Twilio never saw, it sends it again", async () => {
  await using server = await startServerProcess({ start: false });
  await using road = await unsureRoad(server.twilio.url, "before");
  await server.start({ TWILIO_API_BASE_URL: road.url });
  await server.customer().text("Where is ORD_12345?");
  await road.stuck;
  await server.kill();
  expect(server.twilio.messagesTo(JOHN)).toHaveLength(0);

  await server.start({ TWILIO_API_BASE_URL: road.url });
  await server.waitForOutput(/"message_sent"/u);
  onlyOne(server);
}, 90_000);

test.concurrent("killed right after a tool ran, it does not run it again although the model calls it under a new id", async () => {
  await using model = await startModelServer((_request, number) => {
    const call = { name: "write_line", arguments: JSON.stringify({ line: "paid" }) };
    if (number === 1) return { kind: "call", calls: [{ ...call, callId: "call_first" }] };
    // After the tool the model is asked what to say, and says nothing until the server is killed.
    if (number === 2) return { kind: "hang" };
    if (number === 3) return { kind: "call", calls: [{ ...call, callId: "call_second" }] };
    return { kind: "say", tokens: ["It is done."] };
  });
  await using server = await startServerProcess({ env: answeredBy(model), files: writingAgent });
  const file = join(server.folder, "lines.txt");
  await server.customer().text("Please write it down.");
  await model.request(2);
  expect(await readFile(file, "utf8")).toBe("paid\n");
  await server.kill();

  await server.start();
  await server.twilio.waitForMessage((message) => message.body === "It is done.");
  onlyOne(server);
  expect(await readFile(file, "utf8")).toBe("paid\n");
  // The second attempt began with the call already made in front of it, and its own call got the first one's result.
  expect(JSON.stringify(model.requests[2]?.body)).toContain("written");
  expect(JSON.stringify(model.requests[3]?.body)).toContain("call_second");
}, 90_000);

test.concurrent("killed while a tool runs, it does not run it again and the agent learns that nobody knows", async () => {
  await using model = await startModelServer((request, number) => {
    const call = { name: "write_line", arguments: JSON.stringify({ line: "paid" }) };
    if (number === 1) return { kind: "call", calls: [call] };
    if (number === 2) return { kind: "call", calls: [call] };
    const known = JSON.stringify(request.body).includes("not known whether this was done");
    return { kind: "say", tokens: [known ? "I do not know whether it was done." : "I made something up."] };
  });
  await using server = await startServerProcess({
    env: answeredBy(model),
    files: { ...writingAgent, "hang.txt": "" },
  });
  const file = join(server.folder, "lines.txt");
  await server.customer().text("Please write it down.");
  await vi.waitFor(async () => expect(await readFile(file, "utf8")).toBe("paid\n"), { timeout: 10_000 });
  await server.kill();

  await server.start();
  await server.twilio.waitForMessage((message) => message.body === "I do not know whether it was done.");
  onlyOne(server);
  expect(await readFile(file, "utf8")).toBe("paid\n");
}, 90_000);

function withDatabase(server: ServerProcess, work: (database: DatabaseSync) => void): void {
  using database = new DatabaseSync(server.databaseFile, { timeout: 5_000 });
  work(database);
}

function onlyOne(server: ServerProcess): void {
  expect(server.twilio.messagesTo(JOHN)).toHaveLength(1);
}
