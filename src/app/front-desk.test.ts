import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CallForm, RelayEndForm } from "../channels/voice/forms.ts";
import { ContinuoError } from "../core/errors.ts";
import { callSid, tenantId, type CallSid, type SubjectRef } from "../core/ids.ts";
import { emptyMemory } from "../core/memory.ts";
import type { Responder } from "../core/ports/responder.ts";
import type { ConversationStore } from "../core/ports/store.ts";
import { sentences } from "../core/sentences.ts";
import { openSqliteLedger, type SqliteLedger } from "../ledger/sqlite.ts";
import { openMemoryStore } from "../stores/memory.ts";
import { configFrom } from "./config.ts";
import { openFrontDesk, type FrontDesk } from "./front-desk.ts";
import { openTenants } from "./tenants.ts";

const now = 1_795_000_000_000;
const shop = "+14155550199";
const sales = "+14155550198";
const quiet = "+14155550197";

let folder: string;
let ledger: SqliteLedger;
let store: ConversationStore;
let calls = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "continuo-desk-"));
  ledger = await openSqliteLedger({ file: join(folder, "continuo.db") });
  store = openMemoryStore();
});

afterAll(async () => {
  await ledger[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** Agents that say their names. */
const responder: Responder = {
  model: { name: "none", offline: true },
  voiceOf: async (agent = "support") => ({
    name: agent,
    greeting: `Hello, this is the AI of ${agent}. How can I help you today?`,
    language: "en-US",
    apology: `Sorry from ${agent}.`,
    history: "own",
  }),
  async *respond() {
    // Nobody is answered at the front desk.
  },
};

function desk(memories: Pick<ConversationStore, "memory"> = store): FrontDesk & { readonly troubles: unknown[] } {
  const given = {
    tenants: {
      acme: { numbers: [shop, { number: sales, agent: "sales" }], agent: "support", sessionTimeoutMinutes: 5 },
      quiet: { numbers: [quiet], agent: "quiet", personalGreeting: false },
    },
  };
  const found = { file: "continuo.config.ts", given };
  const { tenants } = openTenants(configFrom({}).config, { found, agents: ["support", "sales", "quiet"] });
  const troubles: unknown[] = [];
  const opened = openFrontDesk({
    ledger,
    store: memories,
    responder,
    clock: { now: () => now, sleep: async () => undefined },
    tenants,
    tokenKey: "key",
    onReply: () => undefined,
    onWork: () => undefined,
    onCommit: () => undefined,
    onUngreeted: (error) => void troubles.push(error),
  });
  return { ...opened, troubles };
}

function newSid(): CallSid {
  calls += 1;
  return callSid(`CA${String(calls).padStart(32, "0")}`);
}

function rings(from: string, to: string, changed: Partial<CallForm> = {}): CallForm {
  return { callSid: newSid(), from, to, direction: "inbound", progress: "ringing", ...changed };
}

/** A customer who called before and of whom something is remembered. */
async function knownCaller(number: string, to = shop): Promise<SubjectRef> {
  const { callSid: sid } = rings(number, to);
  await desk().answer(rings(number, to, { callSid: sid }));
  const call = await ledger.calls.get(sid);
  if (call === undefined) throw new Error("the call was not kept");
  const who = { tenant: call.tenant, subjectId: call.subjectId };
  await store.remember(who, {
    ...emptyMemory,
    profile: { id: "1", name: "John Doe", details: {}, resolver: "crm", at: now },
    intent: { name: "order", topic: "order ORD_12345", confidence: 0.9, at: now },
  });
  return who;
}

describe("a call", () => {
  test("is answered by the agent of the number that was dialled, as its tenant's", async () => {
    const ring = rings("+14155550101", sales);
    const answer = await desk().answer(ring);
    expect(answer).toMatchObject({
      kind: "relay",
      greeting: "Hello, this is the AI of sales. How can I help you today?",
    });
    expect(await ledger.calls.get(ring.callSid)).toMatchObject({ tenant: "acme", to: sales });
    expect(await desk().answer(rings("+14155550101", shop))).toMatchObject({
      greeting: expect.stringContaining("the AI of support"),
    });
  });

  test("of one person to two tenants is two people's", async () => {
    const [one, other] = [rings("+14155550102", shop), rings("+14155550102", quiet)];
    await desk().answer(one);
    await desk().answer(other);
    const [ours, theirs] = [await ledger.calls.get(one.callSid), await ledger.calls.get(other.callSid)];
    expect([ours?.tenant, theirs?.tenant]).toEqual(["acme", "quiet"]);
    expect(ours?.subjectId).not.toBe(theirs?.subjectId);
  });

  test("that we place is its tenant's by the number it leaves from", async () => {
    const ring = rings(sales, "+14155550103", { direction: "outbound" });
    await desk().answer(ring);
    expect(await ledger.calls.get(ring.callSid)).toMatchObject({ tenant: "acme", from: sales, to: "+14155550103" });
  });

  test("to a number that nobody serves is told so, and nothing is kept", async () => {
    const ring = rings("+14155550104", "+14155550155");
    expect(await desk().answer(ring)).toEqual({ kind: "unserved", text: sentences.unserved, language: "en-US" });
    expect(await ledger.calls.get(ring.callSid)).toBeUndefined();
  });

  test("whose socket was lost goes on with the agent it began with", async () => {
    const ring = rings("+14155550105", sales);
    await desk().answer(ring);
    await ledger.calls.connect({ callSid: ring.callSid, sessionId: "VX1", holder: "h", leaseMs: 1_000, now });
    const lost: RelayEndForm = { ...ring, progress: "in-progress", sessionStatus: "failed", errorCode: "64105" };
    const answer = await desk().afterRelay(lost);
    expect(answer).toMatchObject({ kind: "relay", language: "en-US" });
    expect(answer).not.toHaveProperty("greeting");
    const hopeless = await desk().afterRelay({ ...lost, errorCode: "64101" });
    expect(hopeless).toMatchObject({ kind: "say", text: "Sorry from sales. Goodbye." });
  });
});

describe("somebody who calls again", () => {
  test("is greeted by name and topic, and the call knows with what", async () => {
    await knownCaller("+14155550110");
    const ring = rings("+14155550110", shop);
    const greeting =
      "Welcome back, John. This is the AI of support. Last time we talked about your order. How can I help you today?";
    expect(await desk().answer(ring)).toMatchObject({ kind: "relay", greeting });
    expect((await ledger.calls.get(ring.callSid))?.greeting).toBe(greeting);
    // Twilio asks again before it connects: both answers say the same.
    expect(await desk().answer(ring)).toMatchObject({ greeting });
  });

  test("is greeted like everybody else where the tenant wants it so", async () => {
    await knownCaller("+14155550111", quiet);
    expect(await desk().answer(rings("+14155550111", quiet))).toMatchObject({
      greeting: "Hello, this is the AI of quiet. How can I help you today?",
    });
  });

  test("is not known to another tenant", async () => {
    await knownCaller("+14155550112", quiet);
    expect(await desk().answer(rings("+14155550112", shop))).toMatchObject({
      greeting: expect.stringMatching(/^Hello/u),
    });
  });

  test("is not greeted by name on a call that we place, nor when the number is hidden", async () => {
    await knownCaller("+14155550113");
    const placed = rings(shop, "+14155550113", { direction: "outbound" });
    expect(await desk().answer(placed)).toMatchObject({ greeting: expect.stringMatching(/^Hello/u) });
    const hidden = rings("anonymous", shop);
    expect(await desk().answer(hidden)).toMatchObject({ greeting: expect.stringMatching(/^Hello/u) });
  });

  test("is greeted like everybody else while the store is away", async () => {
    await knownCaller("+14155550114");
    const away = new ContinuoError("store_unavailable", "no answer");
    const without = desk({ memory: () => Promise.reject(away) });
    expect(await without.answer(rings("+14155550114", shop))).toMatchObject({
      greeting: expect.stringMatching(/^Hello/u),
    });
    expect(without.troubles).toEqual([away]);
  });
});

test("a socket is admitted by its call's token, and by no other", async () => {
  const answer = await desk().answer(rings("+14155550120", shop));
  const token = answer.kind === "relay" ? answer.token : "";
  expect(await desk().admit(token)).toMatchObject({ tenant: tenantId("acme") });
  for (const wrong of ["", token.slice(0, -1), `${token}x`, token.replace(/^CA/u, "CB")])
    expect(await desk().admit(wrong)).toBeUndefined();
});
