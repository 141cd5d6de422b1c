import { expect, test } from "vitest";
import { apiKeys, askAdmin } from "../support/api.ts";
import { keptEvents, letTimePass } from "../support/database-file.ts";
import { JOHN, startServerProcess, type ServerProcess } from "../support/server-process.ts";

const MINUTE_MS = 60_000;
const soon = { timeout: 10_000 };
const waiting = "+14155550177";
const numbers = [JOHN, ...Array.from({ length: 9 }, (_, index) => `+1415555${String(4_000 + index)}`)];

test("killed while sessions wait and again while their clocks run out, each clock runs out once, and a text begins session 2", async () => {
  await using server = await startServerProcess({
    impatient: true,
    env: { ...apiKeys, SURVEY: "true", SESSION_TIMEOUT_MINUTES: "30", SESSION_CLOSE_HOURS: "2" },
  });
  await server.customer(waiting).text("I want to talk to a human");
  for (const number of numbers) await server.customer(number).text("Where is ORD_12345?");
  await expect.poll(() => server.twilio.messages.entries.length, soon).toBe(numbers.length + 1);
  await server.kill();

  // Some sessions are idle when the first one dies, and some closed when the second one does.
  for (const { passMs, writes } of [
    { passMs: 31 * MINUTE_MS, writes: /"session_changed"/u },
    { passMs: 120 * MINUTE_MS, writes: /"session_ended"/u },
  ]) {
    letTimePass(server.databaseFile, passMs);
    await server.start();
    await server.waitForOutput(writes);
    await server.kill();
  }
  await server.start();
  await expect.poll(() => turnsTo(server, "CLOSED").length, soon).toBe(numbers.length);
  // What is asked when a session is closed is asked once as well.
  await expect.poll(() => server.twilio.messages.entries.length, soon).toBe(numbers.length * 2 + 1);

  await server.customer().text("Hello again");
  await expect.poll(() => server.twilio.messagesTo(JOHN).length, soon).toBe(3);
  const { body } = await askAdmin(server.line.publicUrl, `GET /admin/customer/${JOHN}/sessions`);
  expect(body.sessions).toMatchObject([
    { number: 2, state: "ACTIVE", endedAt: null },
    { number: 1, state: "CLOSED" },
  ]);
  // By now every clock was looked at many times since the last start.
  for (const state of ["IDLE", "CLOSED"]) {
    const subjects = turnsTo(server, state);
    expect(new Set(subjects).size).toBe(numbers.length);
    expect(subjects).toHaveLength(numbers.length);
  }
  expect(keptEvents(server.databaseFile).filter(({ name }) => name === "session_ended")).toHaveLength(numbers.length);
  const asked = await askAdmin(server.line.publicUrl, `GET /admin/session/${waiting}`);
  expect(asked.body.session).toMatchObject({ number: 1, state: "WAITING_AGENT" });
  for (const number of numbers.slice(1)) expect(server.twilio.messagesTo(number)).toHaveLength(2);
}, 60_000);

/** Whose sessions came into a state, as often as they did. */
function turnsTo(server: ServerProcess, state: string): readonly (string | undefined)[] {
  return keptEvents(server.databaseFile)
    .filter(({ name, detail }) => name === "session_changed" && detail["to"] === state)
    .map(({ subject }) => subject);
}
