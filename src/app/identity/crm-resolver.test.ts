import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { describe, expect, onTestFinished, test } from "vitest";
import { startCrmServer } from "../../../examples/custom-resolvers/crm-server.ts";
import { tenantId } from "../../core/ids.ts";
import type { Resolved } from "../../core/ports/resolver.ts";
import { crmResolver } from "./crm-resolver.ts";

const JOHN = "+14155550100";
const tenant = tenantId("acme");

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** A database that answers everything in one way. */
async function database(answer: (response: ServerResponse) => void) {
  const seen: Seen[] = [];
  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += String(chunk);
    seen.push({ method: request.method, url: request.url, headers: request.headers, body });
    answer(response);
  }
  const server = createServer((request, response) => void take(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`, seen };
}

function json(body: unknown): (response: ServerResponse) => void {
  return (response) => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
}

async function asks(baseUrl: string, signal = new AbortController().signal): Promise<Resolved | undefined> {
  return await crmResolver({ baseUrl, apiKey: "secret-key" })({ tenant, address: JOHN, channel: "sms" }, signal);
}

describe("the resolver crm", () => {
  test("asks for a number with the key, and says who has it", async () => {
    const { url, seen } = await database(json({ id: "cus_42", name: "John", tier: "gold", orders: 3, tags: ["a"] }));
    expect(await asks(`${url}/api/`)).toEqual({ id: "cus_42", name: "John", details: { tier: "gold", orders: 3 } });
    expect(seen).toMatchObject([
      {
        method: "POST",
        url: "/api/customers/lookup",
        headers: { authorization: "Bearer secret-key", "content-type": "application/json" },
      },
    ]);
    expect(JSON.parse(seen[0]?.body ?? "")).toEqual({ phone: JOHN, channel: "sms", tenant: "acme" });
  });

  test.each([
    ["id", { id: "a" }],
    ["profileId", { profileId: "a" }],
    ["customerId", { customerId: "a" }],
    ["id before the others", { customerId: "c", profileId: "b", id: "a" }],
  ])("takes the customer's id from %s", async (_what, body) => {
    const { url } = await database(json(body));
    expect(await asks(url)).toEqual({ id: "a", details: {} });
  });

  test("takes a number for an id", async () => {
    const { url } = await database(json({ id: 42 }));
    expect(await asks(url)).toMatchObject({ id: "42" });
  });

  test("asks without a key where there is none", async () => {
    const { url, seen } = await database(json({ id: "a" }));
    const ask = crmResolver({ baseUrl: url, apiKey: undefined });
    await ask({ tenant, address: JOHN, channel: "voice" }, new AbortController().signal);
    expect(seen[0]?.headers).not.toHaveProperty("authorization");
  });

  test("is understood by the example's database, and knows nobody where that knows nobody", async () => {
    await using crm = await startCrmServer({ apiKey: "secret-key" });
    expect(await asks(crm.url)).toBeUndefined();
    crm.keep({ id: "cus_42", name: "John Smith", tier: "gold", phones: [JOHN] });
    expect(await asks(crm.url)).toEqual({ id: "cus_42", name: "John Smith", details: { tier: "gold" } });
    expect(crm.asked).toEqual([JOHN, JOHN]);
  });

  test.each([
    ["no JSON", (response: ServerResponse) => response.writeHead(200).end("Mr Smith lives here")],
    ["nothing", (response: ServerResponse) => response.writeHead(200).end()],
    ["a list", json([{ id: "Smith" }])],
    ["a text", json("Smith")],
    ["null", json(null)],
    ["no id", json({ name: "Smith" })],
    ["an id that is no text", json({ id: { $ne: "Smith" } })],
    ["an id of 10,000 characters", json({ id: "Smith".repeat(2_000) })],
    ["a name that is no text", json({ id: "a", name: ["Smith"] })],
    ["an error that names somebody", (response: ServerResponse) => response.writeHead(500).end("no such row: Smith")],
    ["nothing at all", (response: ServerResponse) => response.socket?.destroy()],
    ["more than it should", (response: ServerResponse) => response.writeHead(200).end(`"${"Smith".repeat(100_000)}"`)],
    ["an answer that breaks off", breakOff],
  ])("fails when it is answered %s, and names nobody", async (_what, answer) => {
    const { url } = await database(answer);
    const error = await asks(url).then(
      () => undefined,
      (failure: unknown) => failure,
    );
    expect(error).toMatchObject({ code: "resolver_failed" });
    expect(told(error)).not.toMatch(/smith|4155550100|secret-key/iu);
  });

  test("follows nobody elsewhere", async () => {
    const elsewhere = await database(json({ id: "a" }));
    const { url } = await database((response) => response.writeHead(307, { location: elsewhere.url }).end());
    await expect(asks(url)).rejects.toThrow("status 307");
    expect(elsewhere.seen).toEqual([]);
  });

  test("gives up when it is told to", async () => {
    const control = new AbortController();
    const { url } = await database(() => {
      control.abort();
    });
    await expect(asks(url, control.signal)).rejects.toMatchObject({ code: "resolver_failed" });
  });
});

function breakOff(response: ServerResponse): void {
  response.writeHead(200, { "content-length": "1000" }).write(`{"name":"Smith"`, () => response.destroy());
}

/** Everything that an error and its causes say. */
function told(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.message} ${told(error.cause)}`;
}
