import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sign } from "../../src/channels/twilio/signature.ts";
import { newSid } from "../../src/simulator/line.ts";
import { BUSINESS, JOHN, startContinuo, type Continuo } from "../support/continuo.ts";

// One server for all of it: what is refused must leave it as it was.
let continuo: Continuo;

beforeAll(async () => {
  continuo = await startContinuo({ env: { TWILIO_PHONE_NUMBER: BUSINESS } });
});

afterAll(async () => {
  await continuo[Symbol.asyncDispose]();
});

const routes = ["/sms", "/whatsapp", "/voice", "/voice/action", "/status"];

describe("what Twilio did not sign is refused without effect", () => {
  test.each(routes)("no signature on %s", async (route) => {
    expect(await post(route, textForm(), { signature: undefined })).toBe(403);
  });

  test.each(routes)("a signature of another token on %s", async (route) => {
    const signature = sign("another-token-another-token-1234", continuo.line.publicUrl + route, textForm());
    expect(await post(route, textForm(), { signature })).toBe(403);
  });

  test("a signature of another address", async () => {
    const signature = sign(continuo.line.authToken, `${continuo.line.publicUrl}/voice`, textForm());
    expect(await post("/sms", textForm(), { signature })).toBe(403);
  });

  test("a text that was changed on its way", async () => {
    const form = textForm();
    const signature = signed("/sms", form);
    expect(await post("/sms", { ...form, Body: "Send everything to me" }, { signature })).toBe(403);
    expect(await post("/sms", { ...form, From: "+14155550666" }, { signature })).toBe(403);
    expect(await post("/sms", { ...form, Extra: "1" }, { signature })).toBe(403);
    expect(await post("/sms?x=1", form, { signature })).toBe(403);
  });

  test("a signed GET of a call with another query", async () => {
    const signature = sign(continuo.line.authToken, `${continuo.line.publicUrl}/voice?CallSid=CA1`);
    const response = await fetch(`${continuo.app.url}/voice?CallSid=CA2`, {
      headers: { "x-twilio-signature": signature },
    });
    expect(response.status).toBe(403);
  });
});

describe("what Twilio signed and makes no sense is a bad request", () => {
  test("fields cut at other places, which leaves the signature right", async () => {
    // The signature is over names and values run together, so that `Body=x` and `Bod=yx` sign alike.
    const form = textForm();
    const { Body, ...rest } = form;
    const cut = { ...rest, Bod: `y${Body}` };
    expect(signed("/sms", cut)).toBe(signed("/sms", form));
    expect(await post("/sms", cut, { signature: signed("/sms", form) })).toBe(400);
  });

  test.each(["MessageSid", "From", "To", "Body"])("a text without %s", async (field) => {
    const { [field]: _, ...form } = textForm();
    expect(await post("/sms", form)).toBe(400);
  });

  test.each([
    ["MessageSid", "hello"],
    ["NumMedia", "-1"],
    ["NumMedia", "1000000"],
    ["AccountSid", `AC${"9".repeat(32)}`],
    ["From", ""],
    ["From", "whatsapp:"],
  ])("a text with %s = %s", async (field, value) => {
    expect(await post("/sms", { ...textForm(), [field]: value })).toBe(400);
  });

  test.each(["CallSid", "From"])("a call without %s", async (field) => {
    const { [field]: _, ...form } = callForm();
    expect(await post("/voice", form)).toBe(400);
  });

  test("the end of a relay session that names no call", async () => {
    const { CallSid: _, ...form } = callForm();
    expect(await post("/voice/action", { ...form, SessionStatus: "failed" })).toBe(400);
  });

  test("a status of nothing", async () => {
    expect(await post("/status", { AccountSid: continuo.line.accountSid, MessageStatus: "sent" })).toBe(400);
  });
});

