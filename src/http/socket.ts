import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer, type WebSocket } from "ws";
import type { CallRecord } from "../core/call-record.ts";
import { requestFailed, socketFailed, socketRefused } from "./log.ts";
import type { HttpParts } from "./parts.ts";
import { problemOf, rawProblem, unknownPath, unsigned, type Problem } from "./problem.ts";
import { relayToken, relayUrl } from "./relay-url.ts";
import { isGenuine } from "./signature.ts";
import { requestTarget } from "./target.ts";

/** The sockets of live calls. */
export interface RelaySockets {
  /** Takes no new sockets from now on; those that are open go on. */
  drain(): void;
  /** Cuts every socket that is still open, without a close frame, so that Twilio asks what comes next. */
  cut(): void;
}

/** Frames may be this long, in bytes. */
const MAX_FRAME = 65_536;

/** Takes calls' sockets on the server's upgrades: signature and token are checked before anything is switched. */
export function acceptRelaySockets(server: Server, parts: HttpParts): RelaySockets {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_FRAME, perMessageDeflate: false });
  let draining = false;
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", ignore);
    upgrade(request, socket, head).catch((error: unknown) => {
      requestFailed(parts.log, "/conversation-relay", error);
      refuse(socket, problemOf(error));
    });
  });

  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const token = relayToken(requestTarget(request.url ?? ""));
    if (token === undefined) return refuse(socket, unknownPath);
    const url = relayUrl(parts.publicUrl, token);
    if (!isGenuine(request, { url, form: undefined, signing: parts.signing })) return turnAway(socket, unsigned);
    if (draining) return turnAway(socket, closing);
    const call = await parts.admit(token);
    if (call === undefined) return turnAway(socket, notAdmitted);
    if (draining) return turnAway(socket, closing);
    socket.off("error", ignore);
    sockets.handleUpgrade(request, socket, head, (connection) => begin(connection, call));
  }

  function turnAway(socket: Duplex, problem: Problem): void {
    socketRefused(parts.log, problem.code);
    refuse(socket, problem);
  }

  function begin(connection: WebSocket, call: CallRecord): void {
    // A broken frame ends its own connection; without a listener it would end the process.
    connection.on("error", ignore);
    try {
      parts.talk(connection, call);
    } catch (error) {
      socketFailed(parts.log, error);
      connection.close(1011);
    }
  }

  return {
    drain() {
      draining = true;
    },
    cut() {
      for (const connection of sockets.clients) connection.terminate();
    },
  };
}

const closing: Problem = { status: 503, code: "draining", detail: "This server is closing." };
const notAdmitted: Problem = { status: 403, code: "unauthorised", detail: "The token admits no call." };

function refuse(socket: Duplex, problem: Problem): void {
  socket.once("finish", destroy);
  socket.end(rawProblem(problem));
}

function destroy(this: Duplex): void {
  this.destroy();
}

function ignore(): void {
  // Whoever hung up has nothing to be told.
}
