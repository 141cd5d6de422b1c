import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { forCustomer, type AdminRouteParts } from "../admin-scope.ts";
import { callerOf, needs } from "../auth.ts";
import { queryOf } from "../form.ts";
import { readBy } from "../json.ts";
import { malformed, sendProblem } from "../problem.ts";

const DAY_MS = 86_400_000;
const MOST_DAYS = 366;
const USUAL_DAYS = 30;

const day = z.iso.date("a day such as 2026-11-21");
const range = z.object({ from: day.optional(), to: day.optional() });

/**
 * `GET /admin/customer/:phone/analytics`: the figures of one customer. `GET /admin/analytics?from&to`: those of the
 * tenant, day by day in UTC, both days included; the last 30 days unless told otherwise.
 */
export function adminAnalyticsRoutes(scope: FastifyInstance, parts: AdminRouteParts): void {
  scope.get(
    "/admin/customer/:phone/analytics",
    { onRequest: needs(parts, "viewer") },
    forCustomer(parts, async ({ reply, who }) => {
      reply.send({ userId: who.subjectId, ...(await parts.customers.analytics(who)) });
    }),
  );
  scope.get("/admin/analytics", { onRequest: needs(parts, "viewer") }, async (request, reply) => {
    const { from, to } = readBy(range, queryOf(request));
    const last = to ?? isoDay(parts.clock.now());
    const first = from ?? isoDay(Date.parse(last) - (USUAL_DAYS - 1) * DAY_MS);
    const days = (Date.parse(last) - Date.parse(first)) / DAY_MS + 1;
    if (days < 1) sendProblem(reply, malformed("from: comes after to"));
    else if (days > MOST_DAYS) sendProblem(reply, malformed(`from: more than ${MOST_DAYS} days before to`));
    else reply.send(await parts.customers.totals(callerOf(request).tenant, { from: first, to: last }));
    return reply;
  });
}

function isoDay(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}
