import type { FastifyReply } from "fastify";

/** Answers with TwiML. */
export function sendTwiml(reply: FastifyReply, twiml: string): void {
  reply.header("content-type", "text/xml; charset=utf-8").send(twiml);
}
