import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { requestFailed } from "../log.ts";
import type { HttpParts, ReadyCheck } from "../parts.ts";

/** `GET /ready`: everything that is needed for work is there (200), or not (503), thing by thing. */
export function readyRoute(app: FastifyInstance, parts: HttpParts): void {
  app.get("/ready", { exposeHeadRoute: true }, readiness);

  async function readiness(_request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const checks = await look();
    const ready = checks.every((check) => check.ok);
    reply.code(ready ? 200 : 503).send({ status: ready ? "ready" : "not_ready", checks });
  }

  async function look(): Promise<readonly ReadyCheck[]> {
    try {
      return await parts.ready();
    } catch (error) {
      requestFailed(parts.log, "/ready", error);
      return [{ name: "checks", ok: false, problem: "the checks themselves failed" }];
    }
  }
}
