/** A request that failed for these reasons would fail again in the same way. */
const pointless = new Set(["insufficient_quota", "invalid_api_key", "model_not_found", "context_length_exceeded"]);

/** Whether a request that failed before its first word may be made again. */
export function mayBeTriedAgain(error: unknown): boolean {
  const { status, code } = factsOf(error);
  if (code !== undefined && pointless.has(code)) return false;
  if (status === undefined) return true;
  return status === 408 || status === 409 || status === 429 || status >= 500;
}

/**
 * Milliseconds to wait after the given failed attempt (from 1): what the server asked for, or 200 and then 600, up to
 * a quarter more or less. `random` is in [0, 1).
 */
export function retryDelayMs(error: unknown, attempt: number, random: number): number {
  const asked = askedMs(error);
  if (asked !== undefined) return asked;
  return Math.round(200 * 3 ** (attempt - 1) * (0.75 + random / 2));
}

/** The failure in a few words that hold nothing personal: the status and the code, or the kind of error. */
export function whatFailed(error: unknown): string {
  const { status, code } = factsOf(error);
  const known = [status === undefined ? undefined : String(status), code].filter((fact) => fact !== undefined);
  if (known.length > 0) return known.join(" ");
  return error instanceof Error ? error.name : "unknown failure";
}

function factsOf(error: unknown): { readonly status: number | undefined; readonly code: string | undefined } {
  if (typeof error !== "object" || error === null) return { status: undefined, code: undefined };
  const status = "status" in error && typeof error.status === "number" ? error.status : undefined;
  const code =
    "code" in error && typeof error.code === "string" && /^\w{1,60}$/u.test(error.code) ? error.code : undefined;
  return { status, code };
}

function askedMs(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("headers" in error)) return undefined;
  if (!(error.headers instanceof Headers)) return undefined;
  const milliseconds = Number(error.headers.get("retry-after-ms") ?? Number.NaN);
  if (milliseconds >= 0) return milliseconds;
  const seconds = Number(error.headers.get("retry-after") ?? Number.NaN);
  return seconds >= 0 ? seconds * 1_000 : undefined;
}
