import { describe, expect, test } from "vitest";
import { showMs, showPairs, showRow, toned, wrap } from "./screen.ts";

const screen = { columns: 60, colours: false };

describe("a row", () => {
  test("has its columns under those of other rows", () => {
    expect(showRow(screen, { seconds: 0.04, who: "John", channel: "sms", text: "Hi", tone: "customer" })).toBe(
      "   0.0  John     sms       Hi",
    );
    expect(showRow(screen, { seconds: 12.34, who: "agent", channel: "voice", text: "Hello", tone: "agent" })).toBe(
      "  12.3  agent    voice     Hello",
    );
  });

  test("goes on below its text, within the width", () => {
    const shown = showRow(screen, {
      seconds: 1,
      who: "agent",
      channel: "sms",
      text: "Your order ORD_12345 has shipped and will be there tomorrow.",
      tone: "agent",
    });
    expect(shown.split("\n")).toEqual([
      "   1.0  agent    sms       Your order ORD_12345 has shipped",
      "                           and will be there tomorrow.",
    ]);
  });

  test("puts a remark behind the text where there is room, and below where there is none", () => {
    expect(
      showRow(screen, {
        seconds: 1,
        who: "agent",
        channel: "sms",
        text: "Hello",
        tone: "agent",
        remark: "after 40 ms",
      }),
    ).toMatch(/Hello after 40 ms$/u);
    expect(
      showRow(screen, {
        seconds: 1,
        who: "agent",
        channel: "sms",
        text: "x".repeat(30),
        tone: "agent",
        remark: "after 40 ms",
      }),
    ).toMatch(/x\n {27}after 40 ms$/u);
  });
});

describe("wrapping", () => {
  test("breaks at spaces, and inside words that are too long", () => {
    expect(wrap("one two three abcdefghijklmnop", 10)).toEqual(["one two", "three", "abcdefghij", "klmnop"]);
  });

  test("lets nothing through that steers a terminal", () => {
    expect(wrap("a\u001B[31mb\u0007\r\nc\td", 20)).toEqual(["a[31mb", "c d"]);
  });
});

test("there is no colour where it is not wanted", () => {
  expect(toned(screen, "bad", "no")).toBe("no");
  expect(toned({ ...screen, colours: true }, "bad", "no")).toBe("\u001B[31mno\u001B[39m");
});

test("pairs are aligned, and the right side is wrapped", () => {
  expect(
    showPairs(
      [
        ["/help", "this"],
        ["/key 12#", "presses keys on the phone, one after the other, as a caller does"],
      ],
      screen,
    ),
  ).toBe("  /help     this\n  /key 12#  presses keys on the phone, one after the other,\n            as a caller does");
});

test.each([
  [3.4, "3 ms"],
  [1500, "1.5 s"],
  [180_000, "3 min"],
])("%d ms is said as %s", (ms, said) => {
  expect(showMs(ms)).toBe(said);
});
