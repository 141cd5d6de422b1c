import { z } from "zod";
import { defineTool } from "../define-tool.ts";

/** Finds what the business has written down about a question. */
export const searchKnowledge = defineTool({
  name: "search_knowledge",
  description:
    "Search the business's own articles: shipping, returns, refunds, warranty, billing, accounts, help with devices, opening hours. Name the source's title when you use one.",
  parameters: z.object({ query: z.string().describe("the question in a few words") }),
  effect: "reads",
  sameAct: ({ query }) => query.trim().toLowerCase(),
  execute({ query }, turn) {
    const passages = turn.knowledge.search(query, 3);
    return Promise.resolve({ found: passages.length > 0, passages });
  },
});
