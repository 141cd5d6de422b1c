import type { FastifyReply } from "fastify";
import { emptyTwiml } from "../channels/twilio/twiml.ts";
import { hangUpTwiml, relayTwiml, sayAndHangUp } from "../channels/voice/twiml.ts";
import { numberUnserved, requestFailed } from "./log.ts";
import type { CallAnswer, HttpParts } from "./parts.ts";
import { relayUrl } from "./relay-url.ts";
import { bareOrigin } from "./signature.ts";
import { sendTwiml } from "./twiml-reply.ts";

/** Answers a call with what was decided. Whatever goes wrong, the caller hears a sentence and no error tone. */
export async function answerCall(
  reply: FastifyReply,
  parts: HttpParts,
  decision: { readonly route: string; readonly decide: () => Promise<CallAnswer> },
): Promise<void> {
  try {
    const answer = await decision.decide();
    if (answer.kind === "unserved") numberUnserved(parts.log, decision.route);
    sendTwiml(reply, twimlOf(answer, parts.publicUrl));
  } catch (error) {
    requestFailed(parts.log, decision.route, error);
    sendTwiml(reply, sayAndHangUp(parts.apology.text, parts.apology.language));
  }
}

function twimlOf(answer: CallAnswer, publicUrl: string): string {
  switch (answer.kind) {
    case "relay": {
      const { kind: _, token, ...options } = answer;
      return relayTwiml({
        ...options,
        url: relayUrl(publicUrl, token),
        action: `${bareOrigin(publicUrl)}/voice/action`,
      });
    }
    case "say":
    case "unserved":
      return sayAndHangUp(answer.text, answer.language);
    case "hang_up":
      return hangUpTwiml;
    case "nothing":
      return emptyTwiml;
  }
}
