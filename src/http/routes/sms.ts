import type { FastifyInstance } from "fastify";
import type { HttpParts } from "../parts.ts";
import { receiveText } from "../receive-text.ts";
import { signatureHook } from "../signature.ts";

/** `POST /sms`: a text, on SMS or WhatsApp. */
export function smsRoute(app: FastifyInstance, parts: HttpParts): void {
  app.post("/sms", { preValidation: signatureHook(parts) }, receiveText(parts, "/sms"));
}
