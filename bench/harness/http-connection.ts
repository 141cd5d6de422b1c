import { once } from "node:events";
import { connect } from "node:net";

/** One kept-alive HTTP connection that costs its own process next to nothing: whole requests in, status and body out. */
export interface HttpConnection {
  /** Sends one request, whole, and resolves with its answer. One at a time. Rejects when the connection is gone. */
  request(bytes: Buffer): Promise<HttpAnswer>;
  close(): void;
}

/** What a request was answered with. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/** Connects to a port of this machine. */
export async function openConnection(port: number): Promise<HttpConnection> {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true });
  let received = "";
  let waiting: PromiseWithResolvers<HttpAnswer> | undefined;
  await once(socket, "connect");
  socket.setEncoding("latin1");
  socket.on("data", (chunk) => {
    received += String(chunk);
    const answer = wholeAnswer(received);
    if (answer === undefined) return;
    received = "";
    waiting?.resolve(answer);
  });
  socket.on("error", (error) => waiting?.reject(error));
  socket.on("close", () => waiting?.reject(new Error("the connection was closed")));
  return {
    request(bytes) {
      waiting = Promise.withResolvers<HttpAnswer>();
      if (socket.destroyed || socket.readableEnded) waiting.reject(new Error("the server has closed the connection"));
      else socket.write(bytes);
      return waiting.promise;
    },
    close() {
      waiting = undefined;
      socket.destroy();
    },
  };
}

/** Servers here tell the length of every body. */
function wholeAnswer(received: string): HttpAnswer | undefined {
  const end = received.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const length = Number(/\r\ncontent-length: *(\d+)/iu.exec(received.slice(0, end))?.[1] ?? "0");
  if (received.length < end + 4 + length) return undefined;
  return { status: Number(received.slice(9, 12)), body: received.slice(end + 4) };
}
