import { describe, expect, test } from "vitest";
import { accountSid, authToken, publicUrl, signedPost, startServer } from "../../test/support/http-server.ts";
import { sign } from "../channels/twilio/signature.ts";
import { ContinuoError } from "../core/errors.ts";
import { branded } from "../core/ids.ts";
import type { HttpParts } from "./parts.ts";

const sid = `SM${"0".repeat(32)}`;
const callSid = `CA${"0".repeat(32)}`;
const text = {
  MessageSid: sid,
  AccountSid: accountSid,
  From: "+14155550100",
  To: "+14155550199",
  Body: "Hello & “you”",
  NumMedia: "0",
};
const call = {
  CallSid: callSid,
  AccountSid: accountSid,
  From: "+14155550100",
  To: "+14155550199",
  CallStatus: "ringing",
  Direction: "inbound",
};
const head = '<?xml version="1.0" encoding="UTF-8"?>';

async function accepted(): ReturnType<HttpParts["acceptText"]> {
  return { kind: "accepted", subjectId: branded("sub_1"), inboxId: branded("in_1") };
}

async function unavailable(): Promise<never> {
  throw new ContinuoError("ledger_unavailable", "locked by +14155550100", { cause: new Error("secret") });
}

describe("a text", () => {
  test.each(["/sms", "/whatsapp"])("to %s is kept, then acknowledged with nothing to do", async (path) => {
    const { url, calls } = await startServer();
    const request = new Request(url + path, signedPost(path, text));
    request.headers.set("I-Twilio-Idempotency-Token", "abc");
    const response = await fetch(request);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/xml; charset=utf-8");
    expect(calls).toMatchObject([
      { part: "acceptText", given: { providerId: sid, idempotencyToken: "abc", body: { text: "Hello & “you”" } } },
    ]);
  });

  test.each<Awaited<ReturnType<HttpParts["acceptText"]>>>([
    { kind: "accepted", subjectId: branded("sub_1"), inboxId: branded("in_1") },
    { kind: "recorded", reason: "stop", subjectId: branded("sub_1"), inboxId: branded("in_1"), notified: false },
    { kind: "duplicate", subjectId: branded("sub_1"), inboxId: branded("in_1") },
  ])("that is $kind is answered in the same way", async (answer) => {
    const { url } = await startServer({ acceptText: async () => answer });
    const response = await fetch(`${url}/sms`, signedPost("/sms", text));
    expect([response.status, await response.text()]).toEqual([200, `${head}<Response/>`]);
  });

  test("is not acknowledged before it is durable", async () => {
    const durable = Promise.withResolvers<undefined>();
    const asked = Promise.withResolvers<undefined>();
    let answered = false;
    const { url } = await startServer({
      async acceptText() {
        asked.resolve(undefined);
        await durable.promise;
        return accepted();
      },
    });
    const response = fetch(`${url}/sms`, signedPost("/sms", text)).then((value) => {
      answered = true;
      return value;
    });
    await asked.promise;
    expect(answered).toBe(false);
    durable.resolve(undefined);
    expect((await response).status).toBe(200);
  });

  test("to a number that nobody serves is answered politely and logged", async () => {
    const { url, entries } = await startServer();
    const response = await fetch(`${url}/sms`, signedPost("/sms", text));
    expect([response.status, await response.text()]).toEqual([
      200,
      `${head}<Response><Message>Nobody reads this number.</Message></Response>`,
    ]);
    expect(entries).toEqual([{ event: "number_unserved", route: "/sms" }]);
  });

  test.each(["ledger_unavailable", "ledger_full"] as const)(
    "is to be repeated when the ledger says %s",
    async (code) => {
      const { url, entries } = await startServer({
        async acceptText() {
          throw new ContinuoError(code, "locked by +14155550100", { cause: new Error("secret") });
        },
      });
      const response = await fetch(`${url}/sms`, signedPost("/sms", text));
      expect(response.status).toBe(503);
      expect(response.headers.get("retry-after")).toBe("5");
      expect(response.headers.get("content-type")).toBe("application/problem+json");
      expect(await response.json()).toEqual({ type: "about:blank", title: "Service Unavailable", status: 503, code });
      expect(entries).toMatchObject([{ event: "request_failed", route: "/sms" }]);
    },
  );

  test("that is signed and malformed is refused by the name of its field", async () => {
    const { url, calls, entries } = await startServer();
    const response = await fetch(`${url}/sms`, signedPost("/sms", { ...text, From: ["+1", "+2"] }));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: "bad_request", detail: "From came more than once" });
    expect(calls).toEqual([]);
    expect(entries).toEqual([{ event: "request_refused", route: "/sms", reason: "From came more than once" }]);
  });

  test("of another account is refused although its signature is right", async () => {
    const { url, calls } = await startServer();
    const response = await fetch(`${url}/sms`, signedPost("/sms", { ...text, AccountSid: `AC${"1".repeat(32)}` }));
    expect([response.status, calls]).toEqual([400, []]);
  });
});

