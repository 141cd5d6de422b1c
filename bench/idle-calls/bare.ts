import { once } from "node:events";
import { createServer } from "node:http";
import { WebSocketServer, type WebSocket } from "ws";
import { serve } from "../harness/program.ts";

// The least that an idle call can be: an open socket whose setup was read.

const server = createServer();
const sockets = new WebSocketServer({ server, maxPayload: 65_536, perMessageDeflate: false });
const calls = new Map<WebSocket, string>();
sockets.on("connection", (socket) => {
  socket.on("message", (raw: Buffer) => {
    // The load generator sends nothing but setup frames.
    const frame = JSON.parse(raw.toString()) as { readonly callSid: string };
    calls.set(socket, frame.callSid);
  });
  socket.on("close", () => calls.delete(socket));
});
server.listen(0, "127.0.0.1");
await once(server, "listening");

serve({});
