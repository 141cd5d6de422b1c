import type { FastifyInstance } from "fastify";
import type { HttpParts } from "../parts.ts";

/** `GET /health`: the process is alive. Nothing else is looked at. */
export function healthRoute(app: FastifyInstance, parts: HttpParts): void {
  app.get("/health", { exposeHeadRoute: true }, () => ({
    status: "ok",
    timestamp: new Date(parts.clock.now()).toISOString(),
    version: parts.version,
  }));
}
