/** The closed set of things that can go wrong which the caller cannot mend by itself. */
export type ErrorCode =
  | "config_invalid"
  | "data_folder_in_use"
  | "ledger_unavailable"
  | "ledger_full"
  | "store_unavailable"
  | "store_corrupt"
  | "model_unavailable"
  | "resolver_failed"
  | "agent_not_found"
  | "tool_failed"
  | "call_unknown"
  | "bad_request"
  | "unauthorised"
  | "not_found"
  | "internal";

/**
 * The one error family. The message starts with the code, says what happened and, where there is something to do,
 * what to do; it never holds a secret or personal data. The cause is for the log and is never sent to anybody.
 */
export class ContinuoError extends Error {
  override readonly name = "ContinuoError";
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(`${code}: ${message}`, options);
    this.code = code;
  }
}
