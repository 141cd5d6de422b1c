import { type RawData, WebSocket } from "ws";
import { sign } from "../channels/twilio/signature.ts";
import { type Line, reach } from "./line.ts";

/** Opens a relay's socket as Twilio does: signed over its address. `token: null` leaves the signature out. */
export async function openRelay(
  line: Line,
  url: string,
  options: { readonly token?: string | null } = {},
): Promise<
  { readonly kind: "open"; readonly socket: WebSocket } | { readonly kind: "refused"; readonly status: number }
> {
  const token = options.token === undefined ? line.authToken : options.token;
  const headers = {
    "user-agent": "Jetty/11.0.24",
    ...(token === null ? {} : { "x-twilio-signature": sign(token, url) }),
  };
  const socket = new WebSocket(reach(line, url), { headers, perMessageDeflate: false });
  return new Promise((resolve) => {
    socket.once("open", () => resolve({ kind: "open", socket }));
    socket.once("unexpected-response", (_request, response) => {
      resolve({ kind: "refused", status: response.statusCode ?? 0 });
      socket.terminate();
    });
    // The close that follows an error says all that matters; before the socket is open there is no close.
    socket.on("error", () => resolve({ kind: "refused", status: 0 }));
  });
}

/** A frame's text, however the socket delivered it. */
export function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString();
  return data instanceof ArrayBuffer ? Buffer.from(data).toString() : data.toString();
}
