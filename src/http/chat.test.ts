import { describe, expect, test } from "vitest";
import { startServer, type RunningServer } from "../../test/support/http-server.ts";
import { movableClock } from "../../test/support/movable-clock.ts";
import { ContinuoError } from "../core/errors.ts";
import { tenantId } from "../core/ids.ts";
import type { ChatEvent, ChatParts, Visitor } from "./chat-parts.ts";

const acme = tenantId("acme");
const john: Visitor = { id: "0".repeat(32), tenant: acme };
const shop = "https://shop.example";
const state = { answeredBy: "agent", session: "NEW", proven: false } as const;

function chatOf(changed: Partial<ChatParts> = {}): ChatParts {
  return {
    face: (name) =>
      name === undefined || name === "acme" ? { tenant: acme, name: "Acme", origins: [shop], proof: true } : undefined,
    hello: async () => "new-token",
    visitor: async (_tenant, token) => (token === "good" ? john : undefined),
    accept: async () => ({ kind: "accepted" }),
    history: async () => ({ lines: [], lastEventId: "0", state }),
    events: async () => "too_many",
    sendCode: async () => ({ kind: "sent", expiresInMs: 600_000 }),
    confirmCode: async () => ({ kind: "proven" }),
    ...changed,
  };
}

async function serve(changed: Partial<ChatParts> = {}): Promise<RunningServer> {
  return await startServer({ chat: chatOf(changed), clock: movableClock() });
}

function json(body: unknown, headers: Readonly<Record<string, string>> = {}): RequestInit {
  return {
    method: "POST",
    body: typeof body === "string" ? body : JSON.stringify(body),
    headers: { "content-type": "application/json", authorization: "Bearer good", ...headers },
  };
}

const message = { id: "message-1", text: "Hello" };

describe("the border", () => {
  test.each([
    ["no JSON", "{", [400, "the body is not JSON"]],
    ["another kind of value", "[]", [400, "bad_request"]],
    ["null", "null", [400, "id:"]],
    ["a text that says nothing", { ...message, text: " \n " }, [400, "text: must say something"]],
    ["a text that is too long", { ...message, text: "a".repeat(4_001) }, [400, "text: at most 4000 characters"]],
    ["no id", { text: "Hello" }, [400, "id:"]],
    ["an id of another shape", { ...message, id: "../../etc" }, [400, "id: 8 to 64 letters"]],
    ["an id that is no text", { ...message, id: 12_345_678 }, [400, "id:"]],
    ["more than 16 KiB", { ...message, text: "a".repeat(17_000) }, [413, "16 KiB"]],
  ] as const)("refuses %s, and says what is wrong", async (_what, body, [status, told]) => {
    const { url } = await serve();
    const response = await fetch(`${url}/chat/messages`, json(body));
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await response.text()).toContain(told);
  });

  test("takes JSON and nothing else, and never lets a prototype in", async () => {
    const { url } = await serve();
    const form = await fetch(`${url}/chat/messages`, {
      method: "POST",
      body: new URLSearchParams(message),
      headers: { authorization: "Bearer good" },
    });
    expect(form.status).toBe(415);
    expect(await form.json()).toMatchObject({
      code: "media_type_unsupported",
      detail: "The body must be application/json.",
    });
    const polluted = `{"__proto__": {"id": "message-1"}, "text": "Hello"}`;
    expect((await fetch(`${url}/chat/messages`, json(polluted))).status).toBe(400);
    const other = await fetch(`${url}/sms`, json({}));
    expect(other.status).toBe(403);
  });

  test.each(["messages", "events", "code", "code/confirm"])("asks for a token at %s", async (path) => {
    const { url } = await serve();
    const posted = path.startsWith("code");
    for (const authorization of ["", "Bearer", "Bearer bad", "Basic good", "Bearer good good"]) {
      const response = await fetch(
        `${url}/chat/${path}?token=good`,
        posted ? json({}, { authorization }) : { headers: { authorization } },
      );
      expect(response.status).toBe(401);
      expect(response.headers.get("www-authenticate")).toBe("Bearer");
      expect(await response.json()).toMatchObject({ code: "unauthorised" });
    }
  });

  test("knows no chat of a tenant that has none", async () => {
    const { url } = await serve();
    for (const tenant of ["nobody", "__proto__", "acme&tenant=acme", ""])
      expect((await fetch(`${url}/chat/hello?tenant=${tenant}`, json({}))).status).toBe(404);
    expect((await fetch(`${url}/chat?tenant=nobody`)).status).toBe(404);
    expect((await fetch(`${url}/chat/hello?tenant=acme`, json({}))).status).toBe(200);
  });

  test("answers with 503 when the ledger is away, and tells nothing of it", async () => {
    const { url, entries } = await serve({
      async accept() {
        throw new ContinuoError("ledger_unavailable", "the file is locked");
      },
    });
    const response = await fetch(`${url}/chat/messages`, json(message));
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "5"]);
    expect(await response.text()).not.toContain("locked");
    expect(entries).toMatchObject([{ event: "request_failed", route: "/chat/messages" }]);
  });
});

