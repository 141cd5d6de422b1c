import type { RawData, WebSocket } from "ws";
import { lineFrame } from "../channels/voice/line-frames.ts";
import { decodeFrame, encodeText } from "../channels/voice/wire.ts";
import type { CallRecord } from "../core/call-record.ts";
import type { Lines } from "./lines.ts";

/** Joins an admitted socket to the call it was admitted for. */
export function talkOver(socket: WebSocket, lines: Lines, call: CallRecord): void {
  const line = lines.open(
    {
      speak(token, last) {
        if (socket.readyState !== socket.OPEN) return false;
        socket.send(encodeText(token, last));
        return true;
      },
      close: (code, reason) => socket.close(code, reason),
    },
    call,
  );
  socket.on("message", (data: RawData, isBinary: boolean) => {
    line.frame(isBinary ? undefined : lineFrame(decodeFrame(textOf(data))));
  });
  socket.on("close", (code: number) => line.gone(code));
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString("utf8");
  return Buffer.isBuffer(data) ? data.toString("utf8") : Buffer.from(data).toString("utf8");
}
