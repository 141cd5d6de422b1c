import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { Responder } from "../../src/core/ports/responder.ts";
import { barriers, installedBrowser, noBrowser, openPage, startBrowser } from "../support/browser.ts";
import { BUSINESS, JOHN, startContinuo, type Continuo, type ContinuoOptions } from "../support/continuo.ts";

const executable = installedBrowser();
const shop = { tenants: { acme: { name: "Acme", numbers: [BUSINESS], chat: { origins: ["*"] } } } };

if (executable === undefined) console.log(`The chat is not tried in a browser: ${noBrowser}.`);

test.skipIf(executable !== undefined || process.env["CONTINUO_BROWSER"] !== "required")(
  "a browser is there wherever changes are checked",
  () => {
    throw new Error(`the chat cannot be tried: ${noBrowser}`);
  },
);

describe.skipIf(executable === undefined)("the chat in a browser", () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await startBrowser(executable ?? "");
  });
  afterAll(async () => {
    await browser.close();
  });

  /** A server, and a page of its own that shows the chat. */
  async function visit(
    options: ContinuoOptions & Parameters<typeof openPage>[2] = {},
  ): Promise<{ readonly continuo: Continuo; readonly page: Page }> {
    const { env, overrides, ...context } = options;
    const continuo = await startContinuo({
      env: { DEFAULT_TENANT_ID: "acme", ...env },
      overrides: { tenants: shop, ...overrides },
    });
    onTestFinished(() => continuo[Symbol.asyncDispose]());
    return { continuo, page: await openPage(browser, `${continuo.app.url}/chat`, context) };
  }

  test("answers a visitor, tells once that it is an AI, and keeps what was said over a reload", async () => {
    const { page } = await visit();
    await open(page);
    expect(await page.getByText("An AI assistant answers here.").count()).toBe(1);
    await say(page, "Where is my order ORD_12345?");
    await answered(page, 1);
    const before = await lines(page).allInnerTexts();
    await page.reload();
    await open(page);
    await expect.poll(() => lines(page).allInnerTexts()).toEqual(before);
    expect(await page.context().cookies()).toEqual([]);
  });

  test("shows the words while they are made, reads out only the whole, and shows a sign before", async () => {
    const { responder, begin, end } = slowly("Your order ", "is on its way.");
    const { page } = await visit({ overrides: { responder } });
    await open(page);
    const log = page.getByRole("log");
    await say(page, "Where is it?");
    await appears(page.getByText("The assistant is writing"));
    begin();
    await appears(log.getByText("Your order"));
    expect(await page.getByText("The assistant is writing").isVisible()).toBe(false);
    expect(await log.getAttribute("aria-busy")).toBe("true");
    expect(await log.innerText()).not.toContain("its way.");
    end();
    await appears(log.getByText("Your order is on its way."));
    await expect.poll(() => log.getAttribute("aria-busy")).toBeNull();
    expect(await log.getByText("Your order").count()).toBe(1);
  });

  test("can be used with the keyboard alone, and gives the focus back", async () => {
    const { page } = await visit();
    const launcher = page.getByRole("button", { name: "Open chat" });
    await launcher.waitFor();
    for (let presses = 0; presses < 5 && (await focused(page)) !== "Open chat"; presses += 1)
      await page.keyboard.press("Tab");
    expect(await focused(page)).toBe("Open chat");
    await page.keyboard.press("Enter");
    expect(await focused(page)).toBe("Message");
    await page.keyboard.type("Where is my order");
    await page.keyboard.press("Shift+Enter");
    await page.keyboard.type("ORD_12345?");
    await page.keyboard.press("Enter");
    await answered(page, 1);
    expect(await lines(page).nth(1).innerText()).toContain("order\nORD_12345?");
    const stops: string[] = [];
    for (let presses = 0; presses < 6; presses += 1) {
      await page.keyboard.press("Tab");
      stops.push(await focused(page));
    }
    expect(stops).toEqual(["Send", "Continue from your phone", "Close chat", "Messages", "Message", "Send"]);
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Shift+Tab");
    expect(await focused(page)).toBe("Messages");
    await page.keyboard.press("Escape");
    expect(await focused(page)).toBe("Open chat");
    expect(await page.getByRole("dialog").count()).toBe(0);
  });

  test.each(["light", "dark"] as const)("keeps nobody out, in %s", async (colorScheme) => {
    const { page } = await visit({ colorScheme });
    await page.getByRole("button", { name: "Open chat" }).waitFor();
    expect(await barriers(page)).toEqual([]);
    await open(page);
    await say(page, "Where is my order ORD_12345? https://example.com");
    await answered(page, 1);
    await page.route("**/chat/messages", (route) => route.abort());
    await say(page, "And this one?");
    await appears(page.getByRole("button", { name: "Try again" }));
    expect(await barriers(page)).toEqual([]);
    await page.getByRole("button", { name: "Continue from your phone" }).click();
    await page.getByLabel("Mobile number").fill("12");
    await page.keyboard.press("Enter");
    await appears(page.getByText("We cannot text this number."));
    expect(await barriers(page)).toEqual([]);
    await page.getByLabel("Mobile number").fill(JOHN);
    await page.keyboard.press("Enter");
    await appears(page.getByLabel("6-digit code"));
    expect(await barriers(page)).toEqual([]);
  });

  test("fills a narrow screen, and nothing of it is out of reach", async () => {
    const { page } = await visit({ viewport: { width: 340, height: 640 }, hasTouch: true });
    await open(page);
    await say(page, `Where is ORD_12345? ${"x".repeat(200)}`);
    await answered(page, 1);
    expect(await page.getByRole("dialog").boundingBox()).toEqual({ x: 0, y: 0, width: 340, height: 640 });
    const log = page.getByRole("log");
    expect(await log.evaluate((node) => node.scrollWidth <= node.clientWidth)).toBe(true);
    for (const name of ["Close chat", "Continue from your phone", "Send"]) {
      const box = await page.getByRole("button", { name }).boundingBox();
      expect(box !== null && box.width >= 38 && box.height >= 38 && box.x >= 0 && box.x + box.width <= 340).toBe(true);
    }
  });

  test("makes one conversation of the chat and the phone when the number is proven", async () => {
    const { continuo, page } = await visit();
    await continuo.customer().text("Hi, do you ship to Canada?");
    await continuo.quiet();
    await open(page);
    await page.getByRole("button", { name: "Continue from your phone" }).click();
    const number = page.getByLabel("Mobile number");
    expect(await number.getAttribute("autocomplete")).toBe("tel");
    await number.fill("(415) 555-0100");
    await page.getByRole("button", { name: "Text me a code" }).click();
    const field = page.getByLabel("6-digit code");
    await appears(field);
    expect([await field.getAttribute("autocomplete"), await field.getAttribute("inputmode")]).toEqual([
      "one-time-code",
      "numeric",
    ]);
    const text = await continuo.twilio.waitForMessage(({ body }) => body.includes("Never share it"));
    const code = /^\d{6}/u.exec(text.body)?.[0] ?? "";
    await field.fill(String((Number(code) + 1) % 1_000_000).padStart(6, "0"));
    await page.getByRole("button", { name: "Confirm" }).click();
    await appears(page.getByText("That is not the code."));
    expect(await field.getAttribute("aria-invalid")).toBe("true");
    await field.fill(code);
    await page.keyboard.press("Enter");
    await appears(page.getByText("Your number is confirmed."));
    await appears(lines(page).filter({ hasText: "do you ship to Canada?" }));
    expect(await page.getByRole("log").innerText()).toContain("Text message");
    expect(await page.getByRole("button", { name: "Continue from your phone" }).isVisible()).toBe(false);
    await say(page, "And to Mexico?");
    await answered(page, 2);
    expect((await continuo.record()).some(({ item }) => item.kind === "customer" && item.channel === "web")).toBe(true);
  });

  test("sends a message that failed once more, under the same id, and then it counts once", async () => {
    const { continuo, page } = await visit();
    await open(page);
    const ids: unknown[] = [];
    let fails = true;
    await page.route("**/chat/messages", async (route) => {
      const posted: { readonly id?: string } | null = route.request().postDataJSON();
      if (posted !== null) ids.push(posted.id);
      await (fails && posted !== null ? route.abort() : route.continue());
    });
    await say(page, "Hello there");
    const again = page.getByRole("button", { name: "Try again" });
    await appears(again);
    await page.reload();
    await open(page);
    await appears(again);
    fails = false;
    await again.click();
    await expect.poll(() => again.count()).toBe(0);
    await continuo.quiet();
    expect(ids.length).toBeGreaterThanOrEqual(3);
    expect(new Set(ids).size).toBe(1);
    await expect.poll(() => lines(page).filter({ hasText: "Hello there" }).count()).toBe(1);
  });

  test(
    "says that the connection is lost, comes back by itself, and sends what was said meanwhile",
    { timeout: 60_000 },
    async () => {
      const { continuo, page } = await visit({ env: { PORT: String(await freePort()) } });
      await open(page);
      await say(page, "Hello");
      await answered(page, 1);
      await continuo.app[Symbol.asyncDispose]();
      await appears(page.getByText("Connection lost."));
      await say(page, "Are you there, ORD_12345?");
      await appears(page.getByRole("button", { name: "Try again" }));
      await continuo.restart();
      await answered(page, 2);
      expect(await page.getByText("Connection lost.").isVisible()).toBe(false);
      expect(await lines(page).filter({ hasText: "Are you there" }).count()).toBe(1);
    },
  );

  test("counts what comes while it is closed", async () => {
    const { responder, begin, end } = slowly("Good ", "day.");
    const { page } = await visit({ overrides: { responder } });
    await open(page);
    await say(page, "Hello");
    await page.keyboard.press("Escape");
    begin();
    end();
    await appears(page.getByRole("button", { name: "Open chat, 1 new message" }));
    await page.getByRole("button", { name: "Open chat" }).click();
    await appears(lines(page).filter({ hasText: "Good day." }));
    await page.keyboard.press("Escape");
    await appears(page.getByRole("button", { name: "Open chat", exact: true }));
  });

  test("is one script on anybody's page, which asks nobody but its own server and works without storage", async () => {
    const { continuo } = await visit();
    const tag = `<script async src="${continuo.app.url}/chat/widget.js" data-tenant="acme" data-title="Ask us" data-colour="#ffd400" data-position="left" data-greeting="Welcome"></script>`;
    const site = createServer((_request, response) => {
      response.setHeader("content-type", "text/html");
      response.end(
        `<!doctype html><title>Shop</title><style>* { color: red !important; font-size: 40px }</style><h1>Shop</h1>${tag}`,
      );
    }).listen(0, "127.0.0.1");
    onTestFinished(() => void site.close());
    await once(site, "listening");
    const page = await openPage(browser, "about:blank");
    await page.addInitScript(() => {
      Object.defineProperty(globalThis, "localStorage", {
        get() {
          throw new Error("blocked");
        },
      });
    });
    const hosts = new Set<string>();
    page.on("request", (request) => hosts.add(new URL(request.url()).port));
    await page.goto(`http://127.0.0.1:${portOf(site.address())}`);
    await open(page);
    await appears(page.getByRole("heading", { name: "Ask us" }));
    await appears(page.getByText("Welcome"));
    await say(page, "Where is my order ORD_12345?");
    await answered(page, 1);
    await page.getByRole("textbox", { name: "Message" }).fill("x");
    const paint = `(() => {
      const { backgroundColor, color, fontSize } = getComputedStyle(document.querySelector("[data-continuo]").shadowRoot.querySelector(".go"));
      return [backgroundColor, color, fontSize];
    })()`;
    // Its own colour, black on it because white could not be read, and nothing of the page's style.
    expect(await page.evaluate(paint)).toEqual(["rgb(255, 212, 0)", "rgb(0, 0, 0)", "15px"]);
    expect((await page.getByRole("dialog").boundingBox())?.x).toBeLessThan(40);
    expect([...hosts].toSorted()).toEqual(
      [portOf(site.address()), new URL(continuo.app.url).port].map(String).toSorted(),
    );
  });
});

