import type { FastifyInstance } from "fastify";
import { admitPages, type ChatRouteParts } from "./chat-scope.ts";
import { acceptJsonOnly } from "./json.ts";
import { chatCodeRoute } from "./routes/chat-code.ts";
import { chatConfirmRoute } from "./routes/chat-confirm.ts";
import { chatEventsRoute } from "./routes/chat-events.ts";
import { chatHelloRoute } from "./routes/chat-hello.ts";
import { chatHistoryRoute } from "./routes/chat-history.ts";
import { chatPageRoute } from "./routes/chat-page.ts";
import { chatSendRoute } from "./routes/chat-send.ts";
import { chatWidgetRoute } from "./routes/chat-widget.ts";

/** Everything of the web chat: its script and its page for anybody, its API for the pages that a tenant allows. */
export function addChatRoutes(app: FastifyInstance, parts: ChatRouteParts): void {
  chatWidgetRoute(app);
  chatPageRoute(app, parts);
  app.register((scope, _options, done) => {
    acceptJsonOnly(scope, parts.log);
    admitPages(scope, parts);
    chatHelloRoute(scope, parts);
    chatSendRoute(scope, parts);
    chatHistoryRoute(scope, parts);
    chatEventsRoute(scope, parts);
    chatCodeRoute(scope, parts);
    chatConfirmRoute(scope, parts);
    done();
  });
}
