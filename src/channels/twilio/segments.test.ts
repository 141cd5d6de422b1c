import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cheapPunctuation, countSegments, splitText } from "./segments.ts";

describe("counting segments", () => {
  test.each([
    ["", { encoding: "gsm7", units: 0, segments: 0 }],
    ["a".repeat(160), { encoding: "gsm7", units: 160, segments: 1 }],
    ["a".repeat(161), { encoding: "gsm7", units: 161, segments: 2 }],
    ["a".repeat(306), { encoding: "gsm7", units: 306, segments: 2 }],
    ["a".repeat(307), { encoding: "gsm7", units: 307, segments: 3 }],
    ["€".repeat(80), { encoding: "gsm7", units: 160, segments: 1 }],
    // The sign of two septets does not fit behind 152 others.
    [`${"a".repeat(152)}€${"a".repeat(152)}`, { encoding: "gsm7", units: 306, segments: 3 }],
    ["ø".repeat(70), { encoding: "gsm7", units: 70, segments: 1 }],
    ["ç", { encoding: "ucs2", units: 1, segments: 1 }],
    ["’".repeat(70), { encoding: "ucs2", units: 70, segments: 1 }],
    ["’".repeat(71), { encoding: "ucs2", units: 71, segments: 2 }],
    ["😀".repeat(35), { encoding: "ucs2", units: 70, segments: 1 }],
    // A pair is not cut in two, so a segment of 67 units holds 33 of them.
    ["😀".repeat(67), { encoding: "ucs2", units: 134, segments: 3 }],
  ])("%s", (text, expected) => {
    expect(countSegments(text)).toEqual(expected);
  });
});

describe("cheap punctuation", () => {
  test("brings quotes, dashes and dots into GSM-7", () => {
    const cheap = cheapPunctuation("“It’s on its way” – or not… 10\u00A0% \u200Boff");
    expect(cheap).toBe(`"It's on its way" - or not... 10 % off`);
    expect(countSegments(cheap).encoding).toBe("gsm7");
  });

  test.each(["Ça va “bien” 😀", "شكرا “لك”", "plain text", ""])(
    "leaves %s as it is, where nothing is gained",
    (text) => {
      expect(cheapPunctuation(text)).toBe(text);
    },
  );
});

describe("splitting", () => {
  test("a text that fits is one part", () => {
    expect(splitText("a".repeat(1_600), 1_600)).toEqual(["a".repeat(1_600)]);
    expect(splitText("  short  ", 1_600)).toEqual(["short"]);
    expect(splitText("  \n ", 1_600)).toEqual([]);
  });

  test("cuts at the last sentence end that fits", () => {
    expect(splitText("One is here. Two is here. Three is here.", 30)).toEqual([
      "One is here. Two is here.",
      "Three is here.",
    ]);
    expect(splitText('He said "stop." Then he left the room.', 20)).toEqual([
      'He said "stop."',
      "Then he left the",
      "room.",
    ]);
    expect(splitText("你好世界。再见世界。", 7)).toEqual(["你好世界。", "再见世界。"]);
  });

  test("cuts between words where no sentence ends, or only one that is very short", () => {
    expect(splitText("one two three four", 8)).toEqual(["one two", "three", "four"]);
    expect(splitText("Hi. This goes on and on for long", 22)).toEqual(["Hi. This goes on and", "on for long"]);
  });

  test("cuts a long word between characters as a reader sees them", () => {
    expect(splitText("👨‍👩‍👧‍👦👨‍👩‍👧‍👦", 12)).toEqual(["👨‍👩‍👧‍👦", "👨‍👩‍👧‍👦"]);
    expect(splitText("aaaae\u0301b", 5)).toEqual(["aaaa", "e\u0301b"]);
    expect(splitText("3.141592653589793", 10)).toEqual(["3.14159265", "3589793"]);
  });

  test("loses nothing but white space, keeps to the limit and cuts no character, whatever the text", () => {
    const texts = fc.string({
      unit: fc.oneof(
        fc.constantFrom("a", " ", ". ", "\n", "😀", "👨‍👩‍👧", "e\u0301"),
        fc.string({ unit: "grapheme", maxLength: 1 }),
      ),
      maxLength: 300,
    });
    fc.assert(
      fc.property(texts, fc.integer({ min: 12, max: 60 }), (text, limit) => {
        const parts = splitText(text, limit);
        expect(parts.join("").replace(/\s/gu, "")).toBe(text.replace(/\s/gu, ""));
        for (const part of parts) {
          expect(part.length).toBeLessThanOrEqual(limit);
          expect(part.trim()).toBe(part);
          expect(part.isWellFormed()).toBe(true);
        }
      }),
    );
  });

  test("keeps a character longer than the limit from being cut inside a pair", () => {
    const parts = splitText(`e${"\u{1D165}".repeat(20)}`, 12);
    expect(parts.every((part) => part.isWellFormed() && part.length <= 12)).toBe(true);
  });

  test("is quick for a very long text", () => {
    const parts = splitText("word ".repeat(100_000), 1_600);
    expect(parts.length).toBe(313);
  });
});
