import type { LocatedAgents } from "../../src/agent/agents-config.ts";
import { defineAgent } from "../../src/agent/define-agent.ts";
import { orderStatus } from "../../src/agent/tools/order-status.ts";
import { agent as booking } from "./booking-agent.ts";

/** An agent whose history lies at OpenAI; it looks up orders and books visits. */
export const agent = defineAgent({
  ...booking,
  name: "remote",
  tools: [...booking.tools, orderStatus],
  history: "openai",
});

/** The agent above, as an agents' configuration would name it. */
export const remoteAgent: LocatedAgents = {
  config: { defaultAgent: "remote", agents: { remote: "./remote-agent.ts" } },
  base: import.meta.url,
};
