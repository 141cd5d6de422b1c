import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { forVisitor, type ChatRouteParts } from "../chat-scope.ts";
import { jsonOf } from "../json.ts";
import { malformed, sendProblem } from "../problem.ts";

/** Seconds after which a conversation that was busy is asked for again. */
const BUSY_RETRY_S = 2;

const given = z.object({
  phone: z.string().min(1).max(64),
  code: z.string().max(32),
  proof: z.string().max(512).optional(),
});

/** `POST /chat/code/confirm`: the visitor gives the code back; a right one makes the two conversations one. */
export function chatConfirmRoute(scope: FastifyInstance, parts: ChatRouteParts): void {
  scope.post(
    "/chat/code/confirm",
    forVisitor(parts, async ({ request, reply }, visitor) => {
      const { phone, code, proof } = jsonOf(given, request);
      const confirmed = await parts.chat.confirmCode(visitor, {
        phone,
        code,
        ...(proof === undefined ? {} : { proof }),
      });
      switch (confirmed.kind) {
        case "bad_number":
          sendProblem(reply, malformed("phone: not a mobile number; write it with its country code, such as +1 415 …"));
          return;
        case "busy":
          reply
            .code(202)
            .header("retry-after", String(BUSY_RETRY_S))
            .send({ status: confirmed.kind, proof: confirmed.proof });
          return;
        case "proven":
        case "wrong":
        case "expired":
        case "spent":
        case "too_many":
        case "other_number":
          reply.send({ status: confirmed.kind });
          return;
      }
    }),
  );
}
