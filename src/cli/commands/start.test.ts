import { expect, test } from "vitest";
import { configFrom } from "../../app/config.ts";
import { showFindings } from "./doctor.ts";
import { showKey, showStart } from "./start.ts";

const screen = { columns: 80, colours: false };
const model = { name: "gpt-4o-mini", offline: false };

test("with Twilio, a start shows the addresses to paste, whole and with what makes Twilio repeat", () => {
  const { config } = configFrom({
    TWILIO_ACCOUNT_SID: `AC${"0".repeat(32)}`,
    TWILIO_AUTH_TOKEN: "t".repeat(32),
    PUBLIC_URL: "https://a-rather-long-name-of-a-host.support.example.com/with/a/prefix",
  });
  const shown = showStart(
    { url: "http://127.0.0.1:3001", publicUrl: config.server.publicUrl ?? "", config, model },
    screen,
  );
  expect(shown).toContain(
    "https://a-rather-long-name-of-a-host.support.example.com/with/a/prefix/sms#rc=2&rp=ct,rt,5xx\n",
  );
  expect(shown).toContain("/prefix/voice\n");
  expect(shown).toContain("/prefix/status\n");
});

test("without Twilio, a start says who plays it, what answers and what to do next", () => {
  const { config } = configFrom({});
  const url = "http://127.0.0.1:3001";
  const shown = showStart({ url, publicUrl: url, config, model: { name: "offline", offline: true } }, screen);
  expect(shown).toContain("played by the simulator");
  expect(shown).toContain("NOT a language model");
  expect(shown).toContain("npm run chat");
  expect(shown.split("\n").every((line) => line.length <= 80)).toBe(true);
});

test("a new key is shown whole, in a box that fits the screen, with what to do with it", () => {
  const secret = `ctn_${"k".repeat(43)}`;
  const shown = showKey(secret, screen);
  const lines = shown.trim().split("\n");
  expect(shown.split(secret)).toHaveLength(2);
  expect(new Set(lines.map((line) => line.length)).size).toBe(1);
  expect(lines.every((line) => line.length <= 80)).toBe(true);
  expect(shown).toContain("ADMIN_API_KEYS");
});

test("what the doctor finds is aligned, with a last word on whether it is enough", () => {
  const good = { kind: "good", about: "node", text: "is 24.0.0" } as const;
  expect(showFindings([good], screen)).toBe("ok    node      is 24.0.0\n\nEverything that is needed is there.");
  expect(showFindings([good, { kind: "bad", about: "port", text: "3001 is taken" }], screen)).toMatch(
    /mend {2}port {6}3001 is taken\n\nOne thing needs mending/u,
  );
});
