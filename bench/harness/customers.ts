import { customerNumber } from "./account.ts";
import { openFakeTwilio } from "./fake-twilio.ts";
import { openConnection, type HttpConnection } from "./http-connection.ts";
import { watchLoop, type LoopLag } from "./loop-lag.ts";
import { serve } from "./program.ts";
import { newSid } from "./sid.ts";
import { textForm, webhookBytes } from "./webhook.ts";

// Customers who text, wait for the reply, and text again; and the Twilio in between.

/** What the customers can be asked. */
export type CustomerCommands = typeof commands;

const waiting = new Map<string, () => void>();
const twilioUrl = await openFakeTwilio((to) => {
  const resolve = waiting.get(to);
  waiting.delete(to);
  resolve?.();
});
const connections = new Map<number, HttpConnection>();
let texts = 0;

const commands = {
  twilioUrl: () => twilioUrl,
  /** So many customers at once, from the number `first` on, each with so many turns. Resolves with the times from text to reply, in milliseconds. */
  async talk(options: {
    readonly port: number;
    readonly first: number;
    readonly customers: number;
    readonly turns: number;
  }): Promise<{ readonly seconds: number; readonly latencies: readonly number[]; readonly lag: LoopLag }> {
    const { port, first, customers, turns } = options;
    const latencies: number[] = [];
    const lag = watchLoop();
    const startedAt = performance.now();
    async function converse(index: number): Promise<void> {
      const connection = connections.get(index) ?? (await openConnection(port));
      connections.set(index, connection);
      for (let turn = 0; turn < turns; turn += 1) {
        latencies.push(await oneTurn(connection, customerNumber(index)));
      }
    }
    await Promise.all(Array.from({ length: customers }, (_, index) => converse(first + index)));
    return { seconds: (performance.now() - startedAt) / 1000, latencies, lag: lag() };
  },
};
serve(commands);

async function oneTurn(connection: HttpConnection, from: string): Promise<number> {
  texts += 1;
  const bytes = webhookBytes(
    "/sms",
    textForm({ sid: newSid("SM"), from, body: `Hello, where is my order ORD_12345? I ask for the ${texts}th time.` }),
  );
  const replied = new Promise<void>((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error("no reply came within 30 s")), REPLY_MS);
    waiting.set(from, () => {
      clearTimeout(limit);
      resolve();
    });
  });
  const sentAt = performance.now();
  const { status, body } = await connection.request(bytes);
  if (status !== 200) throw new Error(`the server answered ${status} ${body}`);
  await replied;
  return performance.now() - sentAt;
}

const REPLY_MS = 30_000;
