import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { parse } from "node:querystring";
import { text } from "node:stream/consumers";
import { setTimeout as after } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { outboxId } from "../../core/ids.ts";
import type { Clock } from "../../core/ports/clock.ts";
import { twilioClient, type TwilioClient, type TwilioClientOptions } from "./client.ts";

const clock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    await after(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  },
};
const accountSid = `AC${"0".repeat(32)}`;
const sid = `SM${"1".repeat(32)}`;
const message = { outboxId: outboxId("out_1"), to: "+14155550100", from: "+14155550199", body: "Hello & goodbye" };
const forever = new AbortController().signal;

interface Seen {
  readonly request: IncomingMessage;
  readonly form: ReturnType<typeof parse>;
}

/** A provider that answers as told, and a client that talks to it. */
async function provider(
  answer: (response: ServerResponse, seen: Seen) => void,
  options: Partial<TwilioClientOptions> = {},
): Promise<{ client: TwilioClient; seen: Seen[]; url: string }> {
  const seen: Seen[] = [];
  const server = await listening((request, response) => {
    text(request)
      .then((body) => {
        const one = { request, form: parse(body) };
        seen.push(one);
        answer(response, one);
      })
      .catch(() => response.destroy());
  });
  return { client: clientOf(server, options), seen, url: server };
}

async function listening(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return typeof address === "object" && address !== null ? `http://127.0.0.1:${address.port}` : "";
}

