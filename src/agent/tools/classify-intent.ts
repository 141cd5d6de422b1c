import { z } from "zod";
import { defineTool } from "../define-tool.ts";
import { intentsOf } from "../intent.ts";

/** Sorts what the customer wants into one of the things this business deals with. */
export const classifyIntent = defineTool({
  name: "classify_intent",
  description:
    "Sort an unclear message into a topic: order, tracking, billing, technical, policy, account, person or other, with a confidence from 0 to 1.",
  parameters: z.object({ message: z.string().describe("what the customer said") }),
  effect: "reads",
  sameAct: ({ message }) => message.trim().toLowerCase(),
  execute({ message }) {
    const [best, second] = intentsOf(message);
    if (best === undefined) return Promise.resolve({ intent: "other", confidence: 0 });
    return Promise.resolve({
      intent: best.intent,
      confidence: best.confidence,
      ...(second === undefined ? {} : { also: second.intent }),
    });
  },
});
