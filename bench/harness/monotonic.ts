/** Milliseconds of a clock that all processes of a machine share, so that stamps of different processes compare. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
