import { monitorEventLoopDelay, performance } from "node:perf_hooks";

/** How late an event loop was, in milliseconds, and how busy: a load generator that is late measures itself. */
export interface LoopLag {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** Share of the time in which it did something, from 0 to 1. */
  readonly busy: number;
}

const RESOLUTION_MS = 5;

/** Watches this process's event loop until the result is called. */
export function watchLoop(): () => LoopLag {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  const before = performance.eventLoopUtilization();
  delay.enable();
  return () => {
    delay.disable();
    return {
      p50: late(delay.percentile(50)),
      p99: late(delay.percentile(99)),
      max: late(delay.max),
      busy: performance.eventLoopUtilization(before).utilization,
    };
  };
}

function late(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
}
