import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { forCustomer, nobody, refuse, type AdminRouteParts } from "../admin-scope.ts";
import { needs } from "../auth.ts";
import { queryOf } from "../form.ts";
import { readBy } from "../json.ts";

const page = z.object({
  before: z.coerce.number().int().positive().optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(200),
});

/** `GET /admin/session/:phone`: a customer's conversation, the end of it or what came `before` a place. */
export function adminSessionRoute(scope: FastifyInstance, parts: AdminRouteParts): void {
  scope.get(
    "/admin/session/:phone",
    { onRequest: needs(parts, "viewer") },
    forCustomer(parts, async ({ request, reply, who }) => {
      const { before, limit } = readBy(page, queryOf(request));
      const view = await parts.customers.session(who, { limit, ...(before === undefined ? {} : { before }) });
      if (view === undefined) refuse({ parts, request, reply }, nobody);
      else reply.send(view);
    }),
  );
}
