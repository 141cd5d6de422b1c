import { sign } from "../../src/channels/twilio/signature.ts";
import { account } from "./account.ts";

/** The bytes of a signed webhook, ready to be sent. */
export function webhookBytes(path: string, form: Readonly<Record<string, string>>): Buffer {
  const body = new URLSearchParams(form).toString();
  const signature = sign(account.token, account.publicUrl + path, form);
  return Buffer.from(
    `POST ${path} HTTP/1.1\r\nhost: bench.example\r\ncontent-type: application/x-www-form-urlencoded\r\n` +
      `x-twilio-signature: ${signature}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** The form of a text message, with every field that Twilio sends. */
export function textForm(message: {
  readonly sid: string;
  readonly from: string;
  readonly body: string;
}): Readonly<Record<string, string>> {
  const { sid, from, body } = message;
  return {
    ToCountry: "US",
    ToState: "CA",
    SmsMessageSid: sid,
    NumMedia: "0",
    ToCity: "",
    FromZip: "94107",
    SmsSid: sid,
    FromState: "CA",
    SmsStatus: "received",
    FromCity: "SAN FRANCISCO",
    Body: body,
    FromCountry: "US",
    To: account.number,
    ToZip: "",
    NumSegments: "1",
    MessageSid: sid,
    AccountSid: account.sid,
    From: from,
    ApiVersion: "2010-04-01",
  };
}

/** The form of a call that rings. */
export function callForm(call: { readonly sid: string; readonly from: string }): Readonly<Record<string, string>> {
  return {
    AccountSid: account.sid,
    ApiVersion: "2010-04-01",
    CallSid: call.sid,
    CallStatus: "ringing",
    Direction: "inbound",
    From: call.from,
    To: account.number,
    Caller: call.from,
    Called: account.number,
  };
}