describe("a signature", () => {
  const webhooks = ["/sms", "/whatsapp", "/voice", "/voice/action", "/status"];

  test.each(webhooks)("is asked for at %s", async (path) => {
    const { url, calls, entries } = await startServer();
    const form = { ...text, ...call, MessageStatus: "sent" };
    const { headers: _, ...unsigned } = signedPost(path, form);
    const attempts = [
      unsigned,
      signedPost(path, form, "another token"),
      { ...signedPost(path, form), body: new URLSearchParams({ ...form, Body: "other" }) },
      signedPost("/other", form),
    ];
    for (const attempt of attempts) {
      const response = await fetch(url + path, attempt);
      expect(response.status).toBe(403);
      expect(await response.json()).toMatchObject({ code: "signature_invalid" });
    }
    expect(calls).toEqual([]);
    expect(entries.length).toBe(4);
    expect(entries[0]).toMatchObject({ event: "request_refused", route: path });
  });

  test("by the new token is as good as by the old one", async () => {
    const { url } = await startServer({ signing: { tokens: ["new", authToken], allowUnsignedLoopback: false } });
    expect((await fetch(`${url}/sms`, signedPost("/sms", text, "new"))).status).toBe(200);
    expect((await fetch(`${url}/sms`, signedPost("/sms", text))).status).toBe(200);
  });

  test("covers the query, and the path below which a proxy serves us", async () => {
    const { url, calls } = await startServer({ publicUrl: `${publicUrl}/continuo/` });
    const form = { MessageSid: sid, AccountSid: accountSid, MessageStatus: "sent" };
    const good = await fetch(`${url}/status?outbox=out_1`, signedPost("/continuo/status?outbox=out_1", form));
    const bad = await fetch(`${url}/status?outbox=out_2`, signedPost("/continuo/status?outbox=out_1", form));
    expect([good.status, bad.status, calls.length]).toEqual([200, 403, 1]);
  });

  test("is not asked of this machine where that was allowed, but a wrong one is still wrong", async () => {
    const { url } = await startServer({ signing: { tokens: [authToken], allowUnsignedLoopback: true } });
    const post = { method: "POST", body: new URLSearchParams(text) };
    expect((await fetch(`${url}/sms`, post)).status).toBe(200);
    expect((await fetch(`${url}/sms`, { ...post, headers: { "x-twilio-signature": "wrong" } })).status).toBe(403);
    expect((await fetch(`${url}/sms`, { ...post, headers: { "x-forwarded-for": "203.0.113.1" } })).status).toBe(403);
  });

  test("covers more parameters than any limit on their number", async () => {
    const { url } = await startServer();
    const many = Object.fromEntries(Array.from({ length: 1_500 }, (_, index) => [`Extra${index}`, ""]));
    expect((await fetch(`${url}/sms`, signedPost("/sms", { ...text, ...many }))).status).toBe(200);
  });
});

