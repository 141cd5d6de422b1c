import { describe, expect, test } from "vitest";
import { startServer, type RunningServer } from "../../test/support/http-server.ts";
import { subjectId, tenantId, type SubjectRef } from "../core/ids.ts";
import type { ApiKey, Role } from "../core/ports/keys.ts";
import type { AdminParts, IdentityChange, MemoryEdit } from "./admin-parts.ts";
import type { Access } from "./auth.ts";
import type { CustomerExport, FactView, MergeView } from "./customer-views.ts";

const acme = tenantId("acme");
const known: SubjectRef = { tenant: acme, subjectId: subjectId("sub_1") };
const roleNames: readonly Role[] = ["viewer", "operator", "supervisor", "admin"];

const access: Access = {
  authenticate(secret): ApiKey | undefined {
    const role = roleNames.find((name) => secret === `secret-${name}`);
    return role === undefined ? undefined : { name: `the ${role}`, role, tenant: acme, hash: "" };
  },
  tenant: (name) => (name === "acme" ? acme : undefined),
  defaultTenant: acme,
};

const moment = "2026-11-21T12:00:00.000Z";
const merge: MergeView = {
  mergeId: "mrg_1",
  into: "sub_1",
  from: "sub_2",
  reason: "x",
  by: "a",
  at: moment,
  state: "merged",
};
const fact: FactView = {
  id: "fact_1",
  type: "fact",
  about: "a",
  content: "c",
  confidence: 1,
  source: { kind: "person", by: "a" },
  at: moment,
  expires: null,
  replacedAt: null,
};
const exported: CustomerExport = {
  manifest: { format: "continuo-export/1", exportedAt: moment, customer: "+1", alias: "phone_1", counts: {} },
  conversations: [],
  records: {},
};

/** What was asked of the parts, in order. */
interface Asked {
  readonly method: string;
  readonly given: readonly unknown[];
}

/** A server whose one customer is John, who is known as `john`. */
async function start(change: Partial<AdminParts> = {}): Promise<RunningServer & { readonly asked: readonly Asked[] }> {
  const asked: Asked[] = [];
  function kept<const Answer>(method: string, answer: Answer): (...given: readonly unknown[]) => Promise<Answer> {
    return async (...given) => {
      asked.push({ method, given });
      return answer;
    };
  }
  const summary = {
    id: "ses_1",
    number: 1,
    state: "CLOSED",
    startedAt: moment,
    lastActiveAt: moment,
    endedAt: moment,
  } as const;
  const customers: AdminParts = {
    async find(_tenant, name) {
      if (name === "john" || name === "jane") return { kind: "known", who: known };
      if (name === "0014") return { kind: "malformed", understood: '"0014" was understood as 0014.' };
      return { kind: "unknown", understood: "Nobody is known as that." };
    },
    session: kept("session", undefined),
    sessions: kept("sessions", [summary]),
    close: kept("close", { kind: "closed", session: summary }),
    analytics: kept("analytics", {
      totalCalls: 1,
      totalTexts: 2,
      avgResponseTime: 3,
      satisfactionScore: null,
      preferredModality: "sms",
      counts: {},
      keyTopics: [],
    }),
    totals: async (tenant, range) => {
      asked.push({ method: "totals", given: [tenant, range] });
      const none = { totalCalls: 0, totalTexts: 0, avgResponseTime: null, satisfactionScore: null };
      return { ...range, total: { ...none, preferredModality: null, counts: {} }, days: [] };
    },
    memory: kept("memory", {
      userId: "sub_1",
      version: 1,
      facts: [],
      entities: [],
      intent: null,
      summary: null,
      episodes: [],
      topics: {},
      profile: null,
    }),
    addFact: kept("addFact", { kind: "changed", value: fact }),
    editFact: kept("editFact", { kind: "changed", value: fact }),
    forgetFact: kept("forgetFact", { kind: "changed", value: undefined }),
    editEntity: kept("editEntity", { kind: "changed", value: undefined }),
    merge: kept("merge", { kind: "done", merge }),
    split: kept("split", { kind: "done", merge: { ...merge, state: "splitting" } }),
    merges: kept("merges", [merge]),
    exported: kept("exported", exported),
    exportPage: () => "<!doctype html><title>page</title>",
    forget: kept("forget", undefined),
    ...change,
  };
  return { ...(await startServer({ access, customers })), asked };
}

