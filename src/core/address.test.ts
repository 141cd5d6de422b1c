import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addressKey, aliasOf, dialled, isAnswerable, readAddress, readSender } from "./address.ts";

function keyOf(raw: string, country = "US"): string {
  return addressKey(readAddress(raw, country), "scope");
}

describe("an address", () => {
  test.each([
    "+14155550100",
    "4155550100",
    "14155550100",
    "(415) 555-0100",
    "415-555-0100",
    "415.555.0100",
    "1 (415) 555-0100",
    "+1 (415) 555-0100",
    "+1 415–555–0100",
    "whatsapp:+14155550100",
    "WhatsApp:+14155550100",
    "sms:+14155550100",
    "tel:+1-415-555-0100",
    " +14155550100\n",
    "\u202A+14155550100\u202C",
    "＋１４１５５５５０１００",
  ])("spelled %j is one subject", (raw) => {
    expect(keyOf(raw)).toBe("tel:+14155550100");
  });

  test.each([
    "+1 415 555 0100 ext. 5",
    "+1 415 555 0100 x5",
    "+14155550100 extension 12345",
    "(415) 555-0100, ext 5",
    "415-555-0100 #21",
    "tel:+1-415-555-0100;ext=5",
    "+1 (415) 555-0100 Ext: 7",
  ])("with an extension, %j, is the number", (raw) => {
    expect(keyOf(raw)).toBe("tel:+14155550100");
  });

  test.each([
    // Eleven characters can be a name that the sender chose, and must not pass for somebody's number.
    "030123456x1",
    "4155550x100",
    "+266696687 ext. 5",
    "AMAZON ORDERS ext. 5",
    "+14155550100 ext. five",
    "+14155550100 ext. 12345678",
    `${"4".repeat(60)} x5`,
    `4155550100${" ".repeat(10_000)}x5`,
  ])("that only looks like a number with an extension is none: %j", (raw) => {
    expect(readAddress(raw, "DE").kind).toBe("other");
  });

  test.each([
    ["EG", "0100 123 4567", "+201001234567"],
    ["EG", "01001234567", "+201001234567"],
    ["EG", "+20 100 123 4567", "+201001234567"],
    ["EG", "00201001234567", "+201001234567"],
    ["EG", "14155550100", "+14155550100"],
    ["GB", "020 7946 0958", "+442079460958"],
    ["GB", "+44 (0)20 7946 0958", "+442079460958"],
    ["gb", "07700 900123", "+447700900123"],
    ["US", "442079460958", "+442079460958"],
    ["IT", "06 1234 5678", "+390612345678"],
  ])("in %s, %j is %s", (country, raw, number) => {
    expect(readAddress(raw, country)).toEqual({ kind: "phone", number });
  });

  test.each(["+15550100001", "+1555", "+999123456789", "+5215512345678", `+${"1".repeat(40)}`])(
    "%j is served as it was given, whatever the numbering plan says",
    (raw) => {
      expect(readAddress(raw, "US")).toEqual({ kind: "phone", number: raw });
      expect(readAddress(`whatsapp:${raw}`, "EG")).toEqual({ kind: "phone", number: raw });
    },
  );

  test.each(["72345", "345678", "88-22-33"])("%j is a short code, not a number in the default country", (raw) => {
    expect(readAddress(raw, "US")).toEqual({ kind: "other", text: raw.replaceAll("-", "") });
  });

  test.each([
    ["AMAZON", "amazon"],
    ["My Bank", "my bank"],
    ["client:alice", "alice"],
    ["sip:alice@example.com", "alice@example.com"],
    // Who calls over SIP says of himself what his number is: that is not proof.
    ["sip:+14155550100@example.com", "+14155550100@example.com"],
    ["555-0100", "5550100"],
  ])("%j is kept as %j", (raw, text) => {
    expect(readAddress(raw, "US")).toEqual({ kind: "other", text });
  });

  test.each([
    "",
    "Anonymous",
    "+266696687",
    "+7378742833",
    "restricted",
    "unknown",
    "whatsapp:",
    "sip:anonymous@anonymous.invalid",
    "---",
  ])("%j is somebody who hides, with a subject of their own each time", (raw) => {
    const address = readAddress(raw, "US");
    expect(address).toEqual({ kind: "anonymous" });
    expect(addressKey(address, "CA1")).not.toBe(addressKey(address, "CA2"));
    expect(aliasOf(address, "CA1")).not.toBe(aliasOf(address, "CA2"));
    expect(dialled(address)).toBeUndefined();
  });

  test.each([
    ["+14155550100", true],
    ["+201001234567", true],
    ["72345", false],
    ["12345678", false],
    ["AMAZON", false],
    ["anonymous", false],
  ])("%j can be written back to by text message: %s; by WhatsApp and web chat always", (raw, reachable) => {
    const address = readAddress(raw, "US");
    expect(isAnswerable(address, "sms")).toBe(reachable);
    expect([isAnswerable(address, "whatsapp"), isAnswerable(address, "web")]).toEqual([true, true]);
  });

  test("of eight digits that texts is a short code, also where people's numbers have eight", () => {
    expect(readAddress("32123456", "DK")).toEqual({ kind: "phone", number: "+4532123456" });
    expect(readSender("32123456", "sms", "DK")).toEqual({ kind: "other", text: "32123456" });
    expect(readSender("+4532123456", "sms", "DK")).toEqual({ kind: "phone", number: "+4532123456" });
    expect(readSender("4155550100", "sms", "US")).toEqual({ kind: "phone", number: "+14155550100" });
  });

  test("has an alias that people can type", () => {
    expect(aliasOf(readAddress("+14155550100", "US"), "")).toBe("phone_14155550100");
    expect(aliasOf(readAddress("AMAZON", "US"), "")).toBe("other_amazon");
  });

  test("is read whatever it holds, and to the same when read again", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "grapheme" }), fc.stringMatching(/^\+?[\d ().-]{0,20}$/u)), (raw) => {
        const address = readAddress(raw, "US");
        expect(readAddress(dialled(address) ?? "anonymous", "US")).toEqual(address);
        expect(address.kind === "phone" ? address.number : "+1").toMatch(/^\+\d+$/u);
      }),
    );
  });

  test("shares its alias with no other", () => {
    const names = ["a b", "a_b", "a-b", "a_20_b", "مرحبا", "😀", "😁", "a@b.c", "a.b@c"];
    expect(new Set(names.map((name) => aliasOf({ kind: "other", text: name }, ""))).size).toBe(names.length);
    const other = fc.string({ unit: "grapheme" }).map((text) => ({ kind: "other", text }) as const);
    fc.assert(
      fc.property(other, other, (a, b) => {
        fc.pre(a.text !== b.text);
        expect(aliasOf(a, "")).not.toBe(aliasOf(b, ""));
        expect(aliasOf(a, "")).toMatch(/^other_[a-z0-9_]*$/u);
      }),
    );
  });
});
