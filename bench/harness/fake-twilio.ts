import { once } from "node:events";
import { createServer } from "node:http";
import { newSid } from "./sid.ts";

/** Takes messages as Twilio's REST API does, at once and always. Resolves with its URL; `onMessage` is told the number it was sent to. */
export async function openFakeTwilio(onMessage: (to: string) => void): Promise<string> {
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (chunk) => {
      body += String(chunk);
    });
    request.on("end", () => {
      const answer = JSON.stringify({ sid: newSid("SM"), status: "queued", error_code: null });
      response.writeHead(201, { "content-type": "application/json", "content-length": answer.length }).end(answer);
      onMessage(new URLSearchParams(body).get("To") ?? "");
    });
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
}
