import type { Server } from "node:http";
import type { Socket } from "node:net";

/** Connections on which nothing was asked yet. */
export interface SilentConnections {
  /** Cuts them, and every one that is still to come. */
  cut(): void;
}

/**
 * Keeps an eye on connections on which nothing was asked yet. Browsers open them in advance, and a server that closes
 * would wait for each of them until it has been idle for too long.
 */
export function watchSilentConnections(server: Server): SilentConnections {
  const silent = new Set<Socket>();
  let closing = false;
  server.on("connection", (socket) => {
    if (closing) socket.destroy();
    silent.add(socket);
    socket.once("close", () => silent.delete(socket));
  });
  server.on("request", ({ socket }) => silent.delete(socket));
  server.on("upgrade", ({ socket }) => silent.delete(socket));
  return {
    cut() {
      closing = true;
      for (const socket of silent) socket.destroy();
    },
  };
}
