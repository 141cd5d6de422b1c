import type { FastifyInstance } from "fastify";
import type { HttpParts } from "../parts.ts";

/** `GET /status`: what this installation is, in the short form that is open to all. */
export function statusRoute(app: FastifyInstance, parts: HttpParts): void {
  app.get("/status", async () => parts.status());
}
