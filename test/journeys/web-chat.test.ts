import { expect, test } from "vitest";
import { BUSINESS, itemsOf, JOHN, startContinuo } from "../support/continuo.ts";
import { answeredBy } from "../support/model-input.ts";
import { startModelServer } from "../support/model-server.ts";
import { webVisitor, type ToldEvent, type WebVisitor } from "../support/visitor.ts";

const env = { TWILIO_PHONE_NUMBER: BUSINESS };

function isReply(event: ToldEvent): boolean {
  return event.name === "message" && event.told["who"] === "agent";
}

test("a visitor is answered word by word, and the whole is what the words were", async () => {
  await using continuo = await startContinuo();
  const visitor = await webVisitor(() => continuo.app.url);
  const { events, close } = await visitor.listen();
  expect(await visitor.say("Where is my order ORD_12345?")).toEqual({
    status: 202,
    body: { id: "message-1", status: "accepted" },
  });
  const reply = await events.wait(isReply);
  expect(reply.told).toMatchObject({ text: expect.stringContaining("ORD_12345"), channel: "web" });
  const words = events.entries.filter(({ name }) => name === "delta");
  expect(words.length).toBeGreaterThan(1);
  expect(words.every(({ told }) => told["turn"] === reply.told["turn"])).toBe(true);
  expect(
    words
      .map(({ told }) => told["text"])
      .join("")
      .trim(),
  ).toBe(reply.told["text"]);
  const names = events.entries.map(({ name }) => name);
  expect(names.indexOf("typing")).toBeLessThan(names.indexOf("delta"));
  const { lines, lastEventId } = await visitor.history();
  expect(lines.map(({ who, text }) => [who, text])).toEqual([
    ["customer", "Where is my order ORD_12345?"],
    ["agent", reply.told["text"]],
  ]);
  expect(lastEventId).toBe(reply.id);
  close();
});

test("what is said twice under one id is answered once", async () => {
  await using continuo = await startContinuo();
  const visitor = await webVisitor(() => continuo.app.url);
  await visitor.say("Hello", "message-a");
  expect((await visitor.say("Hello", "message-a")).body).toMatchObject({ status: "duplicate" });
  await continuo.quiet();
  expect((await visitor.say("Hello", "message-a")).body).toMatchObject({ status: "duplicate" });
  await continuo.quiet();
  expect((await visitor.history()).lines.map(({ who }) => who)).toEqual(["customer", "agent"]);
});

test("who is away while the server restarts is told what was missed, by the token from before", async () => {
  await using continuo = await startContinuo();
  const visitor = await webVisitor(() => continuo.app.url);
  const first = await visitor.listen();
  await visitor.say("Hello");
  const seen = await first.events.wait(isReply);
  await continuo.restart();
  await first.ended;
  await visitor.say("Where is my order ORD_12345?");
  await continuo.quiet();
  const { events, close } = await visitor.listen(seen.id);
  const missed = await events.wait(isReply);
  expect(missed.told["text"]).toContain("ORD_12345");
  expect(events.entries.filter(isReply)).toHaveLength(1);
  close();
});

test("words of a reply that a later message overtook are taken back", async () => {
  await using model = await startModelServer((_request, n) =>
    n === 1
      ? { kind: "say", tokens: ["You ", "have ", "asked"], hangAfter: 2 }
      : { kind: "say", tokens: ["Both ", "answered."] },
  );
  await using continuo = await startContinuo({ env: answeredBy(model) });
  const visitor = await webVisitor(() => continuo.app.url);
  const { events, close } = await visitor.listen();
  await visitor.say("One");
  const first = await events.wait(({ name }) => name === "delta");
  await visitor.say("Two");
  await events.wait(({ name, told }) => name === "reset" && told["turn"] === first.told["turn"]);
  expect((await events.wait(isReply)).told["text"]).toBe("Both answered.");
  close();
});

