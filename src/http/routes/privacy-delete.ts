import type { FastifyInstance } from "fastify";
import { forCustomer, nobody, refuse, type AdminRouteParts } from "../admin-scope.ts";
import { needs } from "../auth.ts";

/** `DELETE /privacy/delete/:phone`: forgets a customer, everywhere, and answers with a receipt. */
export function privacyDeleteRoute(scope: FastifyInstance, parts: AdminRouteParts): void {
  scope.delete(
    "/privacy/delete/:phone",
    { onRequest: needs(parts, "admin") },
    forCustomer(parts, async ({ request, reply, caller, who }) => {
      const receipt = await parts.customers.forget(who, caller.name);
      if (receipt === undefined) refuse({ parts, request, reply }, nobody);
      else reply.send(receipt);
    }),
  );
}
