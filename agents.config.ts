import type { AgentsConfig } from "./src/agent/agents-config.ts";

export default {
  defaultAgent: "customer-support",
  agents: {
    "customer-support": "./src/agent/agents/customer-support.ts",
  },
} satisfies AgentsConfig;
