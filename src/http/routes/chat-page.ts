import type { FastifyInstance } from "fastify";
import { pageOf, pageStyle } from "../../channels/web/page.ts";
import type { ChatRouteParts } from "../chat-scope.ts";
import { queryOf } from "../form.ts";
import { sendProblem, unknownPath } from "../problem.ts";
import { bareOrigin } from "../signature.ts";

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

/** `GET /chat`: a small page that shows the chat, for trying it out. */
export function chatPageRoute(scope: FastifyInstance, parts: ChatRouteParts): void {
  scope.get("/chat", (request, reply) => {
    const { tenant } = queryOf(request);
    const name = typeof tenant === "string" ? tenant : undefined;
    const face = parts.chat.face(name);
    if (face === undefined) {
      sendProblem(reply, unknownPath);
      return;
    }
    reply
      .header("content-type", "text/html; charset=utf-8")
      .header("content-security-policy", policy)
      .header("x-content-type-options", "nosniff")
      .header("referrer-policy", "no-referrer")
      .header("cache-control", "no-store")
      .send(pageOf({ business: face.name, tenant: name, publicUrl: bareOrigin(parts.publicUrl) }));
  });
  scope.get("/chat/page.css", (_request, reply) => {
    reply
      .header("content-type", "text/css; charset=utf-8")
      .header("cache-control", "public, max-age=600")
      .send(pageStyle);
  });
}