describe("pages of other origins", () => {
  test("are let in where the tenant allows it", async () => {
    const { url } = await serve();
    const asked = await fetch(`${url}/chat/messages?tenant=acme`, {
      method: "OPTIONS",
      headers: { origin: shop, "access-control-request-method": "POST" },
    });
    expect(asked.status).toBe(204);
    expect(asked.headers.get("access-control-allow-origin")).toBe(shop);
    expect(asked.headers.get("access-control-allow-headers")).toContain("authorization");
    expect(asked.headers.get("access-control-allow-credentials")).toBeNull();
    const posted = await fetch(`${url}/chat/messages`, json(message, { origin: shop }));
    expect([posted.status, posted.headers.get("access-control-allow-origin"), posted.headers.get("vary")]).toEqual([
      202,
      shop,
      "origin",
    ]);
    const refused = await fetch(`${url}/chat/messages`, json({}, { origin: shop }));
    expect([refused.status, refused.headers.get("access-control-allow-origin")]).toEqual([400, shop]);
  });

  test("are refused elsewhere, which our own never are", async () => {
    const { url, port } = await serve();
    for (const origin of ["https://evil.example", "null", "https://shop.example.evil", "http://shop.example", "x"]) {
      const response = await fetch(`${url}/chat/hello`, json({}, { origin }));
      expect(response.status).toBe(403);
      expect(response.headers.get("access-control-allow-origin")).toBeNull();
      expect(await response.json()).toMatchObject({
        code: "forbidden",
        detail: expect.stringContaining("chat.origins"),
      });
    }
    for (const origin of [`http://127.0.0.1:${port}`, "https://support.example.com"])
      expect((await fetch(`${url}/chat/hello`, json({}, { origin }))).status).toBe(200);
  });

  test("may be any where the tenant says so", async () => {
    const { url } = await serve({ face: () => ({ tenant: acme, origins: ["*"], proof: false }) });
    const response = await fetch(`${url}/chat/hello`, json({}, { origin: "https://any.example" }));
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
  });
});

