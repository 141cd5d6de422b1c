import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SubjectId } from "../src/core/ids.ts";
import { phone } from "../src/simulator/phone.ts";
import { startContinuo, type Continuo } from "./support/continuo.ts";
import { pathsOfRoutes } from "./support/http-paths.ts";
import { JOHN } from "./support/numbers.ts";
import { planted, rowsThat } from "./support/two-tenants.ts";

const MARY = "+14155550177";
const ours = { number: "+14155550199", secret: "secret-of-the-first-business" };
const theirs = { number: "+14155550188", secret: "secret-of-the-other-business" };
const visitorsMessage = { id: "message-1", text: `${planted} in the chat` };

let continuo: Continuo;
/** Somebody whom only the first business knows. */
let mary: SubjectId;
/** The first business's visitor. */
let token: string;

beforeAll(async () => {
  continuo = await startContinuo({
    env: { ADMIN_API_KEYS: `ours:admin:acme:${ours.secret},theirs:admin:other:${theirs.secret}` },
    overrides: {
      keypadPauseMs: 20,
      sweepEveryMs: 100,
      tenants: { tenants: { acme: { numbers: [ours.number] }, other: { numbers: [theirs.number] } } },
    },
  });
  await phone(continuo.line, { number: MARY, business: ours.number }).text(`${planted} where is my order ORD_12345?`);
  await phone(continuo.line, { number: JOHN, business: ours.number }).text(`${planted} hello`);
  await phone(continuo.line, { number: JOHN, business: theirs.number }).text("Good day");
  const hello = await fetch(`${continuo.app.url}/chat/hello?tenant=acme`, { method: "POST" });
  // Whatever else is in the answer, a visitor who is new gets a token.
  ({ token } = (await hello.json()) as { token: string });
  await ask("POST", "/chat/messages?tenant=acme", { bearer: token, body: visitorsMessage });
  // Nothing is under way when the rows are compared: all four are answered, and the three texts have arrived.
  await continuo.happened("turn_settled", 4);
  await continuo.happened("message_delivered", 3);
  await continuo.app.settled();
  const found = await continuo.app.ledger.subjects.find(acme(), `tel:${MARY}`);
  if (found === undefined) throw new Error("Mary is not known");
  mary = found;
}, 60_000);

afterAll(() => continuo[Symbol.asyncDispose]());

/** A request of a business for what is another's, with a body where it needs one to be understood. */
interface Ask {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly body?: unknown;
  /** The first business's visitor's token instead of the other business's key. */
  readonly visitor?: true;
}

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
const signed = "the provider signs it, and the number in it says whose it is";
const open = "open to all, and holds nobody's data";

/** Routes whose path names nobody: how they are asked for somebody all the same, or why they cannot be. */
const unnamed: Readonly<Record<string, string | (() => readonly Ask[])>> = {
  "/sms": signed,
  "/whatsapp": signed,
  "/voice": signed,
  "/voice/action": signed,
  "/status": signed,
  "/health": open,
  "/ready": open,
  "/chat": open,
  "/chat/page.css": open,
  "/chat/widget.js": open,
  "/chat/hello": open,
  "/chat/messages": () => [
    { method: "GET", path: "/chat/messages?tenant=other", visitor: true },
    { method: "POST", path: "/chat/messages?tenant=other", visitor: true, body: visitorsMessage },
  ],
  "/chat/events": () => [{ method: "GET", path: "/chat/events?tenant=other", visitor: true }],
  "/chat/code": () => [{ method: "POST", path: "/chat/code?tenant=other", visitor: true, body: { phone: MARY } }],
  "/chat/code/confirm": () => [
    { method: "POST", path: "/chat/code/confirm?tenant=other", visitor: true, body: { phone: MARY, code: "123456" } },
  ],
  "/admin/analytics": () => [{ method: "GET", path: "/admin/analytics?tenant=acme" }],
  "/admin/subjects/merge": () => [
    { method: "POST", path: "/admin/subjects/merge", body: { into: MARY, from: mary, reason: "mine" } },
    { method: "POST", path: "/admin/subjects/merge", body: { into: JOHN, from: mary, reason: "mine" } },
    { method: "POST", path: "/admin/subjects/merge", body: { into: mary, from: JOHN, reason: "mine" } },
  ],
  "/admin/subjects/split": () => [
    { method: "POST", path: "/admin/subjects/split", body: { mergeId: `mrg_${"0".repeat(25)}` } },
  ],
};

