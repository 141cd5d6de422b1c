import { expect, test } from "vitest";
import { branded, outboxId } from "../core/ids.ts";
import type { OutboxRow } from "../core/outbox.ts";
import { smsChannel } from "./sms.ts";
import type { OutgoingMessage, SoughtMessage, TwilioClient } from "./twilio/client.ts";
import { whatsappChannel } from "./whatsapp.ts";

const row: OutboxRow = {
  id: outboxId("out_1"),
  subjectId: branded("sub_1"),
  tenant: branded("acme"),
  channel: "sms",
  to: "+14155550100",
  from: "+14155550199",
  body: "Hello",
  state: "sending",
  attempts: 1,
  createdAt: 100,
  sendingAt: 200,
};
const signal = new AbortController().signal;

/** A client that keeps what it was asked. */
function keepingClient(): { client: TwilioClient; sent: OutgoingMessage[]; sought: SoughtMessage[]; typed: string[] } {
  const sent: OutgoingMessage[] = [];
  const sought: SoughtMessage[] = [];
  const typed: string[] = [];
  const client: TwilioClient = {
    async send(message) {
      sent.push(message);
      return { kind: "sent", providerId: "SM1" };
    },
    async find(message) {
      sought.push(message);
      return { kind: "absent" };
    },
    async typing(sid) {
      typed.push(sid);
    },
  };
  return { client, sent, sought, typed };
}

test("an SMS goes out with the addresses as they are, and is sought from when its request began", async () => {
  const { client, sent, sought } = keepingClient();
  const channel = smsChannel(client);
  expect(await channel.send(row, signal)).toEqual({ kind: "sent", providerId: "SM1" });
  await channel.find(row, signal);
  expect(sent).toEqual([{ outboxId: row.id, to: row.to, from: row.from, body: "Hello" }]);
  expect(sought).toEqual([{ to: row.to, from: row.from, body: "Hello", since: 200 }]);
});

test("a WhatsApp message goes out with the prefix on both addresses", async () => {
  const { client, sent, sought, typed } = keepingClient();
  const channel = whatsappChannel(client);
  await channel.send({ ...row, channel: "whatsapp" }, signal);
  await channel.find(row, signal);
  await channel.typing?.("SM2", signal);
  expect(sent).toEqual([
    { outboxId: row.id, to: "whatsapp:+14155550100", from: "whatsapp:+14155550199", body: "Hello" },
  ]);
  expect(sought[0]?.to).toBe("whatsapp:+14155550100");
  expect(typed).toEqual(["SM2"]);
});

test("a reply is split, and only an SMS is made cheaper", () => {
  const { client } = keepingClient();
  expect(smsChannel(client).split("It’s here")).toEqual(["It's here"]);
  expect(whatsappChannel(client).split("It’s here")).toEqual(["It’s here"]);
  expect(
    smsChannel(client)
      .split("A sentence. ".repeat(200))
      .map((part) => part.length),
  ).toEqual([1_595, 803]);
});
