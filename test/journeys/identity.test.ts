import { expect, onTestFinished, test } from "vitest";
import { startCrmServer } from "../../examples/custom-resolvers/crm-server.ts";
import { newMergeId, type SubjectId } from "../../src/core/ids.ts";
import { itemsOf, JOHN, startContinuo, type Continuo } from "../support/continuo.ts";
import { answeredBy, inputOf } from "../support/model-input.ts";
import { startModelServer, type SeenRequest } from "../support/model-server.ts";
import { movableClock } from "../support/movable-clock.ts";

const MOBILE = "+442079460000";
const HOUR_MS = 3_600_000;

test("whom the customer database knows the agent knows by name", async () => {
  const { crm, continuo, model } = await withCrm();
  crm.keep({ id: "cus_42", name: "John Smith", tier: "gold", phones: [JOHN] });
  await continuo.customer().text("Hello, who am I?");
  await continuo.happened("message_sent");
  expect(crm.asked).toEqual([JOHN]);
  expect(instructionsOf(model.requests[0])).toMatch(/John Smith[^]*gold/u);
  expect((await continuo.happened("subject_resolved")).detail).toEqual({ resolver: "crm" });
});

test("two numbers of one person are one conversation, in the order of time, from both sides", async () => {
  const { crm, continuo, model, clock } = await withCrm();
  await exchange(continuo, JOHN, "The lamp is broken.");
  await exchange(continuo, MOBILE, "It is the green one.");
  expect(await subjectOf(continuo, JOHN)).not.toBe(await subjectOf(continuo, MOBILE));

  crm.keep({ id: "cus_42", name: "John Smith", tier: "gold", phones: [JOHN, MOBILE] });
  clock.advance(HOUR_MS);
  // Both of them have been silent for so long that their sessions rest.
  await continuo.happened("session_changed", 4);
  await continuo.quiet();
  await exchange(continuo, JOHN, "Is there any news?");
  await exchange(continuo, MOBILE, "Which lamp did I mean?");

  expect(await subjectOf(continuo, MOBILE)).toBe(await subjectOf(continuo, JOHN));
  expect(await saidBy(continuo)).toEqual([
    "The lamp is broken.",
    "It is the green one.",
    "Is there any news?",
    "Which lamp did I mean?",
  ]);
  expect(await continuo.record(MOBILE)).toEqual(await continuo.record(JOHN));
  const last = model.requests.findLast((request) => inputOf(request).at(-1)?.includes("Which lamp") === true);
  expect(last === undefined ? [] : inputOf(last).join("\n")).toContain("It is the green one.");
  expect((await continuo.happened("subjects_merged")).detail).toMatchObject({ by: "resolver:crm" });
});

test("who is found to be somebody whose case is closed goes on in the talk of a minute ago", async () => {
  const { continuo, model, clock } = await withCrm();
  const { identity, ledger } = continuo.app.platform;
  const { tenant } = continuo.app.config.identity;
  await exchange(continuo, JOHN, "My card is lost.");
  const into = await subjectOf(continuo, JOHN);
  await ledger.sessions.change({ tenant, subjectId: into, cause: "closed", by: "ann", now: clock.now() });
  clock.advance(HOUR_MS);
  await exchange(continuo, MOBILE, "It is the green lamp.");
  const from = await subjectOf(continuo, MOBILE);
  const wish = { tenant, into, from, reason: "asked for", by: "ann" };
  expect(await identity.merge(wish)).toMatchObject({ kind: "merged" });
  await exchange(continuo, MOBILE, "Which lamp did I mean?");

  const last = model.requests.findLast((request) => inputOf(request).at(-1)?.includes("Which lamp") === true);
  const seen = last === undefined ? "" : inputOf(last).join("\n");
  expect(seen).toContain("It is the green lamp.");
  expect(seen).not.toContain("My card is lost.");
});

test("a customer database that hangs delays a text by two seconds and is left alone for a minute", async () => {
  const { crm, continuo, clock } = await withCrm();
  crm.hang(true);
  const john = continuo.customer();
  await john.text("Hello?");
  await expect.poll(() => crm.asked.length).toBe(1);
  clock.advance(2_000);
  await continuo.happened("message_sent");
  expect((await continuo.happened("subject_unresolved")).detail).toEqual({ resolver: "crm", why: "timeout" });
  await exchange(continuo, JOHN, "Are you there?");
  expect(crm.asked).toEqual([JOHN]);
});

test("a customer database that is away changes nothing for texts and calls", async () => {
  const { crm, continuo } = await withCrm();
  await crm[Symbol.asyncDispose]();
  await exchange(continuo, JOHN, "Hello?");
  const call = await continuo.customer(MOBILE).call();
  expect((await call.hear()).text).toContain("AI assistant");
  await call.say("Can you hear me?");
  expect((await call.hear()).text).toContain("Yes");
  await call.hangUp();
  const whys = continuo.events.filter(({ name }) => name === "subject_unresolved").map(({ detail }) => detail?.["why"]);
  expect(whys).toEqual(["failed", "failed"]);
});

