import { STATUS_CODES } from "node:http";
import type { FastifyReply } from "fastify";
import { ContinuoError, type ErrorCode } from "../core/errors.ts";

/** A problem as RFC 9457 describes it, with the closed code beside it. */
export interface Problem {
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail?: string;
}

/** The codes of the error family, and those that only a request can cause. */
export type ProblemCode =
  | ErrorCode
  | "signature_invalid"
  | "body_too_large"
  | "media_type_unsupported"
  | "request_timeout"
  | "too_many_requests"
  | "forbidden"
  | "conflict"
  | "draining";

const PROBLEM_TYPE = "application/problem+json";

/** Seconds after which a request may be repeated. */
const RETRY_AFTER_S = 5;

/** What an error looks like from outside. The cause stays inside, and so does every sentence about our own trouble. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ContinuoError) return ours(error);
  const status = statusOf(error);
  if (status === 413) return { status, code: "body_too_large", detail: "The body is larger than 64 KiB." };
  if (status === 415)
    return { status, code: "media_type_unsupported", detail: "The body must be application/x-www-form-urlencoded." };
  if (status === 408) return { status, code: "request_timeout" };
  if (status >= 400 && status < 500) return { status, code: "bad_request" };
  return { status: 500, code: "internal" };
}

/** A request that was understood and is wrong. */
export function malformed(detail: string): Problem {
  return { status: 400, code: "bad_request", detail };
}

/** A request that Twilio did not sign. */
export const unsigned: Problem = {
  status: 403,
  code: "signature_invalid",
  detail: "The X-Twilio-Signature is missing or does not match.",
};

/** A path or method that nobody serves. */
export const unknownPath: Problem = { status: 404, code: "not_found", detail: "There is nothing here." };

/** Answers with a problem. */
export function sendProblem(reply: FastifyReply, problem: Problem): void {
  if (problem.status === 503) reply.header("retry-after", String(RETRY_AFTER_S));
  // As bytes, because a text of this type would be given a charset, which the type does not have.
  reply
    .code(problem.status)
    .header("content-type", PROBLEM_TYPE)
    .send(Buffer.from(problemJson(problem)));
}

/** A whole HTTP/1.1 answer with a problem, for a connection that has no reply object. The connection closes after it. */
export function rawProblem(problem: Problem): string {
  const body = problemJson(problem);
  const retry = problem.status === 503 ? `Retry-After: ${RETRY_AFTER_S}\r\n` : "";
  return `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ""}\r\nConnection: close\r\n${retry}Content-Type: ${PROBLEM_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

function problemJson(problem: Problem): string {
  return JSON.stringify({ type: "about:blank", title: STATUS_CODES[problem.status], ...problem });
}

const statuses: Readonly<Record<ErrorCode, number>> = {
  config_invalid: 500,
  data_folder_in_use: 500,
  ledger_unavailable: 503,
  ledger_full: 503,
  store_unavailable: 503,
  store_corrupt: 500,
  model_unavailable: 503,
  resolver_failed: 503,
  agent_not_found: 500,
  tool_failed: 500,
  call_unknown: 404,
  bad_request: 400,
  unauthorised: 401,
  not_found: 404,
  internal: 500,
};

function ours(error: ContinuoError): Problem {
  const status = statuses[error.code];
  return status >= 500 ? { status, code: error.code } : { status, code: error.code, detail: error.message };
}

function statusOf(error: unknown): number {
  if (typeof error !== "object" || error === null || !("statusCode" in error)) return 500;
  return typeof error.statusCode === "number" ? error.statusCode : 500;
}