describe("a call", () => {
  const relay =
    `${head}<Response><Connect action="https://support.example.com/voice/action" method="POST">` +
    `<ConversationRelay url="wss://support.example.com/conversation-relay/tok-1_~." welcomeGreeting="Hello" language="en-US"`;

  test("that rings is connected to its own socket, by POST and by GET", async () => {
    const { url, calls } = await startServer();
    const posted = await fetch(`${url}/voice`, signedPost("/voice", call));
    const query = `/voice?${new URLSearchParams(call).toString()}`;
    const got = await fetch(url + query, { headers: { "x-twilio-signature": sign(authToken, publicUrl + query) } });
    for (const response of [posted, got]) {
      expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/xml; charset=utf-8"]);
      expect((await response.text()).startsWith(relay)).toBe(true);
    }
    expect(calls).toMatchObject([{ given: { callSid, progress: "ringing" } }, { given: { callSid } }]);
  });

  test("by GET needs the signature of the whole query", async () => {
    const { url, calls } = await startServer();
    const query = `/voice?${new URLSearchParams(call).toString()}`;
    const signature = sign(authToken, publicUrl + query);
    expect((await fetch(`${url}${query}1`, { headers: { "x-twilio-signature": signature } })).status).toBe(403);
    expect((await fetch(url + query, { method: "HEAD", headers: { "x-twilio-signature": signature } })).status).toBe(
      404,
    );
    expect(calls).toEqual([]);
  });

  test("whose relay ended goes on as decided", async () => {
    const { url, calls } = await startServer();
    const form = { ...call, CallStatus: "in-progress", SessionId: "VX1", SessionStatus: "failed", ErrorCode: "64105" };
    const response = await fetch(`${url}/voice/action`, signedPost("/voice/action", form));
    expect([response.status, await response.text()]).toEqual([200, `${head}<Response/>`]);
    expect(calls).toMatchObject([
      { part: "afterRelay", given: { callSid, sessionStatus: "failed", errorCode: "64105" } },
    ]);
  });

  test.each<[Awaited<ReturnType<HttpParts["answerCall"]>>, string]>([
    [
      { kind: "say", text: "Goodbye", language: "en-US" },
      '<Response><Say language="en-US">Goodbye</Say><Hangup/></Response>',
    ],
    [
      { kind: "unserved", text: "Wrong number", language: "en-US" },
      '<Response><Say language="en-US">Wrong number</Say><Hangup/></Response>',
    ],
    [{ kind: "hang_up" }, "<Response><Hangup/></Response>"],
  ])("can be answered with %o", async (answer, twiml) => {
    const { url } = await startServer({ answerCall: async () => answer });
    const response = await fetch(`${url}/voice`, signedPost("/voice", call));
    expect([response.status, await response.text()]).toEqual([200, head + twiml]);
  });

  test.each(["/voice", "/voice/action"])("hears an apology at %s when the ledger does not answer", async (path) => {
    const { url, entries } = await startServer({ answerCall: unavailable, afterRelay: unavailable });
    const response = await fetch(url + path, signedPost(path, call));
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/xml; charset=utf-8");
    expect(await response.text()).toBe(
      `${head}<Response><Say language="en-GB">Sorry, something is wrong here.</Say><Hangup/></Response>`,
    );
    expect(entries).toMatchObject([{ event: "request_failed", route: path }]);
  });

  test.each(["/voice", "/voice/action"])("without its id is refused at %s", async (path) => {
    const { url, calls } = await startServer();
    const { CallSid: _, ...rest } = call;
    expect((await fetch(url + path, signedPost(path, rest))).status).toBe(400);
    expect(calls).toEqual([]);
  });
});

describe("a status callback", () => {
  test("of a message names its outbox row, also when it is told twice", async () => {
    const { url, calls } = await startServer();
    const path = "/status?outbox=out_0a";
    const form = { MessageSid: sid, AccountSid: accountSid, MessageStatus: "delivered" };
    for (const _ of [1, 2]) expect((await fetch(url + path, signedPost(path, form))).status).toBe(200);
    const given = { outboxId: "out_0a", providerId: sid, status: "delivered", now: Date.parse("2026-11-21T12:00:00Z") };
    expect(calls).toEqual([
      { part: "messageStatus", given },
      { part: "messageStatus", given },
    ]);
  });

  test("of a call tells how it stands", async () => {
    const { url, calls } = await startServer();
    const form = { ...call, CallStatus: "completed", SequenceNumber: "3" };
    expect((await fetch(`${url}/status`, signedPost("/status", form))).status).toBe(200);
    expect(calls).toEqual([{ part: "callStatus", given: { callSid, progress: "completed", sequence: 3 } }]);
  });

  test("of neither is refused, and of a new kind is passed over", async () => {
    const { url, calls } = await startServer();
    expect((await fetch(`${url}/status`, signedPost("/status", { AccountSid: accountSid }))).status).toBe(400);
    const form = { MessageSid: sid, AccountSid: accountSid, MessageStatus: "partially_delivered" };
    expect((await fetch(`${url}/status`, signedPost("/status", form))).status).toBe(200);
    expect(calls).toEqual([]);
  });

  test("is to be repeated when the ledger does not answer", async () => {
    const { url } = await startServer({ callStatus: unavailable });
    expect((await fetch(`${url}/status`, signedPost("/status", call))).status).toBe(503);
  });
});

