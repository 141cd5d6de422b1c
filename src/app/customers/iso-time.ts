// Dates end here; what is further away is shown as their last moment.
const LAST_MOMENT_MS = 8_640_000_000_000_000;

/** A moment in milliseconds since 1970, as ISO 8601. */
export function isoTime(atMs: number): string {
  return new Date(Math.min(LAST_MOMENT_MS, Math.max(-LAST_MOMENT_MS, atMs))).toISOString();
}
