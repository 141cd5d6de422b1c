import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import fastify, { type FastifyInstance } from "fastify";
import { addAdminRoutes } from "./admin-routes.ts";
import { knowCallers } from "./auth.ts";
import { addChatRoutes } from "./chat-routes.ts";
import { acceptFormsOnly, parseForm } from "./form.ts";
import { requestFailed, requestRefused } from "./log.ts";
import type { HttpParts } from "./parts.ts";
import { problemOf, rawProblem, sendProblem, unknownPath, unsigned, type Problem } from "./problem.ts";
import { healthRoute } from "./routes/health.ts";
import { readyRoute } from "./routes/ready.ts";
import { smsRoute } from "./routes/sms.ts";
import { statusCallbackRoute } from "./routes/status-callback.ts";
import { statusRoute } from "./routes/status.ts";
import { voiceActionRoute } from "./routes/voice-action.ts";
import { voiceRoute } from "./routes/voice.ts";
import { whatsappRoute } from "./routes/whatsapp.ts";
import { watchSilentConnections } from "./silent-connections.ts";
import { acceptRelaySockets } from "./socket.ts";

/** The web server: webhooks, sockets, health. Disposing drains and closes it. */
export interface HttpServer extends AsyncDisposable {
  /** Starts to listen and returns the port; port 0 takes a free one. Rejects when the port is taken. */
  listen(address: { readonly host: string; readonly port: number }): Promise<number>;
  /** Takes no new sockets from now on; webhooks and open sockets go on. */
  drain(): void;
}

/** How long a client may take, in milliseconds, and how much it may send, in bytes. */
export interface HttpLimits {
  readonly bodyBytes: number;
  /** From the first byte, or the connection when none comes, to the end of the headers. */
  readonly headersMs: number;
  /** From the first byte to the end of the body. */
  readonly requestMs: number;
  /** Without any byte in either direction. */
  readonly idleMs: number;
  /** How often the first two are looked at. */
  readonly checkMs: number;
}

/** The limits in production: whoever is slow is gone within 15 seconds. */
export const defaultLimits: HttpLimits = {
  bodyBytes: 65_536,
  headersMs: 8_000,
  requestMs: 10_000,
  idleMs: 30_000,
  checkMs: 2_000,
};

/** A server over the given parts; it does not listen yet. */
export function createServer(parts: HttpParts, limits: HttpLimits = defaultLimits): HttpServer {
  const app = fastify({
    logger: false,
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestMs,
    connectionTimeout: limits.idleMs,
    exposeHeadRoutes: false,
    routerOptions: { querystringParser: parseForm },
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: (error, _request, reply) => {
      sendProblem(reply, problemOf(error));
    },
    http: {
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      connectionsCheckingInterval: limits.checkMs,
      shouldUpgradeCallback: wantsSocket,
    },
  });
  acceptFormsOnly(app);
  knowCallers(app, parts);
  addRoutes(app, parts);
  app.setNotFoundHandler((_request, reply) => {
    sendProblem(reply, unknownPath);
  });
  app.addHook("onResponse", (request, reply, done) => {
    parts.onAnswered?.({ route: request.routeOptions.url ?? "", status: reply.statusCode, ms: reply.elapsedTime });
    done();
  });
  app.setErrorHandler((error, request, reply) => {
    const told = problemOf(error);
    const stranger = told.status === 415 && request.headers["x-twilio-signature"] === undefined;
    // Whoever does not sign is told nothing else.
    const problem = stranger && !parts.signing.allowUnsignedLoopback ? unsigned : told;
    const route = request.routeOptions.url ?? "";
    if (problem.status >= 500) requestFailed(parts.log, route, error);
    else requestRefused(parts.log, route, problem);
    sendProblem(reply, problem);
  });
  const sockets = acceptRelaySockets(app.server, parts);
  const silent = watchSilentConnections(app.server);

  return {
    async listen({ host, port }) {
      await app.listen({ host, port });
      const address = app.server.address();
      return typeof address === "object" && address !== null ? address.port : port;
    },
    drain() {
      sockets.drain();
    },
    async [Symbol.asyncDispose]() {
      sockets.drain();
      sockets.cut();
      silent.cut();
      // A connection whose request is answered while the server closes would otherwise be kept for the client's next one.
      app.server.keepAliveTimeout = 1;
      app.server.keepAliveTimeoutBuffer = 0;
      await app.close();
    },
  };
}

function addRoutes(app: FastifyInstance, parts: HttpParts): void {
  smsRoute(app, parts);
  whatsappRoute(app, parts);
  voiceRoute(app, parts);
  voiceActionRoute(app, parts);
  statusCallbackRoute(app, parts);
  statusRoute(app, parts);
  healthRoute(app, parts);
  readyRoute(app, parts);
  addChatRoutes(app, parts);
  addAdminRoutes(app, parts);
}

/** Other protocols that a client offers on the way are simply not taken up. */
function wantsSocket(request: IncomingMessage): boolean {
  return request.method === "GET" && request.headers.upgrade?.toLowerCase() === "websocket";
}

/** Answers what is no HTTP request, too long or too slow, and closes. */
function answerBrokenRequest(error: Error & { readonly code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  socket.end(rawProblem(broken(error.code)), () => socket.destroy());
}

function broken(code: string | undefined): Problem {
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return { status: 408, code: "request_timeout" };
  if (code === "HPE_HEADER_OVERFLOW") return { status: 431, code: "bad_request" };
  return { status: 400, code: "bad_request" };
}
