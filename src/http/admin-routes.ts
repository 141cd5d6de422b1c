import type { FastifyInstance } from "fastify";
import type { AdminRouteParts } from "./admin-scope.ts";
import { acceptJsonOnly } from "./json.ts";
import { adminAnalyticsRoutes } from "./routes/admin-analytics.ts";
import { adminEntitiesRoute } from "./routes/admin-entities.ts";
import { adminFactsRoutes } from "./routes/admin-facts.ts";
import { adminMemoryRoute } from "./routes/admin-memory.ts";
import { adminMergesRoutes } from "./routes/admin-merges.ts";
import { adminSessionRoute } from "./routes/admin-session.ts";
import { adminSessionsRoutes } from "./routes/admin-sessions.ts";
import { privacyDeleteRoute } from "./routes/privacy-delete.ts";
import { privacyExportRoute } from "./routes/privacy-export.ts";

/** What operators read and do. Everything here needs a key. */
export function addAdminRoutes(app: FastifyInstance, parts: AdminRouteParts): void {
  app.register((scope, _options, done) => {
    acceptJsonOnly(scope, parts.log);
    scope.addHook("onRequest", (_request, reply, next) => {
      // What is told here is of persons, and belongs into nobody's cache.
      reply.header("cache-control", "no-store").header("x-content-type-options", "nosniff");
      next();
    });
    adminSessionRoute(scope, parts);
    adminSessionsRoutes(scope, parts);
    adminAnalyticsRoutes(scope, parts);
    adminMemoryRoute(scope, parts);
    adminFactsRoutes(scope, parts);
    adminEntitiesRoute(scope, parts);
    adminMergesRoutes(scope, parts);
    privacyExportRoute(scope, parts);
    privacyDeleteRoute(scope, parts);
    done();
  });
}
