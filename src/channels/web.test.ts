import { expect, test } from "vitest";
import { branded, outboxId, tenantId } from "../core/ids.ts";
import type { OutboxRow } from "../core/outbox.ts";
import { ownMessageId, webChannel, webMessageId } from "./web.ts";

const never = new AbortController().signal;
const visitorId = "0".repeat(32);

function desk() {
  const shown: string[] = [];
  const channel = webChannel({
    deliver: (row) => shown.push(`${row.to}: ${row.body}`),
    typing: (visitor) => shown.push(`${visitor} …`),
  });
  return { shown, channel };
}

const row: OutboxRow = {
  id: outboxId("out_1"),
  subjectId: branded("sub_1"),
  tenant: tenantId("acme"),
  channel: "web",
  to: visitorId,
  from: "web",
  body: "Hello",
  state: "sending",
  attempts: 1,
  createdAt: 0,
};

test("a reply is shown to whoever is there, and is sent once it is durable", async () => {
  const { channel, shown } = desk();
  expect(await channel.send(row, never)).toEqual({ kind: "sent", providerId: "out_1" });
  expect(shown).toEqual([`${visitorId}: Hello`]);
});

test("a reply whose program died is shown again and counts as sent", async () => {
  const { channel, shown } = desk();
  expect(await channel.find(row, never)).toEqual({ kind: "found", providerId: "out_1" });
  expect(shown).toEqual([`${visitorId}: Hello`]);
});

test("who wrote sees that a reply is being written", async () => {
  const { channel, shown } = desk();
  await channel.typing?.(webMessageId(visitorId, "m/1"), never);
  expect(shown).toEqual([`${visitorId} …`]);
  expect(ownMessageId(webMessageId(visitorId, "m/1"))).toBe("m/1");
});

test("a reply stays whole up to 8,000 characters", () => {
  const { channel } = desk();
  expect(channel.split(` ${"a ".repeat(3_999)}a “quoted”`.slice(0, 8_000))).toHaveLength(1);
  expect(channel.split("a ".repeat(4_001)).map((part) => part.length <= 8_000)).toEqual([true, true]);
  expect(channel.split("  ")).toEqual([]);
});