interface AdminRoute {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  readonly role: Role;
  readonly body?: object;
}

const routes: readonly AdminRoute[] = [
  { method: "GET", path: "/admin/session/john", role: "viewer" },
  { method: "GET", path: "/admin/customer/john/sessions", role: "viewer" },
  { method: "GET", path: "/admin/customer/john/analytics", role: "viewer" },
  { method: "GET", path: "/admin/analytics", role: "viewer" },
  { method: "GET", path: "/admin/customer/john/memory", role: "viewer" },
  { method: "POST", path: "/admin/customer/john/close", role: "operator" },
  {
    method: "POST",
    path: "/admin/customer/john/memory/facts",
    role: "operator",
    body: { type: "fact", about: "a", content: "c" },
  },
  { method: "PATCH", path: "/admin/customer/john/memory/facts/fact_1", role: "operator", body: { content: "c" } },
  { method: "DELETE", path: "/admin/customer/john/memory/facts/fact_1", role: "operator" },
  { method: "PATCH", path: "/admin/customer/john/memory/entities/rooms", role: "operator", body: { value: 3 } },
  {
    method: "POST",
    path: "/admin/subjects/merge",
    role: "supervisor",
    body: { from: "john", into: "jane", reason: "same" },
  },
  { method: "POST", path: "/admin/subjects/split", role: "supervisor", body: { mergeId: "mrg_1" } },
  { method: "GET", path: "/admin/customer/john/merges", role: "supervisor" },
  { method: "GET", path: "/privacy/export/john", role: "supervisor" },
  { method: "DELETE", path: "/privacy/delete/john", role: "admin" },
];

async function ask(
  { url }: { readonly url: string },
  [method, path, role, body]: readonly [string, string, (Role | "nobody")?, (object | string | undefined)?],
): Promise<{ readonly status: number; readonly answer: unknown; readonly headers: Headers }> {
  const headers: Record<string, string> = {};
  if (role !== "nobody") headers["authorization"] = `Bearer secret-${role ?? "admin"}`;
  if (body !== undefined) headers["content-type"] = "application/json";
  const sent = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) };
  const response = await fetch(url + path, { method, headers, ...sent });
  const text = await response.text();
  const answer: unknown = text.startsWith("{") ? JSON.parse(text) : text;
  return { status: response.status, answer, headers: response.headers };
}

