import { expect, test } from "vitest";
import { readMessageStatus } from "./message-status-form.ts";

const form = {
  MessageSid: `SM${"0".repeat(32)}`,
  MessageStatus: "undelivered",
  ErrorCode: "30003",
  To: "+14155550100",
};

test("a status names the message, the outbox row and what went wrong", () => {
  expect(readMessageStatus(form, { outbox: "out_0abc", now: 5 })).toEqual({
    kind: "read",
    value: { providerId: form.MessageSid, status: "undelivered", errorCode: "30003", outboxId: "out_0abc", now: 5 },
  });
});

test("an outbox row that is none of ours is left out", () => {
  const reading = readMessageStatus({ ...form, MessageStatus: "sent", ErrorCode: "" }, { outbox: "../etc", now: 5 });
  expect(reading).toEqual({ kind: "read", value: { providerId: form.MessageSid, status: "sent", now: 5 } });
});

test.each(["receiving", "partially_delivered", "something_new"])(
  "the status %s says nothing of what we sent",
  (MessageStatus) => {
    expect(readMessageStatus({ ...form, MessageStatus }, { now: 5 })).toEqual({ kind: "read", value: undefined });
  },
);

test.each([
  { MessageSid: "S M" },
  { MessageStatus: undefined },
  { MessageStatus: ["sent", "failed"] },
  { MessageStatus: "<b>" },
  { ErrorCode: "many" },
])("a form that is not a status callback is refused: %o", (changes) => {
  expect(readMessageStatus({ ...form, ...changes }, { now: 5 }).kind).toBe("malformed");
});