/** An agent that begins to answer and ends when it is told to. */
function slowly(first: string, rest: string) {
  const begun = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const responder: Responder = {
    model: { name: "slow", offline: true },
    voiceOf: async () => ({ name: "slow", greeting: "Hello", language: "en-US", apology: "Sorry", history: "own" }),
    async *respond() {
      await begun.promise;
      yield { kind: "text", delta: first };
      await ended.promise;
      yield { kind: "text", delta: rest };
      yield { kind: "message_end" };
    },
  };
  return { responder, begin: () => begun.resolve(), end: () => ended.resolve() };
}

async function open(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Open chat" }).click();
  await page.getByRole("dialog").waitFor();
}

async function say(page: Page, text: string): Promise<void> {
  await page.getByRole("textbox", { name: "Message" }).fill(text);
  await page.keyboard.press("Enter");
}

function lines(page: Page): Locator {
  return page.locator(".line:not([hidden]) .bubble");
}

/** Waits until so many replies are there as a whole. */
async function answered(page: Page, count: number): Promise<void> {
  await expect.poll(() => page.locator(".line.agent:has(.meta)").count(), { timeout: 20_000 }).toBe(count);
}

async function appears(what: Locator, timeout = 10_000): Promise<void> {
  await what.first().waitFor({ state: "visible", timeout });
}

/** The name of what has the focus, inside the chat or on the page. */
async function focused(page: Page): Promise<string> {
  const script = `(() => {
    const outer = document.activeElement;
    const inner = outer?.shadowRoot?.activeElement ?? outer;
    const root = outer?.shadowRoot ?? document;
    return inner?.getAttribute("aria-label") ?? root.querySelector("label[for='" + inner?.id + "']")?.textContent ?? "";
  })()`;
  return String(await page.evaluate(script));
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const port = portOf(server.address());
  server.close();
  await once(server, "close");
  return port;
}

function portOf(address: string | AddressInfo | null): number {
  if (address === null || typeof address === "string") throw new Error("it does not listen on a port");
  return address.port;
}
