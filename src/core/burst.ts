/** The quiet time may put an answer off by at most this many windows, so that steady typing is answered. */
export const BURST_CAP_WINDOWS = 4;

/** The earliest moment at which a burst of texts should be answered. All in milliseconds; a window of 0 means at once. */
export function burstDueAt(burst: { readonly oldestAt: number; readonly newestAt: number }, windowMs: number): number {
  return Math.min(burst.newestAt + windowMs, burst.oldestAt + windowMs * BURST_CAP_WINDOWS);
}
