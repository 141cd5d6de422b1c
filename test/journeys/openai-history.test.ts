import { expect, test } from "vitest";
import { importSessions } from "../../src/app/session-import.ts";
import { readSessionMap } from "../../src/app/session-map.ts";
import { openCallPlaceholder } from "../../src/core/window.ts";
import { openCalendar, type Calendar } from "../support/booking-agent.ts";
import { itemsOf, JOHN, startContinuo, type Continuo } from "../support/continuo.ts";
import { startConversationsServer, type ConversationsServer } from "../support/conversations-server.ts";
import type { ModelAnswer } from "../support/model-server.ts";
import { remoteAgent } from "../support/remote-agent.ts";
import { answeredBy, askedIn, tokensOf } from "../support/voice.ts";

// An agent whose history lies in OpenAI's Conversations API, against a server that enforces its rules.

function start(openai: ConversationsServer, env: Readonly<Record<string, string>> = {}): Promise<Continuo> {
  return startContinuo({ env: { ...answeredBy(openai), ...env }, overrides: { agents: remoteAgent } });
}

test("turn after turn only what is new is sent, also after a restart, and the record is kept all the same", async () => {
  await using openai = await startConversationsServer((request, number) =>
    number === 1
      ? { kind: "call", calls: [{ name: "order_status", arguments: '{"orderId":"ORD_12345"}', callId: "call_1" }] }
      : { kind: "say", tokens: tokensOf(`To "${askedIn(request)}": yes.`) },
  );
  await using continuo = await start(openai);
  const john = continuo.customer();
  for (const text of ["Where is my order?", "Has it shipped?", "When will it come?", "Thank you."]) {
    if (text === "When will it come?") await continuo.restart();
    const replies = continuo.twilio.messagesTo(JOHN).length;
    await john.text(text);
    await continuo.quiet();
    expect(continuo.twilio.messagesTo(JOHN)).toHaveLength(replies + 1);
  }
  expect(openai.refusals).toEqual([]);
  expect(openai.transcript()).toEqual([
    "system The customer now writes by text message.",
    "user Where is my order?",
    "call call_1",
    expect.stringMatching(/^output call_1 .*ORD_12345/u),
    'assistant To "": yes.',
    "user Has it shipped?",
    'assistant To "Has it shipped?": yes.',
    "user When will it come?",
    'assistant To "When will it come?": yes.',
    "user Thank you.",
    'assistant To "Thank you.": yes.',
  ]);
  expect(openai.asked.map((request) => request.body.input.length)).toEqual([2, 1, 1, 1, 1]);
  // After a turn that ended well nobody has to look at what is there.
  expect(openai.requests.filter(({ method }) => method === "GET")).toEqual([]);
  const kinds = itemsOf(await continuo.record()).map((item) => item.kind);
  expect(kinds.filter((kind) => kind === "customer")).toHaveLength(4);
  expect(kinds.filter((kind) => kind === "tool_result")).toHaveLength(1);
});

test("a flood of texts is told in portions that OpenAI takes", async () => {
  await using openai = await startConversationsServer(() => ({ kind: "say", tokens: ["That was a lot."] }));
  await using continuo = await start(openai, { BURST_WINDOW_MS: "400", RATE_LIMIT_PER_MINUTE: "0" });
  const john = continuo.customer();
  const texts = Array.from({ length: 25 }, (_, index) => `Text ${index}`);
  for (const text of texts) await john.text(text);
  await continuo.twilio.waitForMessage(({ body }) => body === "That was a lot.");
  await continuo.quiet();
  expect(openai.refusals).toEqual([]);
  expect(openai.transcript().filter((line) => line.startsWith("user"))).toEqual(texts.map((text) => `user ${text}`));
});

test("what a caller did not hear of a reply is told with the next turn", async () => {
  const story = `Your parcel left on Monday, ${"and then it went on from one place to the next ".repeat(10)}until it came.`;
  await using openai = await startConversationsServer((_request, number) => ({
    kind: "say",
    tokens: tokensOf(number === 1 ? story : "All right."),
  }));
  await using continuo = await start(openai);
  const call = await continuo.customer().call();
  await call.hear();
  const interrupting = call.interruptAt("one place", "Stop, I know that.");
  await call.say("Where is my parcel?");
  const cut = await interrupting;
  await call.heard.wait(({ text }) => text.endsWith("All right."));
  await call.hangUp();
  await continuo.quiet();
  expect(openai.refusals).toEqual([]);
  const lines = openai.transcript();
  const corrected = lines.find((line) => line.includes("was cut off"));
  expect(corrected).toContain(cut.text);
  expect(lines.filter((line) => line.startsWith("user"))).toEqual([
    "user Where is my parcel?",
    "user Stop, I know that.",
  ]);
  expect(lines.indexOf(corrected ?? "")).toBeLessThan(lines.indexOf("user Stop, I know that."));
});

