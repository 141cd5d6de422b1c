import { setTimeout as pause } from "node:timers/promises";
import { customerNumber } from "../harness/account.ts";
import { openFakeTwilio } from "../harness/fake-twilio.ts";
import { openConnection, type HttpConnection } from "../harness/http-connection.ts";
import { watchLoop, type LoopLag } from "../harness/loop-lag.ts";
import { serve } from "../harness/program.ts";
import { newSid } from "../harness/sid.ts";
import { textForm, webhookBytes } from "../harness/webhook.ts";

// Sends signed texts, each a new one, from many numbers.

/** What a stretch of load came to; latencies in milliseconds, one a request. */
export interface Load {
  readonly seconds: number;
  readonly latencies: readonly number[];
  readonly lag: LoopLag;
}

/** What the load generator can be asked. */
export type LoadCommands = typeof commands;

let replies = 0;
const twilioUrl = await openFakeTwilio(() => {
  replies += 1;
});
let sent = 0;

const commands = {
  twilioUrl: () => twilioUrl,
  replies: () => replies,
  /** As fast as so many connections can, each with one request at a time. */
  async closed(options: {
    readonly port: number;
    readonly connections: number;
    readonly warmMs: number;
    readonly measureMs: number;
    readonly numbers: number;
  }): Promise<Load> {
    const { port, warmMs, measureMs, numbers } = options;
    const connections = await Promise.all(Array.from({ length: options.connections }, () => openConnection(port)));
    // Made before, so that signing takes no time away from the server while it is measured.
    const ready = Array.from({ length: Math.ceil((warmMs + measureMs) * MOST_PER_MS) }, () => nextText(numbers));
    const startedAt = performance.now() + warmMs;
    const endsAt = startedAt + measureMs;
    const latencies: number[] = [];
    const lag = watchLoop();
    async function drive(connection: HttpConnection): Promise<void> {
      for (let sentAt = performance.now(); sentAt < endsAt; sentAt = performance.now()) {
        await sendText(connection, ready.pop() ?? nextText(numbers));
        const doneAt = performance.now();
        if (sentAt >= startedAt && doneAt <= endsAt) latencies.push(doneAt - sentAt);
      }
    }
    await Promise.all(connections.map(drive));
    for (const connection of connections) connection.close();
    return { seconds: measureMs / 1000, latencies, lag: lag() };
  },
  /** So many a second, whatever the server does; a request that finds no free connection is late and counted so. */
  async steady(options: {
    readonly port: number;
    readonly perSecond: number;
    readonly warmMs: number;
    readonly measureMs: number;
    readonly numbers: number;
  }): Promise<Load> {
    const { port, perSecond, warmMs, measureMs, numbers } = options;
    const free = await Promise.all(Array.from({ length: 64 }, () => openConnection(port)));
    const all = [...free];
    // A server may close a connection on which nobody ever asks for anything; those here may wait for long.
    await Promise.all(all.map((connection) => connection.request(HEALTH)));
    const latencies: number[] = [];
    const lag = watchLoop();
    const beganAt = performance.now();
    const count = Math.floor(((warmMs + measureMs) * perSecond) / 1000);
    const pending: Promise<void>[] = [];
    for (let index = 0; index < count; index += 1) {
      const dueAt = beganAt + (index * 1000) / perSecond;
      const bytes = nextText(numbers);
      await pause(Math.max(0, dueAt - performance.now()));
      const connection = free.pop();
      if (connection === undefined) throw new Error("64 requests are waiting: the server does not keep up");
      const sentAt = performance.now();
      pending.push(
        sendText(connection, bytes).then(() => {
          if (dueAt - beganAt >= warmMs) latencies.push(performance.now() - sentAt);
          free.push(connection);
        }),
      );
    }
    await Promise.all(pending);
    for (const connection of all) connection.close();
    return { seconds: measureMs / 1000, latencies, lag: lag() };
  },
};
serve(commands);

/** More than any server here answers in a millisecond. */
const MOST_PER_MS = 12;
const HEALTH = Buffer.from("GET /health HTTP/1.1\r\nhost: bench.example\r\n\r\n");

function nextText(numbers: number): Buffer {
  sent += 1;
  return webhookBytes(
    "/sms",
    textForm({
      sid: newSid("SM"),
      from: customerNumber(sent % numbers),
      body: `Where is my order ORD_12345? (${sent})`,
    }),
  );
}

async function sendText(connection: HttpConnection, bytes: Buffer): Promise<void> {
  const { status, body } = await connection.request(bytes);
  if (status !== 200) throw new Error(`the server answered ${status} ${body}`);
}
