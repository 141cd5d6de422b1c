import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { newSubjectId, newTurnId, tenantId } from "../core/ids.ts";
import { logEvent, requestAnswered } from "./events-log.ts";
import { type LogPlaces, openLog } from "./log.ts";

const quiet = { level: "trace", files: false, style: "json" } as const;

function gathered(): {
  readonly lines: () => readonly Record<string, unknown>[];
  readonly text: () => string;
  readonly places: LogPlaces;
} {
  const chunks: string[] = [];
  function text(): string {
    return chunks.join("");
  }
  return {
    text,
    places: { stream: { write: (chunk: string) => void chunks.push(chunk) } },
    lines: () =>
      text()
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
  };
}

describe("the log", () => {
  test("is one JSON line an event, with ids", () => {
    const { places, lines } = gathered();
    const [subjectId, turnId] = [newSubjectId(0), newTurnId(0)];
    logEvent(openLog(quiet, places), {
      name: "turn_settled",
      tenant: tenantId("default"),
      subjectId,
      turnId,
      channel: "sms",
      detail: { outcome: "replied", ms: 12.34 },
    });
    expect(lines()).toEqual([
      {
        level: "info",
        time: expect.stringMatching(/Z$/u),
        event: "turn_settled",
        subjectId,
        turnId,
        channel: "sms",
        tenant: "default",
        outcome: "replied",
        ms: 12.3,
      },
    ]);
  });

  test("marks what took longer than 200 ms", () => {
    const { places, lines } = gathered();
    const log = openLog(quiet, places);
    requestAnswered(log, { route: "POST /sms", status: 200, ms: 3 });
    requestAnswered(log, { route: "POST /sms", status: 200, ms: 201 });
    expect(lines().map(({ level, slow }) => [level, slow])).toEqual([
      ["debug", undefined],
      ["warn", true],
    ]);
  });

  test("holds no phone number, no text and no secret, whatever is given to it", () => {
    const { places, text } = gathered();
    const log = openLog(quiet, places);
    log.info({ from: "+14155550100", nested: { Body: "my card is stolen", to: "4155550100" } }, "message_received");
    log.info({ url: "/sessions/phone_14155550100?From=%2B14155550100" }, "seen");
    log.error(
      { err: new Error("no route to +14155550100 or (415) 555-0100 or john.doe@example.com with sk-abcdefghijklmnop") },
      "failed",
    );
    log.info({ id: "4155550100" }, "seen");
    for (const secret of ["4155550100", "555-0100", "stolen", "john.doe", "abcdefghijklmnop"])
      expect(text()).not.toContain(secret);
  });

  test("tells from what to what a session and a channel changed, and no address", () => {
    const { places, lines } = gathered();
    const log = openLog(quiet, places);
    const tenant = tenantId("default");
    logEvent(log, { name: "session_changed", tenant, detail: { session: "ses_1", from: "ACTIVE", to: "IDLE" } });
    logEvent(log, { name: "session_ended", tenant, detail: { reason: "close_timeout", from: "IDLE" } });
    logEvent(log, { name: "modality_switched", tenant, detail: { from: "voice", to: "sms" } });
    logEvent(log, { name: "message_sent", tenant, detail: { from: "+14155550100", to: "a word" } });
    expect(lines()).toMatchObject([
      { session: "ses_1", fromState: "ACTIVE", toState: "IDLE" },
      { reason: "close_timeout", fromState: "IDLE" },
      { fromChannel: "voice", toChannel: "sms" },
      { from: "[redacted]", to: "[redacted]" },
    ]);
  });

  test("leaves ids and times alone", () => {
    const { places, lines } = gathered();
    openLog(quiet, places).info({ callSid: `CA${"1234567890".repeat(3)}12`, at: 1_795_000_000_000 }, "seen");
    expect(lines()[0]).toMatchObject({ callSid: `CA${"1234567890".repeat(3)}12`, at: 1_795_000_000_000 });
  });

  test("writes files when asked to, errors apart", async () => {
    const folder = await mkdtemp(join(tmpdir(), "continuo-log-"));
    const log = openLog({ ...quiet, files: true }, { ...gathered().places, folder });
    log.info("server_started");
    log.error("turn_failed");
    await new Promise((resolve) => log.flush(resolve));
    await expect
      .poll(async () => (await readFile(join(folder, "customer-service.log"), "utf8")).split("\n").length)
      .toBe(3);
    await expect.poll(async () => (await readFile(join(folder, "error.log"), "utf8")).split("\n").length).toBe(2);
    await rm(folder, { recursive: true });
  });
});
