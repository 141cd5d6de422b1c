import type { LineFrame } from "../../core/call.ts";
import { callSid } from "../../core/ids.ts";
import type { InboundFrame } from "./wire.ts";

/** What a frame of ConversationRelay means for a call; undefined when it cannot be read. */
export function lineFrame(frame: InboundFrame): LineFrame | undefined {
  switch (frame.type) {
    case "setup":
      return {
        type: "setup",
        callSid: callSid(frame.callSid),
        sessionId: frame.sessionId === "" ? frame.callSid : frame.sessionId,
      };
    case "prompt":
      return {
        type: "prompt",
        text: frame.voicePrompt,
        last: frame.last,
        ...(frame.lang === undefined ? {} : { lang: frame.lang }),
      };
    case "dtmf":
      return { type: "dtmf", digit: frame.digit };
    case "interrupt":
      return {
        type: "interrupt",
        heard: frame.utteranceUntilInterrupt,
        ...(frame.durationUntilInterruptMs === undefined ? {} : { afterMs: frame.durationUntilInterruptMs }),
      };
    case "info":
      return infoFrame(frame.name, frame.value);
    case "error":
      return { type: "error", description: frame.description };
    case "unknown":
      return { type: "unknown" };
    case "malformed":
      return undefined;
  }
}

function infoFrame(name: string, value: string): LineFrame {
  if (name === "tokensPlayed") return { type: "played", text: value };
  if (name === "agentSpeaking") return { type: "speaking", who: "agent", on: value === "on" };
  if (name === "clientSpeaking") return { type: "speaking", who: "caller", on: value === "on" };
  return { type: "unknown" };
}
