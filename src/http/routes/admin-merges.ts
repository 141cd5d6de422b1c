import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { branded, type MergeId } from "../../core/ids.ts";
import type { IdentityChange } from "../admin-parts.ts";
import { forCustomer, problemOfName, refuse, type AdminRouteParts } from "../admin-scope.ts";
import { callerOf, needs } from "../auth.ts";
import { jsonOf } from "../json.ts";
import type { Problem } from "../problem.ts";

/** Seconds after which somebody who was busy is asked for again. */
const BUSY_RETRY_S = 3;

const name = z.string().min(1).max(256);
const merging = z.object({
  from: name,
  into: name,
  reason: z
    .string()
    .max(300)
    .regex(/\S/u, "must say something")
    .regex(/^[\P{Cc}\s]*$/u, "must have no control characters"),
});
const splitting = z.object({ mergeId: z.string().min(1).max(64) });

/**
 * `POST /admin/subjects/merge` makes one customer part of another, `POST /admin/subjects/split` takes that back,
 * `GET /admin/customer/:phone/merges` tells who became part of a customer.
 */
export function adminMergesRoutes(scope: FastifyInstance, parts: AdminRouteParts): void {
  const onRequest = needs(parts, "supervisor");
  scope.post("/admin/subjects/merge", { onRequest }, async (request, reply) => {
    const { tenant, name: by } = callerOf(request);
    const { from, into, reason } = jsonOf(merging, request);
    const [one, other] = [await parts.customers.find(tenant, from), await parts.customers.find(tenant, into)];
    if (one.kind !== "known") refuse({ parts, request, reply }, problemOfName(one));
    else if (other.kind !== "known") refuse({ parts, request, reply }, problemOfName(other));
    else {
      const wish = { from: one.who, into: other.who, reason: reason.trim(), by };
      const change = await parts.customers.merge(wish);
      // Two names of one customer are no slip of whoever gave them: they were brought together before.
      const already = change.kind === "refused" && change.why === "itself" && from.trim() !== into.trim();
      answer({ parts, request, reply }, already ? oneAlready : change);
    }
    return reply;
  });
  scope.post("/admin/subjects/split", { onRequest }, async (request, reply) => {
    const { tenant, name: by } = callerOf(request);
    const { mergeId } = jsonOf(splitting, request);
    const wish = { tenant, mergeId: branded<MergeId>(mergeId), by };
    answer({ parts, request, reply }, await parts.customers.split(wish));
    return reply;
  });
  scope.get(
    "/admin/customer/:phone/merges",
    { onRequest },
    forCustomer(parts, async ({ reply, who }) => {
      reply.send({ userId: who.subjectId, merges: await parts.customers.merges(who) });
    }),
  );
}

/** What is decided and not done yet is accepted: it will be. */
function answer(
  at: { readonly parts: AdminRouteParts; readonly request: FastifyRequest; readonly reply: FastifyReply },
  change: IdentityChange,
): void {
  if (change.kind === "done") {
    const under = change.merge.state === "merging" || change.merge.state === "splitting";
    at.reply.code(under ? 202 : 200).send(change.merge);
    return;
  }
  if (change.why === "busy") at.reply.header("retry-after", String(BUSY_RETRY_S));
  refuse(at, { ...refusals[change.why], detail: change.sentence });
}

const oneAlready: IdentityChange = {
  kind: "refused",
  why: "already",
  sentence: "The two are one customer already.",
};
const conflict: Problem = { status: 409, code: "conflict" };
const refusals: Readonly<Record<Extract<IdentityChange, { kind: "refused" }>["why"], Problem>> = {
  itself: { status: 400, code: "bad_request" },
  not_found: { status: 404, code: "not_found" },
  already: conflict,
  busy: conflict,
  superseded: conflict,
};
