import fastify, { type InjectOptions } from "fastify";
import { describe, expect, onTestFinished, test } from "vitest";
import { tenantId } from "../core/ids.ts";
import { roles, type ApiKey, type Role } from "../core/ports/keys.ts";
import { callerOf, knowCallers, needs, type Access } from "./auth.ts";
import { parseForm } from "./form.ts";
import type { LogEntry } from "./log.ts";

const acme = tenantId("acme");
const nile = tenantId("nile");

function key(name: string, role: Role, tenant?: typeof acme): ApiKey {
  return { name, role, tenant, hash: "" };
}

const keys = new Map<string, ApiKey>([
  ["secret-of-root", key("root", "admin")],
  ["secret-of-desk", key("desk", "operator", acme)],
  ["secret-of-nile", key("nile-desk", "viewer", nile)],
]);

const access: Access = {
  authenticate: (secret) => keys.get(secret),
  tenant: (name) => [acme, nile].find((tenant) => tenant === name),
  defaultTenant: acme,
};

/** A server whose one route needs a role and answers with who asked. */
function serverFor(role: Role = "viewer") {
  const entries: LogEntry[] = [];
  let now = 0;
  let reached = 0;
  function keep(entry: LogEntry): void {
    entries.push(entry);
  }
  const parts = {
    access,
    clock: { now: () => now, sleep: async () => undefined },
    log: { info: keep, warn: keep, error: keep },
  };
  const app = fastify({ routerOptions: { querystringParser: parseForm } });
  onTestFinished(() => app.close());
  knowCallers(app, parts);
  app.get("/things", { onRequest: needs(parts, role) }, async (request) => {
    reached += 1;
    return callerOf(request);
  });
  app.get("/others", { onRequest: needs(parts, role) }, async (request) => callerOf(request));
  return {
    entries,
    reached: () => reached,
    pass: (ms: number) => (now += ms),
    async ask(authorization?: string, more: InjectOptions = {}) {
      const headers = { ...more.headers, ...(authorization === undefined ? {} : { authorization }) };
      const { statusCode, body, headers: told } = await app.inject({ url: "/things", ...more, headers });
      const answer: unknown = JSON.parse(body);
      return { status: statusCode, answer, headers: told };
    },
  };
}

describe("without a right key", () => {
  test.each([
    undefined,
    "",
    "Bearer",
    "Bearer ",
    "Bearer wrong-secret",
    "Basic secret-of-root",
    "secret-of-root",
    "Bearer secret-of-root extra",
    `Bearer ${"x".repeat(2_000)}`,
  ])("%j is told to send one, and nothing is done", async (authorization) => {
    const server = serverFor();
    const { status, answer, headers } = await server.ask(authorization);
    expect([status, headers["www-authenticate"], headers["content-type"]]).toEqual([
      401,
      "Bearer",
      "application/problem+json",
    ]);
    expect(answer).toMatchObject({ code: "unauthorised", status: 401 });
    expect(server.reached()).toBe(0);
    expect(JSON.stringify([answer, server.entries])).not.toMatch(/secret-of|wrong-secret/u);
  });

  test("ten wrong ones a minute from one network are answered in full, the rest is told to wait and leaves the log alone", async () => {
    const server = serverFor();
    for (let n = 0; n < 10; n += 1) expect((await server.ask("Bearer wrong")).status).toBe(401);
    const { status, answer, headers } = await server.ask("Bearer wrong", { url: "/others" });
    expect([status, headers["retry-after"]]).toEqual([429, "60"]);
    expect(answer).toMatchObject({ code: "too_many_requests" });
    expect(server.entries).toHaveLength(10);
    // Whoever has a key is not locked out by somebody who has none.
    expect((await server.ask("Bearer secret-of-root")).status).toBe(200);
    expect((await server.ask("Bearer wrong", { remoteAddress: "203.0.113.9" })).status).toBe(401);
    server.pass(60_000);
    expect((await server.ask("Bearer wrong")).status).toBe(401);
  });
});

describe("with a key", () => {
  test("whoever asks is known by its name and role", async () => {
    const { status, answer } = await serverFor().ask("bearer secret-of-desk");
    expect([status, answer]).toEqual([200, { name: "desk", role: "operator", tenant: "acme" }]);
  });

  test("each role may do what those below it may, and is told when more is needed", async () => {
    const allowed = new Map<Role, readonly number[]>();
    for (const role of roles) {
      const server = serverFor(role);
      const secrets = ["secret-of-nile", "secret-of-desk", "secret-of-root"];
      const statuses = await Promise.all(secrets.map(async (secret) => (await server.ask(`Bearer ${secret}`)).status));
      allowed.set(role, statuses);
    }
    expect(Object.fromEntries(allowed)).toEqual({
      viewer: [200, 200, 200],
      operator: [403, 200, 200],
      supervisor: [403, 403, 200],
      admin: [403, 403, 200],
    });
    const { answer, headers } = await serverFor("admin").ask("Bearer secret-of-desk");
    expect(answer).toMatchObject({ code: "forbidden", detail: expect.stringContaining("the role admin") });
    expect(headers["www-authenticate"]).toBeUndefined();
  });
});

describe("the tenant", () => {
  test("of a key of all tenants is the one that is asked for, else the default one", async () => {
    const server = serverFor();
    expect((await server.ask("Bearer secret-of-root")).answer).toMatchObject({ tenant: "acme" });
    expect((await server.ask("Bearer secret-of-root", { url: "/things?tenant=nile" })).answer).toMatchObject({
      tenant: "nile",
    });
  });

  test("of a key of one tenant is that one; another is as if it were not there", async () => {
    const server = serverFor();
    expect((await server.ask("Bearer secret-of-nile")).answer).toMatchObject({ tenant: "nile" });
    expect((await server.ask("Bearer secret-of-nile", { url: "/things?tenant=nile" })).status).toBe(200);
    const foreign = await server.ask("Bearer secret-of-nile", { url: "/things?tenant=acme" });
    const missing = await server.ask("Bearer secret-of-nile", { url: "/things?tenant=nobody" });
    expect(foreign.status).toBe(404);
    expect(foreign.answer).toEqual(missing.answer);
    expect(server.reached()).toBe(2);
  });

  test.each(["?tenant=", "?tenant=constructor", "?tenant=acme%00", `?tenant=${"a".repeat(1_000)}`])(
    "that is no tenant is not found: %s",
    async (query) => {
      expect((await serverFor().ask("Bearer secret-of-root", { url: `/things${query}` })).status).toBe(404);
    },
  );

  test("that is asked for twice is a mistake", async () => {
    const asked = await serverFor().ask("Bearer secret-of-root", { url: "/things?tenant=acme&tenant=nile" });
    expect([asked.status, asked.answer]).toMatchObject([400, { code: "bad_request" }]);
  });
});
