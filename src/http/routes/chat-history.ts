import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { forVisitor, type ChatRouteParts } from "../chat-scope.ts";
import { queryOf } from "../form.ts";
import { readBy } from "../json.ts";

const page = z.object({
  before: z.coerce.number().int().positive().optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

/** `GET /chat/messages`: what was said, the last of it or what came `before` a place. */
export function chatHistoryRoute(scope: FastifyInstance, parts: ChatRouteParts): void {
  scope.get(
    "/chat/messages",
    forVisitor(parts, async ({ request, reply }, visitor) => {
      const { before, limit } = readBy(page, queryOf(request));
      reply.send(await parts.chat.history(visitor, { limit, ...(before === undefined ? {} : { before }) }));
    }),
  );
}
