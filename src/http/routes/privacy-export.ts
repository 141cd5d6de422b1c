import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { forCustomer, nobody, refuse, type AdminRouteParts } from "../admin-scope.ts";
import { needs } from "../auth.ts";
import { queryOf } from "../form.ts";
import { readBy } from "../json.ts";

const query = z.object({ format: z.enum(["json", "html"]).optional() });

/** `GET /privacy/export/:phone`: everything that is kept of a customer, for machines or (`?format=html`) as a page to read and print. */
export function privacyExportRoute(scope: FastifyInstance, parts: AdminRouteParts): void {
  scope.get(
    "/privacy/export/:phone",
    { onRequest: needs(parts, "supervisor") },
    forCustomer(parts, async ({ request, reply, caller, who }) => {
      const format = readBy(query, queryOf(request)).format ?? wanted(request);
      const document = await parts.customers.exported(who, caller.name);
      if (document === undefined) {
        refuse({ parts, request, reply }, nobody);
        return;
      }
      reply.header("content-disposition", `attachment; filename="export-${who.subjectId}.${format}"`);
      if (format === "json") reply.send(document);
      else reply.header("content-type", "text/html; charset=utf-8").send(parts.customers.exportPage(document));
    }),
  );
}

/** A browser says that it would like a page. */
function wanted(request: FastifyRequest): "json" | "html" {
  const accept = request.headers.accept ?? "";
  return /\btext\/html\b/iu.test(accept) && !/\bapplication\/json\b/iu.test(accept) ? "html" : "json";
}
