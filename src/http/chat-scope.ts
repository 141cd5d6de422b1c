import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ChatFace, ChatParts, Visitor } from "./chat-parts.ts";
import { queryOf } from "./form.ts";
import { requestRefused } from "./log.ts";
import type { HttpParts } from "./parts.ts";
import { sendProblem, type Problem } from "./problem.ts";

/** What the chat's routes stand on. */
export interface ChatRouteParts extends Pick<HttpParts, "clock" | "log" | "publicUrl"> {
  readonly chat: ChatParts;
}

/** A request to a tenant's chat. */
export interface ChatVisit {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly face: ChatFace;
}

/** Seconds for which a browser may remember what it may do here. */
const PREFLIGHT_S = 600;

const noChat: Problem = { status: 404, code: "not_found", detail: "There is no chat of that name." };
const stranger: Problem = {
  status: 403,
  code: "forbidden",
  detail: "Pages of this origin may not show the chat. Add the origin to the tenant's chat.origins.",
};
const noToken: Problem = {
  status: 401,
  code: "unauthorised",
  detail: "The visitor's token is missing, wrong or too old. Get a new one by POST /chat/hello.",
};

/** Lets pages of other origins in where the tenant allows it, and answers their browsers' questions about it. */
export function admitPages(scope: FastifyInstance, parts: ChatRouteParts): void {
  scope.addHook("onRequest", (request, reply, done) => {
    const face = faceOf(request, parts);
    if (face === undefined) {
      sendProblem(reply, noChat);
      return;
    }
    const { origin } = request.headers;
    reply.header("vary", "origin").header("cache-control", "no-store").header("x-content-type-options", "nosniff");
    if (origin === undefined || isOwn(origin, request, parts)) return done();
    const allowed = face.origins.includes("*") ? "*" : face.origins.find((one) => one === origin);
    if (allowed === undefined) {
      requestRefused(parts.log, request.routeOptions.url ?? "", stranger);
      sendProblem(reply, stranger);
      return;
    }
    reply
      .header("access-control-allow-origin", allowed)
      .header("access-control-expose-headers", "chat-token, retry-after");
    done();
  });
  scope.options("/chat/*", (_request, reply) => {
    reply
      .code(204)
      .header("access-control-allow-methods", "GET, POST")
      .header("access-control-allow-headers", "authorization, content-type, last-event-id")
      .header("access-control-max-age", String(PREFLIGHT_S))
      .send();
  });
}

/** A route for anybody whom `admitPages` let in. */
export function forPage(
  parts: ChatRouteParts,
  answer: (visit: ChatVisit) => Promise<void>,
): (request: FastifyRequest, reply: FastifyReply) => Promise<void> {
  return async function visited(request, reply) {
    const face = faceOf(request, parts);
    if (face === undefined) sendProblem(reply, noChat);
    else await answer({ request, reply, face });
  };
}

/** A route for whoever shows a visitor's token. */
export function forVisitor(
  parts: ChatRouteParts,
  answer: (visit: ChatVisit, visitor: Visitor) => Promise<void>,
): (request: FastifyRequest, reply: FastifyReply) => Promise<void> {
  return forPage(parts, async (visit) => {
    const { reply } = visit;
    const visitor = await visitorOf(visit, parts.chat);
    if (visitor === undefined) {
      sendProblem(reply.header("www-authenticate", "Bearer"), noToken);
      return;
    }
    if (visitor.renewed !== undefined) reply.header("chat-token", visitor.renewed);
    await answer(visit, visitor);
  });
}

/** The visitor whose token came along. */
export async function visitorOf(visit: ChatVisit, chat: ChatParts): Promise<Visitor | undefined> {
  const token = /^Bearer ([\x21-\x7E]{1,1024})$/iu.exec(visit.request.headers.authorization ?? "")?.[1];
  return token === undefined ? undefined : await chat.visitor(visit.face.tenant, token);
}

/** Answers that something may be done again later. */
export function sendLimited(reply: FastifyReply, retryAfterMs: number, detail: string): void {
  const seconds = Math.max(1, Math.ceil(retryAfterMs / 1_000));
  sendProblem(reply.header("retry-after", String(seconds)), { status: 429, code: "too_many_requests", detail });
}

function faceOf(request: FastifyRequest, { chat }: ChatRouteParts): ChatFace | undefined {
  const { tenant } = queryOf(request);
  return tenant === undefined || typeof tenant === "string" ? chat.face(tenant) : undefined;
}

/** Whether a page is one of ours: by the public address, or by whatever address the browser used to get here. */
function isOwn(origin: string, request: FastifyRequest, parts: ChatRouteParts): boolean {
  const url = URL.parse(origin);
  return url !== null && (url.host === request.headers.host || url.origin === URL.parse(parts.publicUrl)?.origin);
}
