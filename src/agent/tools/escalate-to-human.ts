import { z } from "zod";
import { defineTool } from "../define-tool.ts";

/** How soon a colleague answers, by priority. */
const expected = { low: "24 hours", medium: "2 hours", high: "30 minutes", urgent: "15 minutes" } as const;

/** Asks an operator to take over. */
export const escalateToHuman = defineTool({
  name: "escalate_to_human",
  description:
    "Ask a human colleague to take over: when the customer wants a person, is upset, or you cannot help. The summary is for the colleague.",
  parameters: z.object({
    reason: z.string(),
    priority: z.enum(["low", "medium", "high", "urgent"]),
    summary: z.string().describe("what happened so far, in two or three sentences"),
  }),
  effect: "writes",
  idempotent: true,
  // A colleague is asked once in a turn, whatever the wording.
  sameAct: () => "",
  execute: ({ priority }) => Promise.resolve({ escalated: true, priority, expectedWithin: expected[priority] }),
  escalation: ({ reason, priority, summary }) => ({
    reason: reason.slice(0, 500),
    priority,
    summary: summary.slice(0, 2_000),
  }),
});
