import { expect, test } from "vitest";
import { addressOfSession } from "./session-name.ts";

test.each([
  "+14155550100",
  "phone_14155550100",
  "phone_+14155550100",
  "+1 (415) 555-0100",
  "(415) 555-0100",
  "4155550100",
  "whatsapp:+14155550100",
])("%s is a number's session", (name) => {
  expect(addressOfSession(name, "US")).toEqual({ addressKey: "tel:+14155550100", alias: "phone_14155550100" });
});

test.each(["user_alice_session", "20251026", "unknown", "7", "sub_1", "phone_book"])(
  "%s is a name of its own",
  (name) => {
    expect(addressOfSession(name, "US")).toMatchObject({ addressKey: `other:session:${name}` });
  },
);

test("two names never share an alias", () => {
  const aliases = ["Alice", "alice", "a-lice", "a_2d_lice"].map((name) => addressOfSession(name, "US")?.alias);
  expect(new Set(aliases).size).toBe(4);
});

test("nobody is called nothing", () => {
  expect(addressOfSession("  ", "US")).toBeUndefined();
});
