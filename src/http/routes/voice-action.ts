import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { readRelayEnd } from "../../channels/voice/forms.ts";
import { answerCall } from "../answer-call.ts";
import { formOf } from "../form.ts";
import { requestRefused } from "../log.ts";
import type { HttpParts } from "../parts.ts";
import { malformed, sendProblem } from "../problem.ts";
import { signatureHook } from "../signature.ts";

const ROUTE = "/voice/action";

/** `POST /voice/action`: a relay session ended. */
export function voiceActionRoute(app: FastifyInstance, parts: HttpParts): void {
  app.post(ROUTE, { preValidation: signatureHook(parts) }, relayEnded);

  async function relayEnded(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const reading = readRelayEnd(formOf(request), parts.signing);
    if (reading.kind === "malformed") {
      const problem = malformed(reading.problem);
      requestRefused(parts.log, ROUTE, problem);
      sendProblem(reply, problem);
      return;
    }
    await answerCall(reply, parts, { route: ROUTE, decide: () => parts.afterRelay(reading.value) });
  }
}