describe("a visitor", () => {
  test("is given a token, keeps a good one, and is told of a younger one wherever it is used", async () => {
    const { url } = await serve({ visitor: async () => ({ ...john, renewed: "younger" }) });
    const known = await fetch(`${url}/chat/hello`, json({}));
    expect(await known.json()).toEqual({ known: true, name: "Acme", proof: true, token: "younger" });
    const sent = await fetch(`${url}/chat/messages`, json(message));
    expect(sent.headers.get("chat-token")).toBe("younger");
    const fresh = await serve();
    const hello = await fetch(`${fresh.url}/chat/hello`, { method: "POST" });
    expect(await hello.json()).toEqual({ known: false, name: "Acme", proof: true, token: "new-token" });
    expect(hello.headers.get("cache-control")).toBe("no-store");
  });

  test("who is new counts for the network, and too many of them wait", async () => {
    const { url } = await serve();
    const statuses: number[] = [];
    for (let n = 0; n < 31; n += 1) statuses.push((await fetch(`${url}/chat/hello`, { method: "POST" })).status);
    expect([statuses[29], statuses[30]]).toEqual([200, 429]);
    const limited = await fetch(`${url}/chat/hello`, { method: "POST" });
    expect(Number(limited.headers.get("retry-after"))).toBeGreaterThan(50);
    expect((await fetch(`${url}/chat/hello`, json({}))).status).toBe(200);
  });

  test("is told what became of a message", async () => {
    for (const [accepted, told] of [
      [{ kind: "accepted" }, { status: "accepted" }],
      [{ kind: "duplicate" }, { status: "duplicate" }],
      [
        { kind: "kept", reason: "limited" },
        { status: "kept", reason: "limited" },
      ],
    ] as const) {
      const { url } = await serve({ accept: async () => accepted });
      const response = await fetch(`${url}/chat/messages`, json(message));
      expect([response.status, await response.json()]).toEqual([202, { id: "message-1", ...told }]);
    }
  });

  test("reads what was said, in pages of a sensible size", async () => {
    const asked: unknown[] = [];
    const { url } = await serve({
      async history(_visitor, page) {
        asked.push(page);
        return { lines: [], lastEventId: "0", state };
      },
    });
    const headers = { authorization: "Bearer good" };
    await fetch(`${url}/chat/messages`, { headers });
    await fetch(`${url}/chat/messages?before=7&limit=3`, { headers });
    expect(asked).toEqual([{ limit: 50 }, { limit: 3, before: 7 }]);
    for (const query of [
      "limit=0",
      "limit=101",
      "limit=a",
      "before=-1",
      "before=1.5",
      "before=1&before=2",
      "before=9e99",
    ])
      expect((await fetch(`${url}/chat/messages?${query}`, { headers })).status).toBe(400);
  });
});

describe("a code", () => {
  test.each([
    [{ kind: "sent", expiresInMs: 600_000 }, 202, { status: "sent", expiresInSeconds: 600 }],
    [{ kind: "proven" }, 200, { status: "proven" }],
    [{ kind: "other_number" }, 200, { status: "other_number" }],
    [{ kind: "unavailable" }, 200, { status: "unavailable" }],
    [{ kind: "bad_number" }, 400, { code: "bad_request" }],
  ] as const)("that is wanted is answered with %j", async (sent, status, body) => {
    const { url } = await serve({ sendCode: async () => sent });
    const response = await fetch(`${url}/chat/code`, json({ phone: "+14155550100" }));
    expect([response.status, await response.json()]).toMatchObject([status, body]);
  });

  test("that is wanted too often is to be asked for later", async () => {
    const { url } = await serve({ sendCode: async () => ({ kind: "limited", retryAt: Date.now() + 90_000 }) });
    const response = await fetch(`${url}/chat/code`, json({ phone: "+14155550100" }));
    expect(response.status).toBe(429);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(80);
  });

  test("names the page's host, for browsers that fill it in", async () => {
    const wishes: unknown[] = [];
    const { url } = await serve({
      async sendCode(_visitor, wish) {
        wishes.push(wish);
        return { kind: "sent", expiresInMs: 1 };
      },
    });
    await fetch(`${url}/chat/code`, json({ phone: "1" }, { origin: shop }));
    await fetch(`${url}/chat/code`, json({ phone: "1" }));
    expect(wishes).toMatchObject([{ host: "shop.example", network: "127.0.0.1" }, { host: "support.example.com" }]);
  });

  test.each([
    [{ kind: "proven" }, 200, { status: "proven" }],
    [{ kind: "wrong" }, 200, { status: "wrong" }],
    [{ kind: "too_many" }, 200, { status: "too_many" }],
    [{ kind: "busy", proof: "p" }, 202, { status: "busy", proof: "p" }],
    [{ kind: "bad_number" }, 400, { code: "bad_request" }],
  ] as const)("that was typed is answered with %j", async (confirmed, status, body) => {
    const { url } = await serve({ confirmCode: async () => confirmed });
    const response = await fetch(`${url}/chat/code/confirm`, json({ phone: "1", code: "123456" }));
    expect([response.status, await response.json()]).toMatchObject([status, body]);
  });
});

