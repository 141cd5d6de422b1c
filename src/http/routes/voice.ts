import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { readCall } from "../../channels/voice/forms.ts";
import { answerCall } from "../answer-call.ts";
import { formOf, queryOf } from "../form.ts";
import { requestRefused } from "../log.ts";
import type { HttpParts } from "../parts.ts";
import { malformed, sendProblem } from "../problem.ts";
import { signatureHook } from "../signature.ts";

const ROUTE = "/voice";

/** `GET` and `POST /voice`: a call rings. */
export function voiceRoute(app: FastifyInstance, parts: HttpParts): void {
  app.route({ method: ["GET", "POST"], url: ROUTE, preValidation: signatureHook(parts), handler: ring });

  async function ring(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const form = request.method === "POST" ? formOf(request) : queryOf(request);
    const reading = readCall(form, parts.signing);
    if (reading.kind === "malformed") {
      const problem = malformed(reading.problem);
      requestRefused(parts.log, ROUTE, problem);
      sendProblem(reply, problem);
      return;
    }
    await answerCall(reply, parts, { route: ROUTE, decide: () => parts.answerCall(reading.value) });
  }
}
