import type { FastifyInstance } from "fastify";
import type { HttpParts } from "../parts.ts";
import { receiveText } from "../receive-text.ts";
import { signatureHook } from "../signature.ts";

/** `POST /whatsapp`: the same as `/sms`, for installations that keep the two apart. */
export function whatsappRoute(app: FastifyInstance, parts: HttpParts): void {
  app.post("/whatsapp", { preValidation: signatureHook(parts) }, receiveText(parts, "/whatsapp"));
}
