import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { forVisitor, type ChatRouteParts } from "../chat-scope.ts";
import { jsonOf } from "../json.ts";

/** The most characters (UTF-16 units) of a message. */
const MOST_TEXT = 4_000;

const message = z.object({
  id: z.string().regex(/^[\w-]{8,64}$/u, "8 to 64 letters, digits, - or _ that no other message of this visitor has"),
  text: z
    .string()
    .max(MOST_TEXT, `at most ${MOST_TEXT} characters`)
    .refine((text) => text.trim() !== "", "must say something"),
});

/** `POST /chat/messages`: the visitor says something. The answer comes by the stream of events. */
export function chatSendRoute(scope: FastifyInstance, parts: ChatRouteParts): void {
  scope.post(
    "/chat/messages",
    forVisitor(parts, async ({ request, reply }, visitor) => {
      const { id, text } = jsonOf(message, request);
      const accepted = await parts.chat.accept(visitor, { id, text });
      reply
        .code(202)
        .send({ id, status: accepted.kind, ...(accepted.kind === "kept" ? { reason: accepted.reason } : {}) });
    }),
  );
}
