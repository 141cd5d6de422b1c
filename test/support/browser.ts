import { accessSync, constants } from "node:fs";
import path from "node:path";
import axe from "axe-core";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { onTestFinished } from "vitest";

const names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/** The Chromium of this machine, as it is found on the PATH; undefined when there is none. */
export function installedBrowser(): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(path.delimiter).filter((folder) => folder !== "");
  return names.flatMap((name) => folders.map((folder) => path.join(folder, name))).find(isExecutable);
}

/** Why the tests in a browser are not run. */
export const noBrowser = `none of ${names.join(", ")} is on the PATH`;

/** Starts the browser. */
export async function startBrowser(executablePath: string): Promise<Browser> {
  // Whoever is root has no sandbox to run it in.
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return await chromium.launch({ executablePath, args });
}

/** Opens a page whose errors fail the test. */
export async function openPage(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  const errors: unknown[] = [];
  page.on("pageerror", (error) => errors.push(error));
  onTestFinished(async () => {
    await context.close();
    if (errors.length > 0) throw new AggregateError(errors, "the page had errors");
  });
  await page.goto(url);
  return page;
}

/** What keeps people out of a page, as far as a machine can tell: one sentence per problem. */
export async function barriers(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  return await page.evaluate(async () => {
    // axe put itself there a moment ago.
    const { axe: checker } = globalThis as unknown as { readonly axe: typeof axe };
    const { violations } = await checker.run();
    return violations.map(({ id, help, nodes }) => `${id}: ${help}, in ${nodes.map(({ html }) => html).join(" ")}`);
  });
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
