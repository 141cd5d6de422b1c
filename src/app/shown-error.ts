import { ContinuoError } from "../core/errors.ts";

/** An error as the log shows it. */
export interface ShownError {
  readonly type: string;
  /** Only of errors whose messages hold nothing but our own words. */
  readonly message?: string;
  readonly code?: string | number;
  readonly status?: number;
  /** Where it was thrown: frames only, because the first lines of a stack repeat the message. */
  readonly stack?: string;
  readonly cause?: ShownError;
}

// Deeper chains are somebody's mistake and may even be rings.
const DEEPEST = 4;

/**
 * An error without what a stranger may have written into it: what a provider or a parser says is wrong often quotes the
 * customer's words, so that only the messages of our own errors, and of slips in a program, are shown.
 */
export function shownError(error: unknown, depth = 1): ShownError {
  if (!(error instanceof Error)) return { type: typeof error };
  const { code, status } = factsOf(error);
  const frames = framesOf(error);
  const deeper = error.cause !== undefined && depth < DEEPEST;
  return {
    type: error.name,
    ...(isOurOwn(error) ? { message: error.message } : {}),
    ...(code === undefined ? {} : { code }),
    ...(status === undefined ? {} : { status }),
    ...(frames === "" ? {} : { stack: frames }),
    ...(deeper ? { cause: shownError(error.cause, depth + 1) } : {}),
  };
}

function isOurOwn(error: Error): boolean {
  return [ContinuoError, TypeError, ReferenceError, RangeError].some((kind) => error instanceof kind);
}

function factsOf(error: Error): { readonly code: string | number | undefined; readonly status: number | undefined } {
  const code = "code" in error ? error.code : undefined;
  const status = "status" in error ? error.status : undefined;
  const isCode = typeof code === "number" || (typeof code === "string" && /^\w{1,60}$/u.test(code));
  return { code: isCode ? code : undefined, status: typeof status === "number" ? status : undefined };
}

function framesOf(error: Error): string {
  const lines = (error.stack ?? "").split("\n");
  return lines.filter((line) => /^\s+at /u.test(line)).join("\n");
}
