import { once } from "node:events";
import { WebSocket } from "ws";
import { customerNumber } from "../harness/account.ts";
import { serve } from "../harness/program.ts";
import { ring, setupFrame } from "../harness/ring.ts";
import { newSid } from "../harness/sid.ts";

// Many callers who say nothing.

/** What the callers can be asked. */
export type LoadCommands = typeof commands;

const open: WebSocket[] = [];
let lost = 0;

const commands = {
  /** So many calls to the platform, from as many numbers. */
  async ring(options: { readonly port: number; readonly calls: number }): Promise<void> {
    await inSmallGroups(options.calls, () => ring(options.port, customerNumber(open.length)));
  },
  /** So many connections to a bare socket. */
  async connect(options: { readonly url: string; readonly calls: number }): Promise<void> {
    await inSmallGroups(options.calls, async () => {
      const socket = new WebSocket(options.url, { perMessageDeflate: false });
      await once(socket, "open");
      socket.send(setupFrame(newSid("CA"), customerNumber(open.length)));
      return socket;
    });
  },
  /** How many calls are on the line, and how many the server dropped. */
  standing: () => ({ open: open.length - lost, lost }),
};
serve(commands);

async function inSmallGroups(count: number, connect: () => Promise<WebSocket>): Promise<void> {
  let left = count;
  async function some(): Promise<void> {
    while (left > 0) {
      left -= 1;
      const socket = await connect();
      socket.on("close", () => {
        lost += 1;
      });
      open.push(socket);
    }
  }
  await Promise.all(Array.from({ length: 16 }, some));
}