test("a number that was proven by a code makes one conversation of texts and chat", async () => {
  await using continuo = await startContinuo({ env });
  const john = continuo.customer();
  await john.text("Hi, where is my order ORD_12345?");
  await continuo.twilio.waitForMessage((message) => message.to === JOHN);
  await continuo.quiet();

  const visitor = await webVisitor(() => continuo.app.url);
  await visitor.say("Hello, it is me again");
  await continuo.quiet();
  expect((await visitor.history()).lines).toHaveLength(2);
  await proves(continuo, visitor);
  expect((await visitor.history()).lines.map(({ who, channel }) => `${who} ${channel}`)).toEqual([
    "customer sms",
    "agent sms",
    "customer web",
    "agent web",
  ]);

  const { events, close } = await visitor.listen();
  await visitor.say("And what is its tracking number?");
  expect((await events.wait(isReply)).told["text"]).toContain("TRK_ABC123");
  close();
  await continuo.quiet();
  const channels = itemsOf(await continuo.record()).flatMap((item) => (item.kind === "customer" ? [item.channel] : []));
  expect(channels).toEqual(["sms", "web", "web"]);
  await john.text("Thank you");
  await continuo.quiet();
  expect((await visitor.history()).lines.at(-2)).toMatchObject({ channel: "sms", text: "Thank you" });
});

test("a code is worth nothing to another visitor, and a wrong one to nobody", async () => {
  await using continuo = await startContinuo({ env });
  const visitor = await webVisitor(() => continuo.app.url);
  const stranger = await webVisitor(() => continuo.app.url);
  const code = await codeFor(continuo, visitor);
  const wrong = String((Number(code) + 1) % 1_000_000).padStart(6, "0");
  expect(await (await visitor.post("code/confirm", { phone: JOHN, code: wrong })).json()).toEqual({ status: "wrong" });
  await stranger.say("Hello");
  expect(await (await stranger.post("code/confirm", { phone: JOHN, code })).json()).toEqual({ status: "expired" });
  expect(await (await visitor.post("code/confirm", { phone: JOHN, code })).json()).toEqual({ status: "proven" });
  const again = await visitor.post("code/confirm", { phone: JOHN, code });
  expect(await again.json()).toEqual({ status: "proven" });
});

test("each tenant has a chat of its own, answered by its agent, for the pages that it allows", async () => {
  const tenants = {
    tenants: {
      acme: { name: "Acme", numbers: [BUSINESS], chat: { origins: ["https://acme.example"], title: "Ask Acme" } },
      globex: { name: "Globex", numbers: ["+14155550198"], chat: false as const },
    },
  };
  await using continuo = await startContinuo({ overrides: { tenants } });
  const { url } = continuo.app;
  const hello = await fetch(`${url}/chat/hello?tenant=acme`, {
    method: "POST",
    headers: { origin: "https://acme.example" },
  });
  expect(await hello.json()).toMatchObject({ name: "Acme", title: "Ask Acme", proof: true });
  expect((await fetch(`${url}/chat/hello?tenant=globex`, { method: "POST" })).status).toBe(404);
  const visitor = await webVisitor(() => url, "acme");
  await visitor.say("Hello");
  await continuo.quiet();
  expect((await visitor.history()).lines).toHaveLength(2);
});

async function codeFor(continuo: Awaited<ReturnType<typeof startContinuo>>, visitor: WebVisitor): Promise<string> {
  const sent = await visitor.post("code", { phone: "(415) 555-0100" });
  expect([sent.status, await sent.json()]).toEqual([202, { status: "sent", expiresInSeconds: 600 }]);
  const text = await continuo.twilio.waitForMessage(({ to, body }) => to === JOHN && body.includes("Never share it"));
  expect(text.from).toBe(BUSINESS);
  return /^(\d{6}) is your code/u.exec(text.body)?.[1] ?? "";
}

async function proves(continuo: Awaited<ReturnType<typeof startContinuo>>, visitor: WebVisitor): Promise<void> {
  const code = await codeFor(continuo, visitor);
  const confirmed = await visitor.post("code/confirm", { phone: JOHN, code });
  expect([confirmed.status, await confirmed.json()]).toEqual([200, { status: "proven" }]);
}
