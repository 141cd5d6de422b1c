import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { keywordOf } from "./consent.ts";

describe("a keyword", () => {
  test.each([
    "STOP",
    "stop",
    " Stop\n",
    "StopAll",
    "unsubscribe",
    "CANCEL",
    "end",
    "quit",
    "revoke",
    "optout",
    "Stop.",
    "STOP!",
    '"stop"',
    "opt-out",
  ])("%j on SMS is a stop", (text) => {
    expect(keywordOf(text, "sms")).toBe("stop");
  });

  test.each([
    ["START", "start"],
    ["unstop", "start"],
    ["help", "help"],
    ["Info", "help"],
  ] as const)("%j is %s", (text, keyword) => {
    expect(keywordOf(text, "sms")).toBe(keyword);
    expect(keywordOf(text, "whatsapp")).toBe(keyword);
  });

  test.each(["please stop", "stop it", "stopping", "the end", "Cancel.", "help me", "no", "", "  "])(
    "%j is something to answer",
    (text) => {
      expect(keywordOf(text, "sms")).toBeUndefined();
    },
  );

  test("yes is an answer, unless somebody who is opted out says it", () => {
    expect(keywordOf("YES", "sms")).toBeUndefined();
    expect(keywordOf("yes", "sms", { optedOut: false })).toBeUndefined();
    expect(keywordOf("yes", "sms", { optedOut: true })).toBe("start");
    expect(keywordOf("yes", "whatsapp", { optedOut: true })).toBeUndefined();
  });

  test.each(["cancel", "end", "quit"])("%j on WhatsApp is an answer to a question", (text) => {
    expect(keywordOf(text, "whatsapp")).toBeUndefined();
    expect(keywordOf("stop", "whatsapp")).toBe("stop");
  });

  test("is what the provider took it for, whatever the text says", () => {
    expect(keywordOf("leave me alone", "sms", { optOutType: "STOP" })).toBe("stop");
    expect(keywordOf("STOP", "sms", { optOutType: "HELP" })).toBe("help");
    expect(keywordOf("STOP", "sms", { optOutType: "" })).toBe("stop");
    expect(keywordOf("hello", "sms", { optOutType: "nonsense" })).toBeUndefined();
  });

  test("means nothing in a web chat, which nobody sends texts to", () => {
    expect(keywordOf("STOP", "web")).toBeUndefined();
  });

  test("is looked for in any text in no time", () => {
    expect(keywordOf(`${"!".repeat(20_000)}a${"!".repeat(20_000)}`, "sms")).toBeUndefined();
    fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => void keywordOf(text, "sms")));
  });
});