test("a caller is answered while the customer database hangs", async () => {
  const { crm, continuo, model } = await withCrm();
  crm.hang(true);
  const call = await continuo.customer().call();
  expect((await call.hear()).text).toContain("AI assistant");
  await expect.poll(() => crm.asked).toEqual([JOHN]);
  await call.say("Can you hear me?");
  expect((await call.hear()).text).toContain("Yes");
  await call.hangUp();
  expect(instructionsOf(model.requests[0])).not.toContain("John Smith");
});

test("a caller whom the customer database knows is known during the call", async () => {
  const { crm, continuo, model } = await withCrm();
  crm.keep({ id: "cus_42", name: "John Smith", tier: "gold", phones: [JOHN] });
  const call = await continuo.customer().call();
  await call.hear();
  await continuo.happened("subject_resolved");
  await call.say("Do you know my name?");
  await call.hear();
  expect(instructionsOf(model.requests[0])).toContain("John Smith");
  await call.hangUp();
});

test("callers who hide their number are each somebody else, and nobody is asked about them", async () => {
  const { crm, continuo } = await withCrm();
  for (const words of ["Hello?", "It is me."]) {
    const call = await continuo.customer("+266696687").call();
    await call.hear();
    await call.say(words);
    await call.hear();
    await call.hangUp();
  }
  await continuo.quiet();
  expect(crm.asked).toEqual([]);
  const everybody = await continuo.app.ledger.subjects.recent(continuo.app.config.identity.tenant, 10);
  expect(everybody).toHaveLength(2);
});

test("a merge that the program died in is finished by the next start, and split again by a person", async () => {
  await using continuo = await startContinuo();
  await exchange(continuo, JOHN, "One.");
  await exchange(continuo, MOBILE, "Two.");
  const [into, from] = [await subjectOf(continuo, JOHN), await subjectOf(continuo, MOBILE)];
  const { tenant } = continuo.app.config.identity;
  const merging = { tenant, into, from, reason: "asked for", by: "ann", mergeId: newMergeId(0), now: Date.now() };
  expect(await continuo.app.ledger.merges.merge(merging)).toMatchObject({ kind: "merged" });
  await continuo.restart();
  await expect.poll(() => continuo.app.ledger.merges.unfinished(1)).toEqual([]);
  await exchange(continuo, MOBILE, "Three.");
  expect(await saidBy(continuo)).toEqual(["One.", "Two.", "Three."]);

  const { mergeId } = merging;
  expect(await continuo.app.platform.identity.split({ tenant, mergeId, by: "ann" })).toMatchObject({ kind: "split" });
  expect(await saidBy(continuo)).toEqual(["One.", "Three."]);
  await exchange(continuo, MOBILE, "Four.");
  expect(await saidBy(continuo, MOBILE)).toEqual(["Two.", "Four."]);
});

/** A server whose customers a database knows, and whose agent is a model that says yes. */
async function withCrm() {
  const crm = await startCrmServer({ apiKey: "crm-key" });
  const model = await startModelServer(() => ({ kind: "say", tokens: ["Yes", "."] }));
  const clock = movableClock();
  const env = { ...answeredBy(model), SUBJECT_RESOLVER: "crm", CRM_BASE_URL: crm.url, CRM_API_KEY: "crm-key" };
  const continuo = await startContinuo({ env, overrides: { clock } });
  onTestFinished(async () => {
    await continuo[Symbol.asyncDispose]();
    await model[Symbol.asyncDispose]();
    await crm[Symbol.asyncDispose]();
  });
  return { crm, continuo, model, clock };
}

/** A customer texts and has an answer. */
async function exchange(continuo: Continuo, number: string, text: string): Promise<void> {
  const before = continuo.twilio.messagesTo(number).length;
  await continuo.customer(number).text(text);
  await expect.poll(() => continuo.twilio.messagesTo(number).length, { timeout: 10_000 }).toBe(before + 1);
}

async function subjectOf({ app }: Continuo, number: string): Promise<SubjectId> {
  const subjectId = await app.ledger.subjects.find(app.config.identity.tenant, `tel:${number}`);
  if (subjectId === undefined) throw new Error("nobody has the number");
  return subjectId;
}

async function saidBy(continuo: Continuo, number = JOHN): Promise<readonly string[]> {
  const entries = await continuo.record(number);
  return itemsOf(entries).flatMap((item) => (item.kind === "customer" ? [item.text] : []));
}

/** The agent's instructions, as the model was given them. */
function instructionsOf(request: SeenRequest | undefined): string {
  return String(request?.body.instructions ?? "");
}
