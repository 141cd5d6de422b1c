import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { cutNote } from "../../src/agent/window-items.ts";
import { phone } from "../../src/simulator/phone.ts";
import { BUSINESS, JOHN, startContinuo } from "../support/continuo.ts";
import { startModelServer } from "../support/model-server.ts";
import { startServerProcess, type ServerProcess } from "../support/server-process.ts";
import { answeredBy, inputOf, patientLine, saidOn, tokensOf, untilToldMs } from "../support/voice.ts";

// A restarted server listens elsewhere; the address that Twilio was told stays.
const PUBLIC_URL = "https://continuo.test";

test("a server that is stopped lets its calls go on with the next one", async () => {
  await using model = await startModelServer((_request, number) => ({
    kind: "say",
    tokens: tokensOf(`Answer ${number}.`),
  }));
  await using continuo = await startContinuo({ env: { ...answeredBy(model), PUBLIC_URL } });
  const patient = patientLine(continuo.line);
  const call = await phone(patient.line, { number: JOHN, business: BUSINESS }).call({ pace: { dropMs: untilToldMs } });
  await call.hear();
  await call.say("My name is John.");
  await call.hear();

  await continuo.quiet();
  await continuo.restart();
  expect(call.connected).toBe(false);
  patient.goOn();
  await expect.poll(() => call.sessions).toBe(2);
  await call.say("What is my name?");
  expect((await call.hear()).text).toBe("Answer 2.");
  expect(inputOf(await model.request(2)).filter((line) => /^(?:user|assistant)/u.test(line))).toEqual([
    "user My name is John.",
    "assistant Answer 1.",
    "user What is my name?",
  ]);
  await call.hangUp();
});

test("a reply in the making is finished before the server stops, and heard to its end on the next one", async () => {
  const reply = "Your parcel left on Monday, and it comes on Friday.";
  await using model = await startModelServer(() => ({ kind: "say", tokens: tokensOf(reply), gapMs: 100 }));
  await using continuo = await startContinuo({ env: { ...answeredBy(model), PUBLIC_URL } });
  const patient = patientLine(continuo.line);
  const call = await phone(patient.line, { number: JOHN, business: BUSINESS }).call({ pace: { dropMs: untilToldMs } });
  await call.hear();

  const held = call.holdAt(1);
  await call.say("Where is my parcel?");
  await held;
  await continuo.restart();
  expect((await call.hear()).fate).toBe("lost");
  patient.goOn();
  expect(await call.hear()).toMatchObject({ text: reply, fate: "whole" });
  expect(saidOn(call)).toEqual([reply, reply]);
  expect(model.requests).toHaveLength(1);
  await call.hangUp();
});

test("a server that is killed while it answers a call answers it when it is back, once", async () => {
  await using model = await startModelServer((_request, number) =>
    number === 2 ? { kind: "hang" } : { kind: "say", tokens: tokensOf(`Answer ${number}.`) },
  );
  await using server = await startServerProcess({ env: answeredBy(model) });
  const patient = patientLine(server.line);
  const call = await phone(patient.line, { number: JOHN, business: BUSINESS }).call({ pace: { dropMs: untilToldMs } });
  await call.hear();
  await call.say("My name is John.");
  await call.hear();
  await call.say("Where is my parcel?");
  await model.request(2);
  await call.say("Are you there?");
  await expect.poll(() => kept(server, "SELECT count(*) AS value FROM inbox")).toBe(3);
  await server.kill();

  await server.start();
  patient.goOn();
  expect((await call.hear()).text).toBe("Answer 3.");
  expect((await call.hear()).text).toBe("Answer 4.");
  expect(inputOf(await model.request(3)).filter((line) => /^(?:user|assistant)/u.test(line))).toEqual([
    "user My name is John.",
    "assistant Answer 1.",
    "user Where is my parcel?",
  ]);
  expect(inputOf(await model.request(4)).at(-1)).toBe("user Are you there?");
  expect(call.sessions).toBe(2);
  await call.say("Thank you.");
  expect((await call.hear()).text).toBe("Answer 5.");
  await call.hangUp();
  expect(server.twilio.messagesTo(JOHN)).toEqual([]);
}, 60_000);

test("a server that is killed after some words goes on from there", async () => {
  await using model = await startModelServer((_request, number) =>
    number === 1
      ? { kind: "say", tokens: tokensOf("It left on Monday. It comes on Friday."), gapMs: 400, hangAfter: 5 }
      : { kind: "say", tokens: tokensOf("As I was saying, it comes on Friday.") },
  );
  await using server = await startServerProcess({ env: answeredBy(model) });
  const patient = patientLine(server.line);
  const call = await phone(patient.line, { number: JOHN, business: BUSINESS }).call({ pace: { dropMs: untilToldMs } });
  await call.hear();
  const held = call.holdAt("on Monday.");
  await call.say("Where is my parcel?");
  await held;
  // What was spoken is written down, so that the next attempt knows.
  await expect.poll(() => kept(server, "SELECT spoken AS value FROM turns")).toBe("It left on Monday.");
  await server.kill();
  await server.start();
  patient.goOn();
  expect(await call.hear()).toMatchObject({ text: "It left on Monday.", fate: "lost" });
  expect((await call.hear()).text).toBe("As I was saying, it comes on Friday.");
  expect(inputOf(await model.request(2)).slice(-3)).toEqual([
    "user Where is my parcel?",
    "assistant It left on Monday.",
    `system ${cutNote}`,
  ]);
  await call.hangUp();
}, 60_000);

/** The one value that a query of a running server's database gives. */
function kept(server: ServerProcess, query: string): unknown {
  using database = new DatabaseSync(server.databaseFile, { readOnly: true, timeout: 5_000 });
  return database.prepare(query).get()?.["value"];
}
