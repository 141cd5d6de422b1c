import { createContinuo } from "../../src/index.ts"; // "continuo" where it is installed as a package
import { check } from "../check.ts";

// The smallest program: customers write, the agent answers, and remembers each of them.
//
//     node examples/quickstart/story.ts

await using continuo = await createContinuo({ store: "memory" });

const first = await continuo.processMessage("Hi, where is my order ORD_12345?", "text", "+14155550100");
console.log(`  agent: ${first.text}`);
check(first.outcome === "replied" && first.text.includes("12345"), "The agent has looked the order up.");

const second = await continuo.processMessage("And when will it be here?", "text", "(415) 555-0100");
console.log(`  agent: ${second.text}`);
check(second.text.includes("12345"), "It knows which order is meant, however the number is written.");
