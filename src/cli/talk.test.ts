import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { configFrom } from "../app/config.ts";
import { type App } from "../app/context.ts";
import { journal } from "../simulator/journal.ts";
import { realTime } from "../simulator/time.ts";
import { demoBusiness, demoCustomer } from "./demo/people.ts";
import { playDemo } from "./demo/play.ts";
import type { Desk } from "./desk.ts";
import { startPrivately } from "./own-server.ts";
import { talk } from "./talk.ts";

const screen = { columns: 80, colours: false };

async function withServer<Result>(use: (app: App) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "continuo-cli-"));
  try {
    await using app = await startPrivately(
      configFrom({ DATA_DIR: folder, HOST: "127.0.0.1", PORT: "0", LOG_LEVEL: "silent", BURST_WINDOW_MS: "20" }).config,
    );
    return await use(app);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What is shown to somebody whose lines come from a file. */
async function transcript(
  app: App,
  begin: "texting" | "calling",
  lines: readonly string[],
): Promise<{ readonly shown: string; readonly unanswered: number }> {
  const { accountSid, authTokens } = app.config.twilio;
  const replies = journal<string>();
  app.twilio?.messages.listen(({ body }) => replies.add(body));
  const desk: Desk = {
    line: { accountSid, authToken: authTokens[0], publicUrl: app.publicUrl, time: realTime(Infinity) },
    business: demoBusiness,
    replies,
    about: "",
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const output = new PassThrough();
  const unanswered = await talk(
    desk,
    { input: Readable.from(lines.map((line) => `${line}\n`)), output, screen, interactive: false },
    { number: demoCustomer, begin },
  );
  output.end();
  return { shown: await text(output), unanswered };
}

test("each line of a file is a text, shown with its reply", async () => {
  const { shown, unanswered } = await withServer((app) =>
    transcript(app, "texting", ["Where is my order ORD_12345?", "", "/key 1", "/nonsense"]),
  );
  expect(unanswered).toBe(0);
  expect(shown).toMatch(/^you {5}Where is my order ORD_12345\?\ntext {4}.*ORD_12345/u);
  expect(shown).toContain("There are keys to press only during a call.");
  expect(shown).toContain("There is no /nonsense.");
  expect(shown.split("\n").every((line) => line.length <= 80)).toBe(true);
});

test("a call can be interrupted, lost and ended from a file, and goes on in between", async () => {
  const { shown, unanswered } = await withServer((app) =>
    transcript(app, "calling", [
      "What is your return policy?",
      "/interrupt where is my order ORD_12345?",
      "/drop",
      "Where is my order ORD_12345?",
      "/hangup",
      "hello",
    ]),
  );
  expect(unanswered).toBe(0);
  expect(shown).toMatch(/agent {3}\S+ \S+ \S+ \(interrupted\)\nyou {5}where is my order/u);
  expect(shown).toContain("… and the call goes on (connection 2).");
  expect(shown).toContain("The call is over.");
  expect(shown).toContain("There is no call any more.");
});

test("the demo does what it promises, in rows that fit 80 columns", async () => {
  const rows: string[] = [];
  const failure = await withServer((app) => playDemo(app, { screen, write: (row) => void rows.push(row) }));
  expect(failure).toBeUndefined();
  expect(
    rows
      .join("\n")
      .split("\n")
      .filter((row) => row.length > 80),
  ).toEqual([]);
});
