import { bareOrigin } from "./signature.ts";

const PATH = "/conversation-relay/";

/** The address of a call's socket, as Twilio is given it and as it signs it. */
export function relayUrl(publicUrl: string, token: string): string {
  return bareOrigin(publicUrl).replace(/^http/iu, "ws") + PATH + token;
}

/** The token in the target of a socket's request; undefined when the target is another one. */
export function relayToken(target: string): string | undefined {
  return /^\/conversation-relay\/([\w.~-]{1,256})$/u.exec(target)?.[1];
}
