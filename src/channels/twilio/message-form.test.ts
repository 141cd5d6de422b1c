import { describe, expect, test } from "vitest";
import type { Form } from "./form.ts";
import { readMessage, type InboundText } from "./message-form.ts";

const sid = `SM${"a1".repeat(16)}`;
const accountSid = `AC${"0".repeat(32)}`;
const form: Form = {
  MessageSid: sid,
  SmsSid: sid,
  SmsMessageSid: sid,
  AccountSid: accountSid,
  From: "+14155550100",
  To: "+14155550199",
  Body: "Where is ORD_12345?",
  NumMedia: "0",
  NumSegments: "1",
  FromCity: "",
  AnythingNew: ["1", "2"],
};

function read(changes: Form, options = { accountSid }): InboundText | string {
  const reading = readMessage({ ...form, ...changes }, options);
  return reading.kind === "read" ? reading.value : reading.problem;
}

describe("a text", () => {
  test("is read with its addresses, whatever else comes along", () => {
    expect(read({})).toEqual({
      providerId: sid,
      rawFrom: "+14155550100",
      body: {
        kind: "text",
        channel: "sms",
        from: "+14155550100",
        to: "+14155550199",
        text: "Where is ORD_12345?",
        media: [],
        providerId: sid,
      },
    });
  });

  test("may be empty, have no count of media, and come from any account when none is configured", () => {
    expect(read({ Body: "", NumMedia: undefined, SmsSid: undefined, SmsMessageSid: undefined })).toMatchObject({
      body: { text: "" },
    });
    expect(readMessage({ ...form, AccountSid: undefined }).kind).toBe("read");
  });

  test("has its media by reference", () => {
    const media = {
      NumMedia: "2",
      MediaUrl0: "https://api.twilio.com/m/0",
      MediaContentType0: "image/jpeg",
      MediaUrl1: "https://api.twilio.com/m/1",
      MediaContentType1: "",
    };
    expect(read(media)).toMatchObject({
      body: {
        media: [
          { url: "https://api.twilio.com/m/0", contentType: "image/jpeg" },
          { url: "https://api.twilio.com/m/1", contentType: "" },
        ],
      },
    });
  });

  test("tells what the provider took it for", () => {
    expect(read({ Body: "stop", OptOutType: "STOP" })).toMatchObject({ optOutType: "STOP" });
    expect(read({ OptOutType: "" })).not.toHaveProperty("optOutType");
  });

  test("has no character that a database refuses", () => {
    expect(read({ Body: "a\0b" })).toMatchObject({ body: { text: "ab" } });
  });

  test.each<[string, Form, string]>([
    ["no id", { MessageSid: undefined }, "MessageSid is missing"],
    ["an id of another kind", { MessageSid: `CA${"0".repeat(32)}` }, "MessageSid is malformed"],
    ["an id that something was appended to", { MessageSid: `${sid}NumMedia0` }, "MessageSid is malformed"],
    ["two ids", { MessageSid: [sid, sid] }, "MessageSid came more than once"],
    ["ids that differ", { SmsSid: `SM${"b".repeat(32)}` }, "SmsSid is not MessageSid"],
    ["other ids that differ", { SmsMessageSid: "" }, "SmsMessageSid is not MessageSid"],
    ["another account", { AccountSid: `AC${"1".repeat(32)}` }, "AccountSid is not the account of this installation"],
    ["a malformed account", { AccountSid: "AC" }, "AccountSid is malformed"],
    ["no sender", { From: undefined }, "From is missing"],
    ["an empty sender", { From: "" }, "From is malformed"],
    ["a sender that is only a prefix", { From: "whatsapp:" }, "From is malformed"],
    ["two senders", { From: ["+1", "+2"] }, "From came more than once"],
    ["an endless sender", { From: "1".repeat(257) }, "From is malformed"],
    ["no receiver", { To: undefined }, "To is missing"],
    ["no body", { Body: undefined }, "Body is missing"],
    ["two bodies", { Body: ["a", "b"] }, "Body came more than once"],
    ["an endless body", { Body: "a".repeat(20_001) }, "Body is malformed"],
    ["a count that is no number", { NumMedia: "many" }, "NumMedia is malformed"],
    ["a count beyond ten", { NumMedia: "11" }, "NumMedia is malformed"],
    ["less media than counted", { NumMedia: "1" }, "MediaUrl0 is missing or malformed"],
    ["media without a type", { NumMedia: "1", MediaUrl0: "https://x" }, "MediaContentType0 is missing or malformed"],
    [
      "media twice",
      { NumMedia: "1", MediaUrl0: ["https://x", "https://y"], MediaContentType0: "a/b" },
      "MediaUrl0 is missing or malformed",
    ],
    [
      "a service with something appended",
      { MessagingServiceSid: `MG${"0".repeat(32)}NumMedia1` },
      "MessagingServiceSid is malformed",
    ],
  ])("with %s is refused, and the problem names the field only", (_case, changes, problem) => {
    expect(read(changes)).toBe(problem);
  });
});

describe("a WhatsApp message", () => {
  const whatsapp: Form = {
    From: "whatsapp:+14155550100",
    To: "whatsapp:+14155550199",
    ProfileName: "John",
    WaId: "14155550100",
  };

  test("is told by the sender's prefix, which is not part of the address", () => {
    expect(read(whatsapp)).toMatchObject({
      rawFrom: "whatsapp:+14155550100",
      body: { channel: "whatsapp", from: "+14155550100", to: "+14155550199" },
    });
  });

  test("that is a button or a list entry has its words", () => {
    expect(read({ ...whatsapp, Body: "", ButtonText: "Yes please", ButtonPayload: "yes" })).toMatchObject({
      body: { text: "Yes please" },
    });
    expect(read({ ...whatsapp, Body: "Yes", ButtonText: "Yes", ButtonPayload: "yes" })).toMatchObject({
      body: { text: "Yes" },
    });
    expect(read({ ...whatsapp, Body: "", ListId: "x", ListTitle: "Track my order" })).toMatchObject({
      body: { text: "Track my order" },
    });
  });

  test("that shares a place says where", () => {
    const place = { ...whatsapp, Body: "", Latitude: "37.7749", Longitude: "-122.4194" };
    expect(read(place)).toMatchObject({ body: { text: "Shared location: 37.7749, -122.4194" } });
    expect(read({ ...place, Body: "here", Label: "Office", Address: "1 Main St" })).toMatchObject({
      body: { text: "here\nShared location: Office, 1 Main St, 37.7749, -122.4194" },
    });
    expect(read({ ...place, Latitude: "north" })).toMatchObject({ body: { text: "" } });
    expect(read({ ...place, Latitude: "91" })).toMatchObject({ body: { text: "" } });
  });
});