describe("every route of operators", () => {
  test.each(routes)("$method $path needs a key with the role $role", async ({ method, path, role, body }) => {
    const server = await start();
    const statuses: number[] = [];
    for (const one of ["nobody", ...roleNames] as const)
      statuses.push((await ask(server, [method, path, one, body])).status);
    const [nobody, ...others] = statuses;
    expect(nobody).toBe(401);
    const allowed = others.map((status) => status !== 403);
    expect(allowed).toEqual(roleNames.map((one) => roleNames.indexOf(one) >= roleNames.indexOf(role)));
  });

  test.each(routes)(
    "$method $path is in nobody's cache, and does not tell another tenant's things",
    async ({ method, path, body }) => {
      const server = await start();
      const { headers } = await ask(server, [method, path, "admin", body]);
      expect([headers.get("cache-control"), headers.get("x-content-type-options")]).toEqual(["no-store", "nosniff"]);
      const asked = server.asked.length;
      expect((await ask(server, [method, `${path}?tenant=other`, "admin", body])).status).toBe(404);
      expect(server.asked).toHaveLength(asked);
    },
  );

  test.each(routes.filter(({ path }) => path.includes("/john")))(
    "$method $path tells who is unknown or malformed, whatever is written there, and leaves the log free of it",
    async ({ method, path, body }) => {
      const server = await start();
      const unknown = await ask(server, [method, path.replace("john", "%2B14155550199"), "admin", body]);
      expect([unknown.status, unknown.answer]).toMatchObject([
        404,
        { code: "not_found", detail: "Nobody is known as that." },
      ]);
      const malformed = await ask(server, [method, path.replace("john", "0014"), "admin", body]);
      expect(malformed.answer).toMatchObject({ status: 400, detail: '"0014" was understood as 0014.' });
      for (const name of [
        "%2F..%2F..%2Fetc%2Fpasswd",
        "%00",
        "%zz",
        "%F0%9F%98%80",
        "x".repeat(10_000),
        "%2B".repeat(30),
      ]) {
        const { status, headers } = await ask(server, [method, path.replace("john", name), "admin", body]);
        expect({ name: name.slice(0, 30), ok: status === 404 || status === 400 || status === 414 }).toEqual({
          name: name.slice(0, 30),
          ok: true,
        });
        expect(headers.get("content-type")).toBe("application/problem+json");
      }
      expect(server.asked).toEqual([]);
      expect(JSON.stringify(server.entries)).not.toMatch(/0014|1415|passwd/u);
    },
  );

  test.each(routes.filter(({ body }) => body !== undefined))(
    "$method $path refuses a body that is none",
    async ({ method, path }) => {
      const server = await start();
      const bodies = [
        "{",
        "null",
        "[]",
        '"text"',
        "7",
        "{}",
        '{"value":{"a":1}}',
        '{"from":["a"],"into":{},"reason":1}',
      ];
      for (const body of bodies) {
        const { status, answer } = await ask(server, [method, path, "admin", body]);
        expect({ body, status }).toEqual({ body, status: 400 });
        expect(answer).toMatchObject({ code: "bad_request", detail: expect.any(String) });
      }
      const large = await ask(server, [method, path, "admin", { content: "x".repeat(20_000) }]);
      expect([large.status, large.answer]).toMatchObject([413, { detail: "The body is larger than 16 KiB." }]);
      const headers = { authorization: "Bearer secret-admin", "content-type": "text/plain" };
      const plain: RequestInit = { method, headers, body: "value" };
      expect((await fetch(server.url + path, plain)).status).toBe(415);
      expect(server.asked).toEqual([]);
    },
  );
});

