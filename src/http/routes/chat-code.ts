import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { forVisitor, sendLimited, type ChatRouteParts } from "../chat-scope.ts";
import { jsonOf } from "../json.ts";
import { networkAddress } from "../network-address.ts";
import { malformed, sendProblem } from "../problem.ts";

const wish = z.object({ phone: z.string().min(1).max(64) });

/** `POST /chat/code`: texts a one-time code to the number that the visitor says is theirs. */
export function chatCodeRoute(scope: FastifyInstance, parts: ChatRouteParts): void {
  scope.post(
    "/chat/code",
    forVisitor(parts, async ({ request, reply }, visitor) => {
      const { phone } = jsonOf(wish, request);
      const host = URL.parse(request.headers.origin ?? parts.publicUrl)?.hostname;
      const sent = await parts.chat.sendCode(visitor, {
        phone,
        network: networkAddress(request.raw),
        ...(host === undefined || host === "" ? {} : { host }),
      });
      switch (sent.kind) {
        case "sent":
          reply.code(202).send({ status: sent.kind, expiresInSeconds: Math.floor(sent.expiresInMs / 1_000) });
          return;
        case "bad_number":
          sendProblem(reply, malformed("phone: not a mobile number; write it with its country code, such as +1 415 …"));
          return;
        case "limited":
          sendLimited(reply, sent.retryAt - parts.clock.now(), "Too many codes were asked for. Try again later.");
          return;
        case "proven":
        case "other_number":
        case "unavailable":
          reply.send({ status: sent.kind });
          return;
      }
    }),
  );
}
