import type { FastifyReply, FastifyRequest } from "fastify";
import { readMessage } from "../channels/twilio/message-form.ts";
import { emptyTwiml, messageTwiml } from "../channels/twilio/twiml.ts";
import { formOf } from "./form.ts";
import { numberUnserved, requestRefused } from "./log.ts";
import type { HttpParts } from "./parts.ts";
import { malformed, sendProblem } from "./problem.ts";
import { sendTwiml } from "./twiml-reply.ts";

/** Takes in a text: read, kept, acknowledged. The reply goes another way. */
export function receiveText(
  parts: HttpParts,
  route: string,
): (request: FastifyRequest, reply: FastifyReply) => Promise<void> {
  return async function receive(request, reply) {
    const reading = readMessage(formOf(request), parts.signing);
    if (reading.kind === "malformed") {
      const problem = malformed(reading.problem);
      requestRefused(parts.log, route, problem);
      sendProblem(reply, problem);
      return;
    }
    const token = request.raw.headers["i-twilio-idempotency-token"];
    const known = typeof token === "string" && token.length <= 128;
    const answer = await parts.acceptText(known ? { ...reading.value, idempotencyToken: token } : reading.value);
    if (answer.kind !== "unserved") {
      sendTwiml(reply, emptyTwiml);
      return;
    }
    numberUnserved(parts.log, route);
    sendTwiml(reply, messageTwiml(answer.notice));
  };
}