describe("what is open to all", () => {
  test("is whether the process lives", async () => {
    const { url } = await startServer();
    const response = await fetch(`${url}/health`);
    expect(response.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(await response.json()).toEqual({ status: "ok", timestamp: "2026-11-21T12:00:00.000Z", version: "1.2.3" });
    expect((await fetch(`${url}/health`, { method: "HEAD" })).status).toBe(200);
  });

  test("is whether it can work, thing by thing", async () => {
    const good = await startServer();
    expect((await fetch(`${good.url}/ready`)).status).toBe(200);
    const checks = [
      { name: "ledger", ok: true },
      { name: "dispatch", ok: false, problem: "not started" },
    ];
    const bad = await startServer({ ready: async () => checks });
    const response = await fetch(`${bad.url}/ready`);
    expect([response.status, await response.json()]).toEqual([503, { status: "not_ready", checks }]);
    const broken = await startServer({ ready: unavailable });
    expect((await fetch(`${broken.url}/ready`)).status).toBe(503);
  });

  test("is what answers here", async () => {
    const { url } = await startServer();
    expect(await (await fetch(`${url}/status`)).json()).toMatchObject({
      mode: "simulator",
      model: { name: "offline", offline: true },
    });
  });
});

test("whoever wants to know is told of every answer, by its route and without its query", async () => {
  const answered: unknown[] = [];
  const { url } = await startServer({ onAnswered: (request) => answered.push(request) });
  await fetch(`${url}/health?from=+14155550100`);
  await expect.poll(() => answered).toEqual([{ route: "/health", status: 200, ms: expect.any(Number) }]);
});

describe("a request that fits nothing", () => {
  test.each([
    ["GET", "/nothing"],
    ["POST", "/nothing"],
    ["DELETE", "/sms"],
    ["GET", "/sms"],
    ["POST", "//sms"],
    ["POST", "/sms/"],
  ])("%s %s is told so", async (method, path) => {
    const { url } = await startServer();
    const response = await fetch(url + path, { method });
    expect(response.status).toBe(404);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await response.json()).toMatchObject({ title: "Not Found", status: 404, code: "not_found" });
  });

  test("because of its body is told so: too large, or no form", async () => {
    const { url, calls } = await startServer();
    const large = await fetch(`${url}/sms`, signedPost("/sms", { ...text, Body: "x".repeat(66_000) }));
    expect([large.status, await large.json()]).toMatchObject([413, { code: "body_too_large" }]);
    const json = await fetch(`${url}/sms`, {
      method: "POST",
      body: "{}",
      headers: { "content-type": "application/json", "x-twilio-signature": "made up" },
    });
    expect([json.status, await json.json()]).toMatchObject([415, { code: "media_type_unsupported" }]);
    const none = await fetch(`${url}/sms`, { method: "POST", body: Buffer.from("a=1"), headers: {} });
    // Whoever does not even sign is told nothing else.
    expect(none.status).toBe(403);
    expect(calls).toEqual([]);
  });

  test("because its address cannot be decoded is told so", async () => {
    const { url } = await startServer();
    expect((await fetch(`${url}/%zz`)).status).toBe(400);
  });

  test("leaves no trace of who wrote what in the log", async () => {
    const { url, entries } = await startServer({ acceptText: unavailable });
    await fetch(`${url}/sms`, signedPost("/sms", { ...text, NumMedia: "+14155550100" }));
    await fetch(`${url}/sms?from=+14155550100`, signedPost("/sms", text));
    await fetch(`${url}/sms`, signedPost("/sms", { ...text, Body: "x".repeat(66_000) }));
    expect(entries.map((entry) => entry.event)).toEqual(["request_refused", "request_refused", "request_refused"]);
    expect(JSON.stringify(entries)).not.toMatch(/4155550100|Hello|signature:/u);
  });
});
