import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { forCustomer, type AdminRouteParts } from "../admin-scope.ts";
import { needs } from "../auth.ts";
import { jsonOf, readBy } from "../json.ts";
import { sendEdit } from "./admin-memory.ts";

const path = z.object({ name: z.string().min(1).max(64) });

const text = z
  .string()
  .min(1)
  .max(300)
  .regex(/^[\P{Cc}\s]*$/u, "must have no control characters");
const given = z.object({
  value: z.union([text, z.number(), z.boolean(), z.array(text).min(1).max(20), z.null()], {
    error: "a text, a number, true or false, a list of texts, or null to forget it",
  }),
});

/** `PATCH /admin/customer/:phone/memory/entities/:name`: sets a value of the session that runs; null forgets it. */
export function adminEntitiesRoute(scope: FastifyInstance, parts: AdminRouteParts): void {
  scope.patch(
    "/admin/customer/:phone/memory/entities/:name",
    { onRequest: needs(parts, "operator") },
    forCustomer(parts, async ({ request, reply, caller, who }) => {
      const { name } = readBy(path, request.params);
      const { value } = jsonOf(given, request);
      const entity = { name, value: value ?? undefined };
      sendEdit({ parts, request, reply }, await parts.customers.editEntity(who, entity, caller.name));
    }),
  );
}
