import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import { ContinuoError } from "../core/errors.ts";
import { requestFailed, requestRefused, type HttpLog } from "./log.ts";
import { problemOf, sendProblem, type Problem } from "./problem.ts";

/** The most bytes of a body in JSON. */
const BODY_BYTES = 16_384;

/** Makes JSON the one kind of body that a scope's routes take; what goes wrong is told in its words. */
export function acceptJsonOnly(scope: FastifyInstance, log: HttpLog): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(
    "application/json",
    { parseAs: "string", bodyLimit: BODY_BYTES },
    (_request, body, done) => {
      const read = parseJson(String(body));
      if (read.kind === "read") done(null, read.value);
      else done(new ContinuoError("bad_request", "the body is not JSON"));
    },
  );
  scope.setErrorHandler((error, request, reply) => {
    refuseJson({ log, request, reply }, error);
  });
}

/** The body of a request, as a schema reads it; one without a body is an empty object. Throws `bad_request` with what is wrong, never with what was given. */
export function jsonOf<Schema extends z.ZodType>(schema: Schema, request: FastifyRequest): z.infer<Schema> {
  return readBy(schema, request.body ?? {});
}

/** What a schema reads from something that came in. Throws `bad_request` with every problem by its place. */
export function readBy<Schema extends z.ZodType>(schema: Schema, given: unknown): z.infer<Schema> {
  const read = schema.safeParse(given);
  if (read.success) return read.data;
  const problems = read.error.issues.map(({ path, message }) => [path.join("."), message].filter(Boolean).join(": "));
  throw new ContinuoError("bad_request", problems.join("; "));
}

function refuseJson(
  at: { readonly log: HttpLog; readonly request: FastifyRequest; readonly reply: FastifyReply },
  error: unknown,
): void {
  const problem = inJson(problemOf(error));
  const route = at.request.routeOptions.url ?? "";
  if (problem.status >= 500) requestFailed(at.log, route, error);
  else requestRefused(at.log, route, problem);
  sendProblem(at.reply, problem);
}

function inJson(problem: Problem): Problem {
  if (problem.status === 413) return { ...problem, detail: "The body is larger than 16 KiB." };
  if (problem.status === 415) return { ...problem, detail: "The body must be application/json." };
  return problem;
}

function parseJson(text: string): { readonly kind: "read"; readonly value: unknown } | { readonly kind: "malformed" } {
  try {
    return { kind: "read", value: JSON.parse(text) };
  } catch (error) {
    if (error instanceof SyntaxError) return { kind: "malformed" };
    throw error;
  }
}
