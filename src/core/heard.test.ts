import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { advance, endOfQuote, heardText, isPlayed } from "./heard.ts";

const sentences = "Sentence 1 of twelve: nothing here. Sentence 2 of twelve: nothing there. Sentence 3.";
const words = fc.array(fc.stringMatching(/^[a-z]{1,6}[.,!]?$/u), { minLength: 1, maxLength: 20 });

describe("what was heard", () => {
  test("is the quote, when all of it is quoted", () => {
    expect(heardText({ text: sentences, played: 0 }, "Sentence 1 of")).toBe("Sentence 1 of");
  });

  test("reaches to the end of the quote, when only the last stretch is quoted", () => {
    const played = "Sentence 1 of twelve: nothing here. ".length;
    const heard = "Sentence 1 of twelve: nothing here. Sentence 2 of";
    expect(heardText({ text: sentences, played }, "Sentence 2 of")).toBe(heard);
    expect(heardText({ text: sentences, played: 0 }, "Sentence 2 of")).toBe(heard);
    // The last fragment was reported as played right before the interruption quoted it.
    expect(heardText({ text: sentences, played: heard.length }, "Sentence 2 of")).toBe(heard);
  });

  test("is never less than what was played", () => {
    const text = "No. No. No. Yes. No.";
    expect(heardText({ text, played: 11 }, "No.")).toBe("No. No. No.");
    expect(heardText({ text, played: 11 }, "something else")).toBe("No. No. No.");
    expect(heardText({ text, played: 11 }, " ")).toBe("No. No. No.");
    expect(heardText({ text: "a, b, a.", played: 5 }, "a, b")).toBe("a, b,");
  });

  test("is found although speech comes back with other spacing, case and punctuation", () => {
    expect(heardText({ text: "Your order — ORD_12345 — has shipped.", played: 0 }, "your order ORD 12345 has")).toBe(
      "Your order — ORD_12345 — has",
    );
    expect(heardText({ text: "İstanbul'da bekliyor.", played: 0 }, "i̇stanbul da")).toBe("İstanbul'da");
    expect(heardText({ text: "Le cafe\u0301 est fermé.", played: 0 }, "le café")).toBe("Le cafe\u0301");
    expect(heardText({ text: "طَلَبُكَ في الطريق.", played: 0 }, "طلبك في")).toBe("طَلَبُكَ في");
  });

  test("is the beginning of what was sent, whatever is quoted", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.nat(30), fc.string({ unit: "grapheme" }), (text, at, quote) => {
        const played = Math.min(at, text.length);
        const heard = heardText({ text, played }, quote);
        expect(text.startsWith(heard)).toBe(true);
        expect(heard.length).toBeGreaterThanOrEqual(played);
      }),
    );
  });

  test("is exactly the beginning that is quoted, wherever it stops", () => {
    fc.assert(
      fc.property(words, fc.nat(), (given, cut) => {
        const text = given.join(" ");
        const quote = text.slice(0, 1 + (cut % text.length)).trimEnd();
        expect(heardText({ text, played: 0 }, quote)).toBe(quote);
      }),
    );
  });
});

describe("playback", () => {
  test("moves on from fragment to fragment and comes to the end", () => {
    fc.assert(
      fc.property(words, (given) => {
        const text = given.join(" ");
        let playback = { text, played: 0 };
        for (const [index, word] of given.entries()) {
          playback = advance(playback, index === 0 ? word : ` ${word}`);
          expect(text.slice(0, playback.played)).toBe(given.slice(0, index + 1).join(" "));
        }
        expect(isPlayed(playback)).toBe(true);
      }),
    );
  });

  test("stays where it is for a fragment of something else", () => {
    const playback = { text: "Your order has shipped.", played: 10 };
    expect(advance(playback, "Key 9.")).toBe(playback);
    expect(advance(playback, "Your order")).toBe(playback);
  });

  test("is over when only punctuation is left", () => {
    expect(isPlayed({ text: "Done.", played: 4 })).toBe(true);
    expect(isPlayed({ text: "Done", played: 3 })).toBe(false);
    expect(isPlayed({ text: "", played: 0 })).toBe(true);
  });

  test("is found in any text without failing", () => {
    const text = fc.string({ unit: "grapheme" });
    fc.assert(
      fc.property(text, text, fc.nat(40), (whole, quote, from) => {
        const end = endOfQuote(whole, quote, from) ?? whole.length;
        expect(end).toBeGreaterThanOrEqual(Math.min(from, whole.length));
        expect(end).toBeLessThanOrEqual(whole.length);
      }),
    );
  });
});