describe("the stream of events", () => {
  const headers = { authorization: "Bearer good" };

  test("is told as server-sent events, with an id where they can be told again", async () => {
    const line = { id: "out_1", who: "agent", text: "Line one\nLine two", at: 1, channel: "web" } as const;
    const events: readonly ChatEvent[] = [
      { kind: "state", state },
      { kind: "typing" },
      { kind: "delta", turn: "turn_1", text: "Line" },
      { kind: "reset", turn: "turn_1" },
      { kind: "message", eventId: "out_1", line },
      { kind: "message", line: { ...line, id: "m", who: "customer" } },
    ];
    const asked: unknown[] = [];
    const { url } = await serve({
      async events(_visitor, { lastEventId }) {
        asked.push(lastEventId);
        return of(events);
      },
    });
    const response = await fetch(`${url}/chat/events`, { headers: { ...headers, "last-event-id": "out_0" } });
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect(response.headers.get("cache-control")).toContain("no-transform");
    expect(asked).toEqual(["out_0"]);
    expect((await response.text()).split("\n\n")).toEqual([
      "retry: 2000",
      `event: state\ndata: ${JSON.stringify(state)}`,
      "event: typing\ndata: {}",
      `event: delta\ndata: {"turn":"turn_1","text":"Line"}`,
      `event: reset\ndata: {"turn":"turn_1"}`,
      `id: out_1\nevent: message\ndata: ${JSON.stringify(line)}`,
      `event: message\ndata: ${JSON.stringify({ ...line, id: "m", who: "customer" })}`,
      "",
    ]);
  });

  test("says that it is still there, and ends with the page or the server", async () => {
    const clock = movableClock();
    const signals: AbortSignal[] = [];
    const chat = chatOf({
      async events(_visitor, { signal }) {
        signals.push(signal);
        return until(signal);
      },
    });
    const { url, server } = await startServer({ chat, clock });
    const page = new AbortController();
    const first = await fetch(`${url}/chat/events`, { headers, signal: page.signal });
    const reader = first.body?.getReader();
    await reader?.read();
    clock.advance(15_000);
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe(": still here\n\n");
    page.abort();
    await expect.poll(() => signals[0]?.aborted).toBe(true);

    const second = await fetch(`${url}/chat/events`, { headers });
    const rest = second.text();
    await server[Symbol.asyncDispose]();
    expect(await rest).toBe("retry: 2000\n\n");
    expect(signals[1]?.aborted).toBe(true);
  });

  test("is refused for a while to whoever has too many", async () => {
    const { url } = await serve();
    const response = await fetch(`${url}/chat/events`, { headers });
    expect([response.status, response.headers.get("retry-after")]).toEqual([429, "30"]);
  });
});

describe("the widget", () => {
  test("is a script for every page, told anew only when it changed", async () => {
    const { url } = await serve();
    const response = await fetch(`${url}/chat/widget.js`, { headers: { origin: "https://any.example" } });
    expect(response.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(response.headers.get("cache-control")).toContain("max-age=600");
    const text = await response.text();
    const plain = await fetch(`${url}/chat/widget.js`, { headers: { "accept-encoding": "identity" } });
    expect([plain.headers.get("content-encoding"), await plain.text()]).toEqual([null, text]);
    const tag = response.headers.get("etag") ?? "";
    const again = await fetch(`${url}/chat/widget.js`, { headers: { "if-none-match": tag } });
    expect([again.status, await again.text()]).toEqual([304, ""]);
  });

  test("can be tried out on a page that allows nothing but it", async () => {
    const { url } = await serve();
    const page = await fetch(`${url}/chat?tenant=acme`);
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'; script-src 'self'");
    expect(await page.text()).toContain(`<script async src="chat/widget.js" data-tenant="acme"></script>`);
    expect((await fetch(`${url}/chat/page.css`)).headers.get("content-type")).toBe("text/css; charset=utf-8");
  });
});

async function* of(events: readonly ChatEvent[]): AsyncGenerator<ChatEvent> {
  yield* events;
}

async function* until(signal: AbortSignal): AsyncGenerator<ChatEvent> {
  await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  yield* [];
}
