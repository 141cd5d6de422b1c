import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { verify } from "../channels/twilio/signature.ts";
import type { Line } from "./line.ts";
import { realTime } from "./time.ts";
import { type FakeTwilio, startFakeTwilio } from "./twilio.ts";

const accountSid = `AC${"0".repeat(32)}`;
const authToken = "0123456789abcdef0123456789abcdef";
const line: Line = { accountSid, authToken, publicUrl: "http://127.0.0.1:9", time: realTime(Infinity) };
const to = "+14155550100";

function send(twilio: FakeTwilio, form: Readonly<Record<string, string>>, password = authToken): Promise<Response> {
  return fetch(`${twilio.url}/2010-04-01/Accounts/${accountSid}/Messages.json`, {
    method: "POST",
    headers: { authorization: `Basic ${Buffer.from(`${accountSid}:${password}`).toString("base64")}` },
    body: new URLSearchParams({ To: to, From: "+14155550199", Body: "Hello", ...form }),
  });
}

async function list(twilio: FakeTwilio, query: string): Promise<{ readonly messages: readonly unknown[] }> {
  const headers = { authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString("base64")}` };
  const response = await fetch(`${twilio.url}/2010-04-01/Accounts/${accountSid}/Messages.json?${query}`, { headers });
  // The played API answers with Twilio's list.
  return (await response.json()) as { readonly messages: readonly unknown[] };
}

/** A server that takes status callbacks. */
async function listener(): Promise<
  AsyncDisposable & {
    readonly url: string;
    readonly seen: readonly { readonly status: string | undefined; readonly signed: boolean }[];
  }
> {
  const seen: { status: string | undefined; signed: boolean }[] = [];
  let url = "";
  const server = createServer((request, response) => {
    text(request).then(
      (body) => {
        const form = Object.fromEntries(new URLSearchParams(body));
        const signature = String(request.headers["x-twilio-signature"]);
        const signed = verify(signature, { tokens: [authToken], url: url + (request.url ?? ""), form });
        seen.push({ status: form["MessageStatus"], signed });
        response.end();
      },
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  return {
    url,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe("the played REST API", () => {
  test("accepts a message and shows it on the list of its number and day", async () => {
    await using twilio = await startFakeTwilio({ line });
    const response = await send(twilio, {});
    expect(response.status).toBe(201);
    const { sid } = await twilio.waitForMessage((message) => message.to === to);
    expect(await response.json()).toMatchObject({ sid, body: "Hello", status: "queued" });
    const today = new Date().toISOString().slice(0, 10);
    expect((await list(twilio, `To=${encodeURIComponent(to)}&DateSent%3E=${today}`)).messages).toMatchObject([
      { sid, body: "Hello", direction: "outbound-api" },
    ]);
    expect((await list(twilio, "To=%2B14155550111")).messages).toEqual([]);
    expect((await list(twilio, "DateSent%3C=2020-01-01")).messages).toEqual([]);
  });

  test.each([
    [401, 20003, {}, "wrong"],
    [400, 21211, { To: "nobody" }, authToken],
    [400, 21617, { Body: "x".repeat(1601) }, authToken],
    [400, 21602, { Body: "" }, authToken],
  ])("answers %i %i", async (...[status, code, form, password]) => {
    await using twilio = await startFakeTwilio({ line });
    const response = await send(twilio, form, password);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code, status });
    expect(twilio.messages.entries).toEqual([]);
  });

  test("misbehaves as planned, once each, in order", async () => {
    await using twilio = await startFakeTwilio({ line });
    twilio.plan(
      { kind: "answer", status: 429, code: 20429, retryAfterSeconds: 2 },
      { kind: "answer", status: 500, code: 20500 },
    );
    const first = await send(twilio, {});
    expect([first.status, first.headers.get("retry-after")]).toEqual([429, "2"]);
    expect((await send(twilio, {})).status).toBe(500);
    expect((await send(twilio, {})).status).toBe(201);
    expect(twilio.requests.entries.map(({ status }) => status)).toEqual([429, 500, 201]);
    expect(twilio.messages.entries).toHaveLength(1);
  });

  test("accepts and loses the answer", async () => {
    await using twilio = await startFakeTwilio({ line });
    twilio.plan({ kind: "drop_answer" });
    await expect(send(twilio, {})).rejects.toThrow("fetch failed");
    expect((await list(twilio, "")).messages).toHaveLength(1);
  });

  test("loses the request", async () => {
    await using twilio = await startFakeTwilio({ line });
    twilio.plan({ kind: "drop_request" });
    await expect(send(twilio, {})).rejects.toThrow("fetch failed");
    expect(twilio.messages.entries).toEqual([]);
  });

  test("refuses a number for good", async () => {
    await using twilio = await startFakeTwilio({ line });
    twilio.refuse(to, 21610);
    expect(await (await send(twilio, {})).json()).toMatchObject({ code: 21610, status: 400 });
    expect((await send(twilio, { To: "+14155550101" })).status).toBe(201);
  });

  test("shows a typing indicator", async () => {
    await using twilio = await startFakeTwilio({ line });
    const headers = { authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString("base64")}` };
    const response = await fetch(`${twilio.url}/v2/Indicators/Typing.json`, {
      method: "POST",
      headers,
      body: new URLSearchParams({ channel: "whatsapp", messageId: "SM1" }),
    });
    expect(await response.json()).toEqual({ success: true });
  });
});

describe("status callbacks", () => {
  test.each([
    ["in_order", ["queued", "sent", "delivered"]],
    ["reversed", ["delivered", "sent", "queued"]],
    ["duplicated", ["queued", "queued", "sent", "sent", "delivered", "delivered"]],
    ["silent", []],
  ] as const)("come %s, signed over the whole address", async (order, expected) => {
    await using server = await listener();
    await using twilio = await startFakeTwilio({ line });
    twilio.order(order);
    await send(twilio, { StatusCallback: `${server.url}/status?id=out_1` });
    await twilio.settled();
    expect(server.seen.map(({ status }) => status)).toEqual(expected);
    expect(server.seen.every(({ signed }) => signed)).toBe(true);
  });

  test("tell why a message did not arrive", async () => {
    await using server = await listener();
    await using twilio = await startFakeTwilio({ line });
    twilio.decide(to, "undelivered", "30003");
    await send(twilio, { StatusCallback: `${server.url}/status` });
    await twilio.settled();
    expect(server.seen.at(-1)?.status).toBe("undelivered");
    expect((await list(twilio, "")).messages).toMatchObject([{ status: "undelivered", error_code: 30003 }]);
  });

  test("that nobody takes are no fault", async () => {
    await using twilio = await startFakeTwilio({ line });
    await send(twilio, { StatusCallback: "http://127.0.0.1:9/status" });
    await twilio.settled();
    expect(twilio.callbacks.entries.every(({ answer }) => answer === undefined)).toBe(true);
  });
});