describe("what is asked for", () => {
  test("a part of the conversation is asked for by place and size", async () => {
    const server = await start();
    await ask(server, ["GET", "/admin/session/john"]);
    await ask(server, ["GET", "/admin/session/john?limit=5&before=12"]);
    expect(server.asked.map(({ given }) => given)).toEqual([
      [known, { limit: 200 }],
      [known, { limit: 5, before: 12 }],
    ]);
    for (const query of ["limit=0", "limit=9999", "limit=x", "limit=1&limit=2", "before=0", "before=1.5", "before=-1"])
      expect((await ask(server, ["GET", `/admin/session/john?${query}`])).status).toBe(400);
  });

  test("the tenant's figures are those of the last thirty days, or of the days that are asked for", async () => {
    const server = await start();
    await ask(server, ["GET", "/admin/analytics"]);
    await ask(server, ["GET", "/admin/analytics?to=2026-03-01"]);
    await ask(server, ["GET", "/admin/analytics?from=2026-11-21&to=2026-11-21"]);
    expect(server.asked.map(({ given }) => given)).toEqual([
      [acme, { from: "2026-10-23", to: "2026-11-21" }],
      [acme, { from: "2026-01-31", to: "2026-03-01" }],
      [acme, { from: "2026-11-21", to: "2026-11-21" }],
    ]);
    const wrong = ["from=2026-11-22&to=2026-11-21", "from=2020-01-01", "from=today", "to=2026-02-30", "from=a&from=b"];
    for (const query of wrong) {
      const { status, answer } = await ask(server, ["GET", `/admin/analytics?${query}`]);
      expect({ query, status }).toEqual({ query, status: 400 });
      expect(answer).toMatchObject({ detail: expect.stringMatching(/(?:from|to): /u) });
    }
  });

  test("a fact is written in the name of the key, with its expiry as a moment", async () => {
    const server = await start();
    const body = {
      type: "preference",
      about: "a",
      content: "c",
      confidence: 0.5,
      expires: "2026-12-01T00:00:00+01:00",
    };
    const { status, answer } = await ask(server, ["POST", "/admin/customer/john/memory/facts", "operator", body]);
    expect([status, answer]).toMatchObject([201, { id: "fact_1" }]);
    expect(server.asked).toEqual([
      { method: "addFact", given: [known, { ...body, expires: Date.parse("2026-11-30T23:00:00Z") }, "the operator"] },
    ]);
    const wrong = [
      { type: "rumour" },
      { content: "" },
      { content: " " },
      { content: "a\u0000b" },
      { content: "x".repeat(301) },
      { about: "" },
      { confidence: 2 },
      { confidence: "1" },
      { expires: "soon" },
    ];
    for (const change of wrong) {
      const refused = await ask(server, [
        "POST",
        "/admin/customer/john/memory/facts",
        "operator",
        { ...body, ...change },
      ]);
      expect({ change, status: refused.status }).toEqual({ change, status: 400 });
    }
  });

  test("of a fact only what is given is changed; null means that it never expires", async () => {
    const server = await start();
    const path = "/admin/customer/john/memory/facts/fact_1";
    await ask(server, ["PATCH", path, "operator", { expires: null }]);
    await ask(server, ["PATCH", path, "operator", { content: "new", expires: "2026-12-01" }]);
    expect((await ask(server, ["PATCH", path, "operator", {}])).status).toBe(400);
    expect((await ask(server, ["DELETE", path, "operator"])).status).toBe(204);
    expect(server.asked.map(({ given }) => given.slice(1))).toStrictEqual([
      [{ id: "fact_1", expires: undefined }, "the operator"],
      [{ id: "fact_1", content: "new", expires: Date.parse("2026-12-01") }, "the operator"],
      ["fact_1"],
    ]);
  });

  test("a value is set by its name, and forgotten by null", async () => {
    const server = await start();
    const path = "/admin/customer/john/memory/entities/order%20number";
    expect((await ask(server, ["PATCH", path, "operator", { value: ["a", "b"] }])).status).toBe(204);
    await ask(server, ["PATCH", path, "operator", { value: null }]);
    expect(server.asked.map(({ given }) => given[1])).toEqual([
      { name: "order number", value: ["a", "b"] },
      { name: "order number", value: undefined },
    ]);
    for (const value of ["", [], ["a", 1], {}, "x".repeat(301), "a\u0007"])
      expect((await ask(server, ["PATCH", path, "operator", { value }])).status).toBe(400);
    const long = path.replace("order%20number", "x".repeat(65));
    expect((await ask(server, ["PATCH", long, "operator", { value: 1 }])).status).toBe(400);
  });

  test.each<readonly [MemoryEdit<FactView>, number, string]>([
    [{ kind: "not_found" }, 404, "not_found"],
    [{ kind: "refused" }, 400, "bad_request"],
    [{ kind: "unfit" }, 400, "bad_request"],
    [{ kind: "lost" }, 409, "conflict"],
  ])("a change of memory that ends as %j is told", async (edit, status, code) => {
    const server = await start({ editFact: async () => edit });
    const asked = await ask(server, ["PATCH", "/admin/customer/john/memory/facts/f", "operator", { content: "c" }]);
    expect([asked.status, asked.answer]).toMatchObject([status, { code, detail: expect.any(String) }]);
  });

  test.each<readonly [IdentityChange, number, string | null]>([
    [{ kind: "done", merge }, 200, null],
    [{ kind: "done", merge: { ...merge, state: "merging" } }, 202, null],
    [{ kind: "refused", why: "not_found", sentence: "S." }, 404, null],
    [{ kind: "refused", why: "already", sentence: "S." }, 409, null],
    [{ kind: "refused", why: "superseded", sentence: "S." }, 409, null],
    [{ kind: "refused", why: "busy", sentence: "S." }, 409, "3"],
  ])("a merge that ends as %j is told", async (change, status, retryAfter) => {
    const server = await start({ merge: async () => change, split: async () => change });
    const body = { from: "john", into: "jane", reason: " same " };
    const merging = await ask(server, ["POST", "/admin/subjects/merge", "supervisor", body]);
    const splitting = await ask(server, ["POST", "/admin/subjects/split", "supervisor", { mergeId: "mrg_1" }]);
    for (const asked of [merging, splitting]) {
      expect([asked.status, asked.headers.get("retry-after")]).toEqual([status, retryAfter]);
      expect(asked.answer).toMatchObject(change.kind === "done" ? { mergeId: "mrg_1" } : { detail: "S." });
    }
  });

  test("a merge of one customer by one name is a slip, by two it was done before", async () => {
    const server = await start({ merge: async () => ({ kind: "refused", why: "itself", sentence: "S." }) });
    async function merges(from: string, into: string) {
      const body = { from, into, reason: "same" };
      const { status, answer } = await ask(server, ["POST", "/admin/subjects/merge", "supervisor", body]);
      return [status, answer];
    }
    expect(await merges("john", "john")).toMatchObject([400, { code: "bad_request", detail: "S." }]);
    expect(await merges("john", "jane")).toMatchObject([409, { code: "conflict", detail: expect.any(String) }]);
  });

  test("a merge of somebody unknown names nobody, and does nothing", async () => {
    const server = await start();
    for (const [from, into] of [
      ["john", "x"],
      ["x", "john"],
      ["0014", "john"],
    ]) {
      const asked = await ask(server, ["POST", "/admin/subjects/merge", "supervisor", { from, into, reason: "r" }]);
      expect([400, 404]).toContain(asked.status);
    }
    expect(server.asked).toEqual([]);
  });

  test("an export is JSON, or a page for whoever would like one", async () => {
    const server = await start();
    async function typeOf(path: string, accept?: string) {
      const headers = { authorization: "Bearer secret-admin", ...(accept === undefined ? {} : { accept }) };
      const response = await fetch(server.url + path, { headers });
      return [response.headers.get("content-type"), response.headers.get("content-disposition")];
    }
    const json = ["application/json; charset=utf-8", 'attachment; filename="export-sub_1.json"'];
    const html = ["text/html; charset=utf-8", 'attachment; filename="export-sub_1.html"'];
    expect(await typeOf("/privacy/export/john")).toEqual(json);
    expect(await typeOf("/privacy/export/john", "text/html,application/xhtml+xml,*/*;q=0.8")).toEqual(html);
    expect(await typeOf("/privacy/export/john", "application/json, text/html")).toEqual(json);
    expect(await typeOf("/privacy/export/john?format=html", "application/json")).toEqual(html);
    expect(await typeOf("/privacy/export/john?format=json", "text/html")).toEqual(json);
    expect((await ask(server, ["GET", "/privacy/export/john?format=pdf"])).status).toBe(400);
  });

  test("whoever is gone when it is their turn is not found", async () => {
    const server = await start({ exported: async () => undefined, close: async () => ({ kind: "no_session" }) });
    const gone = [
      ["GET", "/privacy/export/john"],
      ["DELETE", "/privacy/delete/john"],
      ["POST", "/admin/customer/john/close"],
    ] as const;
    for (const asked of [...gone, ["GET", "/admin/session/john"] as const])
      expect((await ask(server, asked)).status).toBe(404);
  });
});