function clientOf(base: string, options: Partial<TwilioClientOptions> = {}): TwilioClient {
  return twilioClient({
    accountSid,
    authToken: "secret",
    apiBaseUrl: `${base}/`,
    messagingBaseUrl: base,
    publicUrl: "https://support.example.com/",
    clock,
    ...options,
  });
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

describe("sending", () => {
  test("posts the message with its addresses and a callback that names the outbox row", async () => {
    const { client, seen } = await provider((response) => json(response, 201, { sid, status: "queued" }));
    expect(await client.send(message, forever)).toEqual({ kind: "sent", providerId: sid });
    expect(seen[0]?.request.url).toBe(`/2010-04-01/Accounts/${accountSid}/Messages.json`);
    expect(seen[0]?.request.method).toBe("POST");
    expect({ ...seen[0]?.form }).toEqual({
      To: message.to,
      From: message.from,
      Body: message.body,
      StatusCallback: "https://support.example.com/status?outbox=out_1",
    });
  });

  test("uses the API key when there is one, else the account", async () => {
    const { client, seen, url } = await provider((response) => json(response, 201, { sid }));
    await client.send(message, forever);
    await clientOf(url, { apiKey: { sid: "SK1", secret: "hush" } }).send(message, forever);
    const used = seen.map(({ request }) =>
      Buffer.from(request.headers.authorization?.slice(6) ?? "", "base64").toString(),
    );
    expect(used).toEqual([`${accountSid}:secret`, "SK1:hush"]);
  });

  test.each([
    [400, 21610, { kind: "refused", code: "21610", reason: "opted_out" }],
    [400, 21211, { kind: "refused", code: "21211", reason: "bad_address" }],
    [400, 21614, { kind: "refused", code: "21614", reason: "bad_address" }],
    [403, 21408, { kind: "refused", code: "21408", reason: "not_allowed" }],
    [400, 21606, { kind: "refused", code: "21606", reason: "misconfigured" }],
    [401, 20003, { kind: "refused", code: "20003", reason: "misconfigured" }],
    [400, 21617, { kind: "refused", code: "21617", reason: "other" }],
    [400, 99999, { kind: "refused", code: "99999", reason: "other" }],
    [429, 20429, { kind: "retry", code: "20429" }],
    [400, 21611, { kind: "retry", code: "21611" }],
    [500, 20500, { kind: "retry", code: "20500" }],
    [503, 20503, { kind: "retry", code: "20503" }],
  ])("an answer of %i with code %i", async (status, code, outcome) => {
    const { client } = await provider((response) => json(response, status, { code, message: "no", status }));
    expect(await client.send(message, forever)).toEqual(outcome);
  });

  test.each([
    [401, { kind: "refused", code: "http_401", reason: "misconfigured" }],
    [404, { kind: "refused", code: "http_404", reason: "misconfigured" }],
    [418, { kind: "refused", code: "http_418", reason: "other" }],
    [502, { kind: "retry", code: "http_502" }],
    [504, { kind: "ambiguous", code: "http_504" }],
  ])("an answer of %i that is no JSON", async (status, outcome) => {
    const { client } = await provider((response) => response.writeHead(status).end("<html>"));
    expect(await client.send(message, forever)).toEqual(outcome);
  });

  test("waits as long as it is asked to, in seconds or until a date, an hour at most", async () => {
    const waits = ["7", "0", new Date(Date.now() + 60_000).toUTCString(), "99999999", "soon"];
    const { client } = await provider((response) =>
      json(response.setHeader("retry-after", waits.shift() ?? ""), 429, { code: 20429 }),
    );
    expect(await client.send(message, forever)).toEqual({ kind: "retry", code: "20429", afterMs: 7_000 });
    expect(await client.send(message, forever)).toEqual({ kind: "retry", code: "20429", afterMs: 0 });
    const dated = await client.send(message, forever);
    expect(
      dated.kind === "retry" && dated.afterMs !== undefined && dated.afterMs > 50_000 && dated.afterMs <= 60_000,
    ).toBe(true);
    expect(await client.send(message, forever)).toEqual({ kind: "retry", code: "20429", afterMs: 3_600_000 });
    expect(await client.send(message, forever)).toEqual({ kind: "retry", code: "20429" });
  });

  test("a server that nobody runs was not asked, so it may be tried again", async () => {
    const closed = createServer().listen(0, "127.0.0.1");
    await once(closed, "listening");
    const address = closed.address();
    closed.close();
    await once(closed, "close");
    const port = typeof address === "object" ? address?.port : 0;
    expect(await clientOf(`http://127.0.0.1:${port}`).send(message, forever)).toEqual({
      kind: "retry",
      code: "ECONNREFUSED",
    });
    expect(await clientOf(`http://localhost:${port}`).send(message, forever)).toEqual({
      kind: "retry",
      code: "ECONNREFUSED",
    });
    expect((await clientOf("http://no-such-host.invalid").send(message, forever)).kind).toBe("retry");
  });

  test("an answer that is lost leaves it open whether the message was accepted", async () => {
    const { client } = await provider((response) => response.destroy());
    expect((await client.send(message, forever)).kind).toBe("ambiguous");
  });

  test("so does an answer that comes too late, or is given up", async () => {
    const { client, seen } = await provider(() => undefined, { timeoutMs: 50 });
    expect((await client.send(message, forever)).kind).toBe("ambiguous");
    const giveUp = new AbortController();
    const sending = client.send(message, giveUp.signal);
    await expect.poll(() => seen.length).toBe(2);
    giveUp.abort();
    expect((await sending).kind).toBe("ambiguous");
  });

  test("a request that was given up before it began was not made", async () => {
    const { client, seen } = await provider((response) => json(response, 201, { sid }));
    expect(await client.send(message, AbortSignal.abort())).toEqual({ kind: "retry", code: "aborted" });
    expect(seen).toEqual([]);
  });

  test.each(["{", "{}", '{"sid":""}', "null", "<html>", `{"sid":"${sid}","pad":"${"x".repeat(70_000)}"}`])(
    "an acceptance that cannot be read (%#) is in doubt",
    async (body) => {
      const { client } = await provider((response) => response.writeHead(201).end(body));
      expect(await client.send(message, forever)).toEqual({ kind: "ambiguous", code: "unreadable_answer" });
    },
  );

  test("an acceptance that breaks off is in doubt", async () => {
    const { client } = await provider((response) => {
      response.writeHead(201, { "content-length": "1000" }).write('{"sid":');
      response.socket?.end();
    });
    expect(await client.send(message, forever)).toEqual({ kind: "ambiguous", code: "unreadable_answer" });
  });

  test("a redirect is not followed, and takes no credentials anywhere", async () => {
    const elsewhere = await provider((response) => json(response, 201, { sid }));
    const { client } = await provider((response) => response.writeHead(307, { location: `${elsewhere.url}/x` }).end());
    expect(await client.send(message, forever)).toEqual({ kind: "refused", code: "http_307", reason: "misconfigured" });
    expect(elsewhere.seen).toEqual([]);
  });

  test("something that does not speak HTTP is no reason to fail", async () => {
    const base = await listening((_request, response) => {
      response.socket?.end("nonsense\r\n\r\n");
    });
    expect((await clientOf(base).send(message, forever)).kind).toBe("ambiguous");
  });
});

describe("looking for a message whose answer was lost", () => {
  const since = Date.parse("2026-11-21T00:00:10Z");
  const sought = { to: message.to, from: message.from, body: message.body, since };
  const entry = { sid, body: message.body, date_created: "Sat, 21 Nov 2026 00:00:11 +0000", direction: "outbound-api" };

  test("asks for messages between the two addresses since the day before", async () => {
    const { client, seen } = await provider((response) => json(response, 200, { messages: [entry] }));
    expect(await client.find(sought, forever)).toEqual({ kind: "found", providerId: sid });
    const asked = new URL(seen[0]?.request.url ?? "", "http://x");
    expect(Object.fromEntries(asked.searchParams)).toEqual({
      To: message.to,
      From: message.from,
      "DateSent>": "2026-11-20",
      PageSize: "100",
    });
  });

  test.each([
    ["there is none", [], "absent"],
    [
      "only an earlier one has the same words",
      [{ ...entry, date_created: "Fri, 20 Nov 2026 23:00:00 +0000" }],
      "absent",
    ],
    ["only one with other words is there", [{ ...entry, body: "Something else" }], "absent"],
    [
      "a trial account put a sentence before it",
      [{ ...entry, body: `Sent from your Twilio trial account - ${message.body}` }],
      "found",
    ],
    ["a time cannot be read", [{ ...entry, date_created: "?" }], "found"],
  ])("when %s", async (_case, messages, kind) => {
    const { client } = await provider((response) => json(response, 200, { messages, next_page_uri: null }));
    expect((await client.find(sought, forever)).kind).toBe(kind);
  });

  test("finds it although Twilio's clock is behind", async () => {
    const now = Date.now();
    const late = { ...entry, date_created: new Date(now - 300_000).toUTCString() };
    const { client } = await provider((response) =>
      json(response.setHeader("date", new Date(now - 300_000).toUTCString()), 200, { messages: [late] }),
    );
    expect((await client.find({ ...sought, since: now }, forever)).kind).toBe("found");
  });

  test("cannot tell when there are more messages than one page holds, or no answer", async () => {
    const other = { ...entry, body: "Something else" };
    const full = await provider((response) => json(response, 200, { messages: [other], next_page_uri: "/more" }));
    expect(await full.client.find(sought, forever)).toEqual({ kind: "unclear", code: "too_many_messages" });
    const down = await provider((response) => json(response, 503, {}));
    expect(await down.client.find(sought, forever)).toEqual({ kind: "unclear", code: "http_503" });
    const odd = await provider((response) => json(response, 200, { messages: "none" }));
    expect(await odd.client.find(sought, forever)).toEqual({ kind: "unclear", code: "unreadable_answer" });
  });
});

describe("the typing indicator", () => {
  test("names the message that is being answered", async () => {
    const { client, seen } = await provider((response) => json(response, 200, { success: true }));
    await client.typing(sid, forever);
    expect(seen[0]?.request.url).toBe("/v2/Indicators/Typing.json");
    expect({ ...seen[0]?.form }).toEqual({ channel: "whatsapp", messageId: sid });
  });

  test("is no reason to fail", async () => {
    const { client } = await provider((response) => response.destroy());
    await expect(client.typing(sid, forever)).resolves.toBeUndefined();
  });
});
