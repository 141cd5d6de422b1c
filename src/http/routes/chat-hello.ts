import type { FastifyInstance } from "fastify";
import { countAttempts } from "../attempts.ts";
import { forPage, sendLimited, visitorOf, type ChatRouteParts } from "../chat-scope.ts";
import { networkAddress } from "../network-address.ts";

/** Visitors who are new, from one network, within a minute. */
const MOST_NEW = 30;
const WINDOW_MS = 60_000;

/** `POST /chat/hello`: a token for whoever has none, and how the chat shows itself. A token that is still good is kept. */
export function chatHelloRoute(scope: FastifyInstance, parts: ChatRouteParts): void {
  const { chat, clock } = parts;
  const attempts = countAttempts({ clock, most: MOST_NEW, windowMs: WINDOW_MS });
  scope.post(
    "/chat/hello",
    forPage(parts, async (visit) => {
      const { face, reply, request } = visit;
      const look = {
        proof: face.proof,
        ...(face.name === undefined ? {} : { name: face.name }),
        ...(face.title === undefined ? {} : { title: face.title }),
        ...(face.greeting === undefined ? {} : { greeting: face.greeting }),
      };
      const known = await visitorOf(visit, chat);
      if (known !== undefined) {
        reply.send({ ...look, known: true, ...(known.renewed === undefined ? {} : { token: known.renewed }) });
        return;
      }
      const taken = attempts.take(networkAddress(request.raw));
      if (taken.kind === "limited") {
        sendLimited(reply, taken.retryAfterMs, "Too many new visitors from this network. Try again in a minute.");
        return;
      }
      reply.send({ ...look, known: false, token: await chat.hello(face.tenant) });
    }),
  );
}
