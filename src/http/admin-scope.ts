import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { SubjectRef } from "../core/ids.ts";
import type { Named } from "./admin-parts.ts";
import { callerOf, type Caller } from "./auth.ts";
import { readBy } from "./json.ts";
import { requestRefused } from "./log.ts";
import type { HttpParts } from "./parts.ts";
import { sendProblem, type Problem } from "./problem.ts";

/** What the operators' routes stand on. */
export type AdminRouteParts = Pick<HttpParts, "access" | "clock" | "log" | "customers">;

/** A request about a customer, of somebody who may make it. */
export interface CustomerRequest {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly caller: Caller;
  readonly who: SubjectRef;
}

type Route = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

const path = z.object({ phone: z.string() });

/** A route about the customer whom its path names; who is unknown is not found, and what can be nobody is told how it was understood. */
export function forCustomer(parts: AdminRouteParts, answer: (asked: CustomerRequest) => Promise<void>): Route {
  return async function asked(request, reply) {
    const caller = callerOf(request);
    const { phone } = readBy(path, request.params);
    const named = await parts.customers.find(caller.tenant, phone);
    if (named.kind === "known") await answer({ request, reply, caller, who: named.who });
    else refuse({ parts, request, reply }, problemOfName(named));
  };
}

/** What is wrong with a name that means nobody. */
export function problemOfName(named: Exclude<Named, { kind: "known" }>): Problem {
  if (named.kind === "unknown") return { ...nobody, detail: named.understood };
  return { status: 400, code: "bad_request", detail: named.understood };
}

/** Answers with a problem whose sentence may tell of the customer, and leaves the sentence out of the log. */
export function refuse(
  at: { readonly parts: Pick<HttpParts, "log">; readonly request: FastifyRequest; readonly reply: FastifyReply },
  problem: Problem,
): void {
  const { status, code } = problem;
  requestRefused(at.parts.log, at.request.routeOptions.url ?? "", { status, code });
  sendProblem(at.reply, problem);
}

/** Nobody is known by a name, or not any more. */
export const nobody: Problem = { status: 404, code: "not_found", detail: "Nobody is known by that name." };
