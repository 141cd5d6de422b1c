import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { single, type Form, type FormReading } from "../../channels/twilio/form.ts";
import { readMessageStatus } from "../../channels/twilio/message-status-form.ts";
import { emptyTwiml } from "../../channels/twilio/twiml.ts";
import { readCallStatus } from "../../channels/voice/forms.ts";
import { formOf, queryOf } from "../form.ts";
import { requestRefused } from "../log.ts";
import type { HttpParts } from "../parts.ts";
import { malformed, sendProblem } from "../problem.ts";
import { signatureHook } from "../signature.ts";
import { sendTwiml } from "../twiml-reply.ts";

const ROUTE = "/status";

/** `POST /status`: what became of a message or a call, in any order and any number of times. */
export function statusCallbackRoute(app: FastifyInstance, parts: HttpParts): void {
  app.post(ROUTE, { preValidation: signatureHook(parts) }, callback);

  async function callback(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const form = formOf(request);
    const reading = "MessageSid" in form ? messageTask(form, single(queryOf(request), "outbox")) : callTask(form);
    if (reading.kind === "malformed") {
      const problem = malformed(reading.problem);
      requestRefused(parts.log, ROUTE, problem);
      sendProblem(reply, problem);
      return;
    }
    await reading.value();
    sendTwiml(reply, emptyTwiml);
  }

  function messageTask(form: Form, outbox: string | undefined): FormReading<() => Promise<void>> {
    const reading = readMessageStatus(form, { ...parts.signing, outbox, now: parts.clock.now() });
    if (reading.kind === "malformed") return reading;
    const status = reading.value;
    return { kind: "read", value: async () => (status === undefined ? undefined : parts.messageStatus(status)) };
  }

  function callTask(form: Form): FormReading<() => Promise<void>> {
    const reading = readCallStatus(form, parts.signing);
    return reading.kind === "malformed" ? reading : { kind: "read", value: () => parts.callStatus(reading.value) };
  }
}