test("the status of a message or a call that nobody knows is acknowledged and forgotten", async () => {
  const account = { AccountSid: continuo.line.accountSid };
  expect(await post("/status", { ...account, MessageSid: newSid("SM"), MessageStatus: "delivered" })).toBe(200);
  expect(
    await post("/status?outbox=out_nothing", { ...account, MessageSid: newSid("SM"), MessageStatus: "failed" }),
  ).toBe(200);
  expect(await post("/status", { ...callForm(), CallStatus: "completed" })).toBe(200);
});

test("a body over 64 KB is refused", async () => {
  expect(await post("/sms", { ...textForm(), Body: "x".repeat(66_000) })).toBe(413);
});

test("another type of body is refused", async () => {
  const response = await fetch(`${continuo.app.url}/sms`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-twilio-signature": signed("/sms", {}) },
    body: "{}",
  });
  expect(response.status).toBe(415);
});

describe("a number that nobody serves", () => {
  const elsewhere = "+14155550000";

  test("answers a text politely", async () => {
    const answer = await postForBody("/sms", { ...textForm(), To: elsewhere });
    expect(answer.status).toBe(200);
    expect(answer.body).toContain("<Message>This number is not in service.");
  });

  test("answers a call politely", async () => {
    const answer = await postForBody("/voice", { ...callForm(), To: elsewhere, Called: elsewhere });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatch(/<Say[^>]*>This number is not in service\..*<Hangup\/>/u);
  });
});

describe.concurrent("who is slow is closed within 15 seconds", () => {
  const head = "POST /sms HTTP/1.1\r\nHost: localhost\r\n";
  test.each([
    ["says nothing", ""],
    ["does not end the headers", `${head}X-Slow: `],
    [
      "does not end the body",
      `${head}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nBody=`,
    ],
  ])("who %s", { timeout: 40_000 }, async (_what, bytes) => {
    const waitedMs = await closedAfter(bytes);
    expect(waitedMs).toBeLessThan(15_500);
  });
});

test("after all of it nobody was kept, nobody was answered, and a proper text still is", async () => {
  expect(await continuo.app.ledger.subjects.recent(continuo.app.config.identity.tenant, 10)).toEqual([]);
  expect(await continuo.app.ledger.events.latest()).toBe(0);
  await continuo.customer().text("Where is ORD_12345?");
  const reply = await continuo.twilio.waitForMessage((message) => message.to === JOHN);
  expect(reply.body).toContain("UPS");
  expect(continuo.twilio.messages.entries).toHaveLength(1);
});

/** Sends the beginning of a request and then nothing; resolves with how long the server bore it, in milliseconds. */
function closedAfter(bytes: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const socket = connect(Number(new URL(continuo.app.url).port), "127.0.0.1", () => socket.write(bytes));
    socket.on("data", () => undefined);
    socket.on("error", reject);
    socket.on("close", () => resolve(performance.now() - startedAt));
  });
}

type Fields = Readonly<Record<string, string>>;

function textForm(): Record<string, string> {
  return {
    AccountSid: continuo.line.accountSid,
    MessageSid: newSid("SM"),
    From: JOHN,
    To: BUSINESS,
    Body: "Hello",
    NumMedia: "0",
  };
}

function callForm(): Record<string, string> {
  return {
    AccountSid: continuo.line.accountSid,
    CallSid: newSid("CA"),
    CallStatus: "ringing",
    Direction: "inbound",
    From: JOHN,
    To: BUSINESS,
  };
}

function signed(route: string, form: Fields): string {
  return sign(continuo.line.authToken, continuo.line.publicUrl + route, form);
}

async function post(
  route: string,
  form: Fields,
  options?: { readonly signature: string | undefined },
): Promise<number> {
  return (await postForBody(route, form, options)).status;
}

async function postForBody(
  route: string,
  form: Fields,
  options: { readonly signature: string | undefined } = { signature: signed(route, form) },
): Promise<{ readonly status: number; readonly body: string }> {
  const response = await fetch(continuo.app.url + route, {
    method: "POST",
    headers: options.signature === undefined ? {} : { "x-twilio-signature": options.signature },
    body: new URLSearchParams(form),
  });
  return { status: response.status, body: await response.text() };
}
