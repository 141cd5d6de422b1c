import { createContinuo, defineConfig } from "../../src/index.ts"; // "continuo" where it is installed as a package
import { check } from "../check.ts";

// Two businesses, each with a number and an agent of its own, and one person who is a customer of both.
//
//     node examples/tenants/story.ts

const NORTHWIND = "+14155550001";
const NILE_HOMES = "+20225550100";
const CUSTOMER = "+14155550100";

await using continuo = await createContinuo({
  store: "memory",
  env: {},
  // What a server has in `continuo.config.ts`.
  config: defineConfig({
    tenants: {
      northwind: { name: "Northwind Supply", numbers: [NORTHWIND] },
      "nile-homes": { name: "Nile Homes", numbers: [NILE_HOMES], agent: "real-estate", country: "EG" },
    },
  }),
  // What a server has in `agents.config.ts`.
  agents: {
    config: {
      defaultAgent: "support",
      agents: { support: "../../src/agent/agents/customer-support.ts", "real-estate": "../real-estate/agent.ts" },
    },
    base: import.meta.url,
  },
});

const shop = await texts(NORTHWIND, "Where is my order ORD_12345?");
check(shop.includes("ORD_12345"), "The number of the shop is answered by its agent, who knows orders.");

const agency = await texts(NILE_HOMES, "I look for an apartment in New Cairo with 3 bedrooms");
check(agency.includes("NC-101"), "The number of the agency is answered by another one, who knows homes.");

await texts(NORTHWIND, "When will it arrive?");
const [northwind, nileHomes] = [continuo.tenant("northwind"), continuo.tenant("nile-homes")];
const [here, there] = [await northwind.getSession(CUSTOMER), await nileHomes.getSession(CUSTOMER)];
check(
  here?.totalMessages === 4 && there?.totalMessages === 2,
  "They are two conversations; neither knows of the other.",
);

await nileHomes.destroySession(CUSTOMER);
check((await nileHomes.getSession(CUSTOMER)) === undefined, "The agency has forgotten its customer.");
check((await northwind.getSession(CUSTOMER))?.totalMessages === 4, "The shop has not.");

async function texts(to: string, words: string): Promise<string> {
  const { text } = await continuo.processMessage(words, "text", CUSTOMER, CUSTOMER, { to });
  console.log(`\n  customer (to ${to}): ${words}\n  agent: ${text}`);
  return text;
}