/** What a route wants to be told before it looks for anybody. */
const bodies: Readonly<Record<string, unknown>> = {
  "POST /admin/customer/:phone/memory/facts": { type: "fact", about: "plan", content: "not theirs" },
  "PATCH /admin/customer/:phone/memory/facts/:id": { content: "not theirs" },
  "PATCH /admin/customer/:phone/memory/entities/:name": { value: "not theirs" },
};

test("the first business is answered about its customer by the same requests", async () => {
  const answered = await Promise.all(
    pathsOfRoutes()
      .filter((path) => path.includes(":"))
      .map(async (path) => [path, (await ask("GET", named(path, MARY), { bearer: ours.secret })).status] as const),
  );
  expect(answered.filter(([, status]) => status === 200).map(([path]) => path)).toContain("/admin/session/:phone");
  const { text } = await ask("GET", named("/admin/session/:phone", mary), { bearer: ours.secret });
  expect(text).toContain(planted);
});

describe("another business", () => {
  test("is answered by every route that names a customer as if the first one's were not there", async () => {
    const before = kept();
    expect(before.length).toBeGreaterThan(10);
    for (const path of pathsOfRoutes()) {
      for (const one of asksFor(path)) {
        const { status, text } = await asked(one);
        expect([one.method, one.path, status], text).toEqual([one.method, one.path, one.visitor === true ? 401 : 404]);
        expect(text).not.toContain(planted);
      }
    }
    expect(kept()).toEqual(before);
  });

  test("reads of a customer of both what that customer told it, and nothing else", async () => {
    for (const path of pathsOfRoutes().filter((one) => one.includes(":"))) {
      for (const spelling of [JOHN, "phone_14155550100", "(415) 555-0100"]) {
        const { text } = await ask("GET", named(path, spelling), { bearer: theirs.secret });
        expect(text, path).not.toContain(planted);
      }
    }
  });

  test("cannot name the first one in a request", async () => {
    for (const path of pathsOfRoutes().filter((one) => one.includes(":"))) {
      const { status, text } = await ask("GET", `${named(path, MARY)}?tenant=acme`, { bearer: theirs.secret });
      expect([path, status]).toEqual([path, 404]);
      expect(text).not.toContain(planted);
    }
  });
});

test("every route is known here: it names a customer in its path, or it is told how it could be asked for one", () => {
  expect(pathsOfRoutes().filter((path) => !path.includes(":") && !Object.hasOwn(unnamed, path))).toEqual([]);
});

function asksFor(path: string): readonly Ask[] {
  if (path.includes(":")) {
    return methods.flatMap((method) =>
      [MARY, "phone_14155550177", "(415) 555-0177", mary].map((who): Ask => {
        const body = bodies[`${method} ${path}`];
        return { method, path: named(path, who), ...(body === undefined ? {} : { body }) };
      }),
    );
  }
  const known = unnamed[path];
  return typeof known === "function" ? known() : [];
}

/** A route's path for somebody; what else it names is made up. */
function named(path: string, who: string): string {
  return path.replace(/:(\w+)/gu, (_all, name) => encodeURIComponent(name === "phone" ? who : "made_up"));
}

async function asked({ method, path, body, visitor }: Ask): ReturnType<typeof ask> {
  return await ask(method, path, { bearer: visitor === true ? token : theirs.secret, body });
}

async function ask(
  method: Ask["method"],
  path: string,
  { bearer, body }: { readonly bearer: string; readonly body?: unknown },
): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(continuo.app.url + path, {
    method,
    headers: {
      authorization: `Bearer ${bearer}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text() };
}

function kept(): readonly string[] {
  return rowsThat(continuo.app.config.state.sqlitePath, [planted, mary]);
}

function acme() {
  const tenant = continuo.app.platform.tenants.of("acme");
  if (tenant === undefined) throw new Error("the first business is not there");
  return tenant.id;
}
