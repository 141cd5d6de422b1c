import { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import { forVisitor, sendLimited, type ChatRouteParts } from "../chat-scope.ts";
import { eventFrames } from "../event-frames.ts";

/** How long a visitor with too many streams waits; a stream whose browser is gone is noticed within this time. */
const RETRY_MS = 30_000;

/**
 * `GET /chat/events`: what happens, as server-sent events, for as long as both sides are there. `Last-Event-ID` gives
 * what was missed. The token comes in a header as everywhere, so browsers read it by `fetch`, not by `EventSource`.
 */
export function chatEventsRoute(scope: FastifyInstance, parts: ChatRouteParts): void {
  const open = new Set<AbortController>();
  scope.addHook("preClose", (done) => {
    for (const stream of open) stream.abort();
    done();
  });
  scope.get(
    "/chat/events",
    forVisitor(parts, async ({ request, reply }, visitor) => {
      const control = new AbortController();
      const { signal } = control;
      open.add(control);
      reply.raw.once("close", () => {
        open.delete(control);
        control.abort();
      });
      if (reply.raw.destroyed) control.abort();
      const lastEventId = request.headers["last-event-id"];
      const events = await parts.chat.events(visitor, {
        signal,
        ...(typeof lastEventId === "string" && lastEventId.length <= 128 ? { lastEventId } : {}),
      });
      if (events === "too_many") {
        sendLimited(reply, RETRY_MS, "This visitor has too many streams open.");
        return;
      }
      reply
        .header("content-type", "text/event-stream; charset=utf-8")
        .header("cache-control", "no-store, no-transform")
        // Proxies that gather bytes would keep words back.
        .header("x-accel-buffering", "no")
        .send(Readable.from(eventFrames(events, { clock: parts.clock, signal })));
      // A stream counts as an answer only once its first bytes are out.
      await reply;
    }),
  );
}
