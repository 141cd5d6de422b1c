import { once } from "node:events";
import { WebSocket } from "ws";
import { sign } from "../../src/channels/twilio/signature.ts";
import { account } from "./account.ts";
import { openConnection } from "./http-connection.ts";
import { newSid } from "./sid.ts";
import { callForm, webhookBytes } from "./webhook.ts";

/** Calls the platform as Twilio does: asks `/voice`, opens the socket it names, says `setup`. */
export async function ring(port: number, from: string): Promise<WebSocket> {
  const callSid = newSid("CA");
  const connection = await openConnection(port);
  const { status, body } = await connection.request(webhookBytes("/voice", callForm({ sid: callSid, from })));
  connection.close();
  const url = /url="(wss:[^"]+)"/u.exec(body)?.[1];
  if (url === undefined) throw new Error(`/voice answered ${status}: ${body}`);
  const socket = new WebSocket(`ws://127.0.0.1:${port}${new URL(url).pathname}`, {
    perMessageDeflate: false,
    headers: { "x-twilio-signature": sign(account.token, url) },
  });
  await once(socket, "open");
  socket.send(setupFrame(callSid, from));
  return socket;
}

/** The first frame of a session. */
export function setupFrame(callSid: string, from: string): string {
  return JSON.stringify({
    type: "setup",
    sessionId: newSid("VX"),
    accountSid: account.sid,
    parentCallSid: "",
    callSid,
    from,
    to: account.number,
    forwardedFrom: account.number,
    callType: "PSTN",
    callerName: "",
    direction: "inbound",
    callStatus: "RINGING",
    customParameters: {},
  });
}
