import { describe, expect, test } from "vitest";
import { readResolved } from "./resolved.ts";

describe("what a resolver tells", () => {
  test("is read with its id, name and small details", () => {
    expect(readResolved({ id: " 42 ", name: "John Smith ", details: { tier: "gold", orders: 3, vip: true } })).toEqual({
      id: "42",
      name: "John Smith",
      details: { tier: "gold", orders: 3, vip: true },
    });
  });

  test.each([[undefined], [null], [""], ["  "]])("has no name when the name is %j", (name) => {
    expect(readResolved({ id: "42", name })).toEqual({ id: "42", details: {} });
  });

  test.each([
    ["nothing", undefined],
    ["a text", "42"],
    ["a list", ["42"]],
    ["no id", { name: "John" }],
    ["an empty id", { id: " " }],
    ["an id that is no text", { id: { $gt: "" } }],
    ["an id of 10,000 characters", { id: "4".repeat(10_000) }],
    ["an id with control characters", { id: "4\u00002" }],
    ["an id of two lines", { id: "4\n2" }],
    ["a name that is no text", { id: "42", name: 7 }],
    ["a name of 10,000 characters", { id: "42", name: "J".repeat(10_000) }],
    ["a name that turns the text around", { id: "42", name: "John\u202Etxet" }],
    ["details that are none", { id: "42", details: "gold" }],
  ])("says nobody's id when it is %s", (_what, told) => {
    expect(readResolved(told)).toBeUndefined();
  });

  test("leaves out details that are large or deep, or have names that are none", () => {
    const details = {
      tier: "gold",
      note: "x".repeat(301),
      blank: " ",
      address: { city: "Cairo" },
      orders: [1],
      gone: null,
      share: Number.NaN,
      "a\nb": 1,
      "": 1,
      ["k".repeat(65)]: 1,
    };
    expect(readResolved({ id: "42", details })?.details).toEqual({ tier: "gold" });
  });

  test("keeps the first twenty of very many details", () => {
    const details = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`key_${index}`, index]));
    expect(Object.keys(readResolved({ id: "42", details })?.details ?? {})).toHaveLength(20);
  });
});
