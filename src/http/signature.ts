import type { IncomingMessage } from "node:http";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Form } from "../channels/twilio/form.ts";
import { verify } from "../channels/twilio/signature.ts";
import { formOf } from "./form.ts";
import { requestRefused } from "./log.ts";
import type { HttpParts, Signing } from "./parts.ts";
import { sendProblem, unsigned } from "./problem.ts";
import { requestTarget } from "./target.ts";

type Hook = (request: FastifyRequest, reply: FastifyReply, done: () => void) => void;

/** The hook that lets only requests pass that Twilio signed, and has no effect otherwise. */
export function signatureHook(parts: HttpParts): Hook {
  return function checkSignature(request, reply, done) {
    // Asked each time: with a free port the address is known only once the server listens.
    const url = bareOrigin(parts.publicUrl) + requestTarget(request.raw.url ?? "/");
    const form = request.method === "POST" ? formOf(request) : undefined;
    if (isGenuine(request.raw, { url, form, signing: parts.signing })) return done();
    requestRefused(parts.log, request.routeOptions.url ?? "", unsigned);
    sendProblem(reply, unsigned);
  };
}

/** What a request claims to be. */
export interface Claim {
  readonly url: string;
  readonly form: Form | undefined;
  readonly signing: Signing;
}

/** Whether Twilio made a request, or this machine itself where that is enough. */
export function isGenuine(request: IncomingMessage, claim: Claim): boolean {
  const { url, form, signing } = claim;
  const signature = request.headers["x-twilio-signature"];
  if (signature === undefined) return signing.allowUnsignedLoopback && isLoopback(request);
  if (typeof signature !== "string") return false;
  return verify(signature, { tokens: signing.tokens, url, ...(form === undefined ? {} : { form }) });
}

/** A public URL without what would double the slash of a path. */
export function bareOrigin(publicUrl: string): string {
  return publicUrl.replace(/\/+$/u, "");
}

/** A proxy on this machine speaks for others and says so. */
function isLoopback(request: IncomingMessage): boolean {
  if (request.headers["x-forwarded-for"] !== undefined || request.headers.forwarded !== undefined) return false;
  const address = request.socket.remoteAddress ?? "";
  return address === "::1" || /^(?:::ffff:)?127\./u.test(address);
}
