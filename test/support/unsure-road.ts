import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

/** The way to the REST API, on which the first message to be sent gets stuck. */
export interface UnsureRoad extends AsyncDisposable {
  readonly url: string;
  /** Resolves when the first message is stuck: before it arrived, or behind. */
  readonly stuck: Promise<void>;
}

/**
 * Puts a road in front of a REST API. The first message is kept on it for ever: `before` it reaches the API, or `after`,
 * so that the API took it and its answer never comes. Whatever follows passes.
 */
export async function unsureRoad(target: string, where: "before" | "after"): Promise<UnsureRoad> {
  const stuck = Promise.withResolvers<void>();
  let first = true;
  const server = createServer((request, response) => {
    const sends = request.method === "POST" && (request.url ?? "").endsWith("/Messages.json");
    const sticks = sends && first;
    if (sends) first = false;
    travel(request, response, sticks).catch((error: unknown) =>
      response.destroy(error instanceof Error ? error : undefined),
    );
  });

  async function travel(request: IncomingMessage, response: ServerResponse, sticks: boolean): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (sticks && where === "before") return stuck.resolve();
    const answer = await fetch(target + (request.url ?? "/"), {
      method: request.method ?? "GET",
      headers: {
        authorization: request.headers.authorization ?? "",
        "content-type": request.headers["content-type"] ?? "text/plain",
      },
      ...(request.method === "POST" ? { body: Buffer.concat(chunks) } : {}),
    });
    const body = await answer.text();
    if (sticks) return stuck.resolve();
    response.writeHead(answer.status, { "content-type": "application/json" }).end(body);
  }

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    stuck: stuck.promise,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