test("a call that is still at work is closed with a placeholder, and its result comes as a note", async () => {
  await using calendar = await openCalendar();
  await using openai = await startConversationsServer((_request, number) => {
    if (number === 1) return booking(calendar, "I am booking a visit on Monday for you, this takes a moment.");
    return { kind: "say", tokens: tokensOf(number === 2 ? "Yes, that is noted." : "Your visit is booked.") };
  });
  await using continuo = await start(openai);
  const call = await continuo.customer().call();
  await call.hear();
  const held = call.holdAt("on Monday");
  await call.say("Please send somebody.");
  await Promise.all([held, calendar.asked]);
  await call.say("The bell is broken, by the way.");
  await call.heard.wait(({ text }) => text.endsWith("Yes, that is noted."));
  calendar.confirm();
  await call.heard.wait(({ text }) => text.endsWith("Your visit is booked."));
  await call.hangUp();
  await continuo.quiet();
  expect(openai.refusals).toEqual([]);
  expect(calendar.bookings).toEqual(["monday"]);
  const lines = openai.transcript();
  expect(lines).toContain(`output call_1 ${openCallPlaceholder}`);
  expect(lines.filter((line) => line.startsWith("call "))).toEqual(["call call_1"]);
  expect(lines.find((line) => line.startsWith("system") && line.includes("at nine"))).toContain("book_visit");
});

test("a text that comes while the reply to another is made is answered together with it, and both are told once", async () => {
  await using openai = await startConversationsServer(
    (_request, number) => (number === 1 ? { kind: "hang" } : { kind: "say", tokens: ["Both of them."] }),
    { afterCut: "input" },
  );
  await using continuo = await start(openai);
  const john = continuo.customer();
  await john.text("Where is my order?");
  await openai.request(1);
  await john.text("And my other one?");
  await continuo.twilio.waitForMessage(({ body }) => body === "Both of them.");
  await continuo.quiet();
  expect(openai.refusals).toEqual([]);
  expect(openai.transcript().filter((line) => line.startsWith("user"))).toEqual([
    "user Where is my order?",
    "user And my other one?",
  ]);
});

test("a conversation that is gone at OpenAI is replaced, and the customer is answered", async () => {
  await using openai = await startConversationsServer((request) => ({
    kind: "say",
    tokens: [`To "${askedIn(request)}": yes.`],
  }));
  await using continuo = await start(openai);
  const john = continuo.customer();
  await john.text("Where is my order?");
  await continuo.quiet();
  for (const id of openai.conversations.keys()) openai.lose(id);
  await john.text("And now?");
  await continuo.twilio.waitForMessage(({ body }) => body === 'To "And now?": yes.');
  await continuo.quiet();
  expect(openai.transcript()).toEqual([
    expect.stringContaining("not available here any more"),
    "user And now?",
    'assistant To "And now?": yes.',
  ]);
});

test("a conversation that another program began is gone on with, also where a call in it was left open", async () => {
  await using openai = await startConversationsServer(() => ({ kind: "say", tokens: ["Three times a week."] }));
  await using continuo = await start(openai);
  const planted = openai.plant([
    { type: "message", role: "user", content: "Give me a beginner workout." },
    { type: "function_call", call_id: "call_9" },
  ]);
  const map = readSessionMap({ [JOHN]: { session_id: JOHN, conversation_id: planted } });
  const { ledger, store, config } = continuo.app;
  const clocks = { idleMs: 1_800_000, closeMs: 86_400_000 };
  const tenant = { id: config.identity.tenant, defaultCountry: "US", session: clocks };
  const options = { tenant, dryRun: false, overwrite: false, now: Date.now() };
  for await (const step of importSessions({ ledger, store }, map ?? { sessions: [], refused: [], empty: [] }, options))
    expect(step).toMatchObject({ kind: "imported" });
  await continuo.customer().text("How many times per week?");
  await continuo.twilio.waitForMessage(({ body }) => body === "Three times a week.");
  await continuo.quiet();
  expect([...openai.conversations.keys()]).toEqual([planted]);
  expect(openai.transcript().slice(2)).toEqual([
    expect.stringMatching(/^output call_9 /u),
    "system The customer now writes by text message.",
    "user How many times per week?",
    "assistant Three times a week.",
  ]);
});

test("a customer who is forgotten here is forgotten at OpenAI, every word of it", async () => {
  await using openai = await startConversationsServer(() => ({ kind: "say", tokens: ["It has shipped."] }));
  const secret = "a-secret-of-the-tests";
  await using continuo = await start(openai, { ADMIN_API_KEYS: `tests:admin:*:${secret}` });
  await continuo.customer().text("Where is my order?");
  await continuo.quiet();
  expect(openai.transcript()).toHaveLength(3);
  const answer = await fetch(`${continuo.app.url}/privacy/delete/${encodeURIComponent(JOHN)}`, {
    method: "DELETE",
    headers: { authorization: `Bearer ${secret}` },
  });
  expect(answer.status).toBe(200);
  await expect.poll(() => openai.conversations.size).toBe(0);
  expect(openai.orphans).toEqual([]);
});

test("a server without a model that has conversations does not start, and says what to do", async () => {
  await expect(startContinuo({ overrides: { agents: remoteAgent } })).rejects.toThrow(/OPENAI_API_KEY/u);
});

function booking(calendar: Calendar, words: string): ModelAnswer {
  const args = JSON.stringify({ day: "monday", calendar: calendar.url });
  return { kind: "say", tokens: tokensOf(words), calls: [{ name: "book_visit", arguments: args, callId: "call_1" }] };
}
