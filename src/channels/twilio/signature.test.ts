import { stringify } from "node:querystring";
import fc from "fast-check";
import twilio from "twilio";
import { describe, expect, test } from "vitest";
import { jsonUrl, sign, verify, verifyJson } from "./signature.ts";

const token = "12345678901234567890123456789012";
const url = "https://support.example.com/sms?tenant=a%20b&x=1";
const form = { From: "+14155550100", Body: "Grüße, 😀 & more", To: "+14155550199", NumMedia: "0", Empty: "" };
const forms = fc.dictionary(
  fc.string({ unit: "grapheme", minLength: 1 }).filter((name) => name !== "__proto__"),
  fc.oneof(fc.string({ unit: "grapheme" }), fc.array(fc.string(), { minLength: 1 })),
);

describe("a signature", () => {
  test("is the one that the twilio package makes, for any form, repeated names included", () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true }), forms, (anyUrl, anyForm) => {
        const expected = twilio.getExpectedTwilioSignature(token, anyUrl, anyForm);
        expect(sign(token, anyUrl, anyForm)).toBe(expected);
        expect(verify(expected, { tokens: [token], url: anyUrl, form: anyForm })).toBe(true);
      }),
    );
  });

  test("of ours is accepted by the twilio package", () => {
    expect(twilio.validateRequest(token, sign(token, url, form), url, form)).toBe(true);
    expect(twilio.validateRequest(token, sign(token, url), url, {})).toBe(true);
  });

  test("does not match when anything was changed", () => {
    const signature = sign(token, url, form);
    expect(verify(signature, { tokens: [token], url, form: { ...form, Body: "pay me" } })).toBe(false);
    expect(verify(signature, { tokens: [token], url: url.replace("/sms", "/voice"), form })).toBe(false);
    expect(verify(signature, { tokens: ["another token"], url, form })).toBe(false);
    expect(verify(signature, { tokens: [], url, form })).toBe(false);
  });

  test.each([undefined, "", "x", "=".repeat(28), "é".repeat(28), `${sign(token, url, form)} `])(
    "that is no signature (%s) never matches",
    (signature) => {
      expect(verify(signature, { tokens: [token], url, form })).toBe(false);
    },
  );

  test("any text in the header is refused without an error", () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 26, maxLength: 30, unit: "binary" }),
        (text) => !verify(text, { tokens: [token], url, form }),
      ),
    );
  });

  test("by the old or the new token matches while both are in use", () => {
    const tokens = ["new token", token];
    expect(verify(sign(token, url, form), { tokens, url, form })).toBe(true);
    expect(verify(sign("new token", url, form), { tokens, url, form })).toBe(true);
  });

  test("never covers the fragment", () => {
    expect(sign(token, `${url}#rc=2&rp=ct,rt,5xx`, form)).toBe(sign(token, url, form));
  });

  test("may have been made with the standard port or without, as by the package", () => {
    const bare = "https://support.example.com/voice?a=1";
    const withPort = "https://support.example.com:443/voice?a=1";
    expect(verify(sign(token, withPort), { tokens: [token], url: bare })).toBe(true);
    expect(verify(sign(token, bare), { tokens: [token], url: withPort })).toBe(true);
    expect(twilio.validateRequest(token, sign(token, withPort), bare, {})).toBe(true);
  });

  test("of a socket covers the address exactly as it was written", () => {
    const socket = "wss://support.example.com/conversation-relay/abc";
    const signature = sign(token, socket);
    expect(verify(signature, { tokens: [token], url: socket })).toBe(true);
    expect(verify(signature, { tokens: [token], url: socket.replace("wss", "https") })).toBe(false);
    expect(verify(signature, { tokens: [token], url: socket.replace(".com/", ".com:443/") })).toBe(false);
    expect(twilio.validateRequest(token, signature, socket, {})).toBe(true);
  });

  test("of a form survives the way over the wire", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (body) => {
        const sent = stringify({ ...form, Body: body });
        const received = Object.fromEntries(new URLSearchParams(sent));
        expect(verify(sign(token, url, { ...form, Body: body }), { tokens: [token], url, form: received })).toBe(true);
      }),
    );
  });
});

describe("a signed JSON request", () => {
  const body = Buffer.from(JSON.stringify({ event: "done", text: "Grüße" }));

  test("is the one that the twilio package takes", () => {
    const signedUrl = jsonUrl("https://support.example.com/events?a=1", body);
    const signature = sign(token, signedUrl);
    expect(twilio.validateRequestWithBody(token, signature, signedUrl, body.toString())).toBe(true);
    expect(verifyJson(signature, { tokens: [token], url: signedUrl, body })).toBe(true);
  });

  test("is refused when the body was changed, or no hash of it is in the address", () => {
    const signedUrl = jsonUrl("https://support.example.com/events", body);
    expect(verifyJson(sign(token, signedUrl), { tokens: [token], url: signedUrl, body: Buffer.from("{}") })).toBe(
      false,
    );
    expect(verifyJson(sign(token, url), { tokens: [token], url, body })).toBe(false);
  });
});
