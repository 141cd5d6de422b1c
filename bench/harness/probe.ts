import { subscribe } from "node:diagnostics_channel";
import { Server } from "node:net";
import { isMainThread } from "node:worker_threads";

// Loaded before a program, whatever it is: tells on which port it listens and, when asked, what its process used.

/** What a process used. Times in milliseconds, memory in bytes. */
export interface Usage {
  /** Processor time of all threads since the start. */
  readonly cpuMs: number;
  /** Bytes that went to the disk since the start. */
  readonly writtenBytes: number;
  readonly heapUsed: number;
  readonly external: number;
  readonly rss: number;
}

/** What a probe is asked. */
export interface ProbeQuestion {
  readonly probe: "usage";
  /** Whether garbage is collected first; needs `--expose-gc`. */
  readonly collect: boolean;
}

/** Where this module is, for `--import`. */
export const PROBE_URL = import.meta.url;

/** Whether a message is a probe's answer. */
export function isProbeAnswer(message: unknown): message is { readonly probe: "usage"; readonly usage: Usage } {
  return typeof message === "object" && message !== null && "probe" in message && "usage" in message;
}

/** Whether a message tells on which port a program listens. */
export function isListening(message: unknown): message is { readonly probe: "listening"; readonly port: number } {
  return typeof message === "object" && message !== null && "probe" in message && "port" in message;
}

// Only where it was asked to be: in the main thread of a program that has somebody to answer to.
if (isMainThread && process.send !== undefined && process.execArgv.includes(import.meta.url)) listen();

function listen(): void {
  process.on("message", (message) => {
    if (typeof message !== "object" || message === null || !("probe" in message) || !("collect" in message)) return;
    if (message.collect === true) for (let pass = 0; pass < 3; pass += 1) globalThis.gc?.();
    process.send?.({ probe: "usage", usage: usageNow() });
  });
  subscribe("tracing:net.server.listen:asyncEnd", (event) => {
    const server = typeof event === "object" && event !== null && "server" in event ? event.server : undefined;
    const address = server instanceof Server ? server.address() : null;
    if (typeof address === "object" && address !== null) process.send?.({ probe: "listening", port: address.port });
  });
  // Who started this program has ended: nobody will stop it any more.
  process.on("disconnect", () => process.exit());
  // The program ends when it wants to, as it would without a probe.
  process.channel?.unref();
}

function usageNow(): Usage {
  const { user, system } = process.cpuUsage();
  const { heapUsed, external, rss } = process.memoryUsage();
  // The kernel counts blocks of 512 bytes.
  return {
    cpuMs: (user + system) / 1000,
    writtenBytes: process.resourceUsage().fsWrite * 512,
    heapUsed,
    external,
    rss,
  };
}
