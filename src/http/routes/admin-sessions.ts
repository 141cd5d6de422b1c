import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { forCustomer, refuse, type AdminRouteParts } from "../admin-scope.ts";
import { needs } from "../auth.ts";
import { queryOf } from "../form.ts";
import { readBy } from "../json.ts";

const page = z.object({ limit: z.coerce.number().int().min(1).max(500).default(50) });

/**
 * `GET /admin/customer/:phone/sessions`: the stretches of activity, the newest first. `POST /admin/customer/:phone/close`
 * ends the one that runs; one that is over stays so.
 */
export function adminSessionsRoutes(scope: FastifyInstance, parts: AdminRouteParts): void {
  scope.get(
    "/admin/customer/:phone/sessions",
    { onRequest: needs(parts, "viewer") },
    forCustomer(parts, async ({ request, reply, who }) => {
      const { limit } = readBy(page, queryOf(request));
      reply.send({ userId: who.subjectId, sessions: await parts.customers.sessions(who, limit) });
    }),
  );
  scope.post(
    "/admin/customer/:phone/close",
    { onRequest: needs(parts, "operator") },
    forCustomer(parts, async ({ request, reply, caller, who }) => {
      const closing = await parts.customers.close(who, caller.name);
      if (closing.kind === "no_session") {
        refuse({ parts, request, reply }, { status: 404, code: "not_found", detail: "There is no session to close." });
        return;
      }
      reply.send({ changed: closing.kind === "closed", session: closing.session });
    }),
  );
}
