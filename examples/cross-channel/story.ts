import { createContinuo, type MessageChannel } from "../../src/index.ts"; // "continuo" where it is installed as a package
import { check } from "../check.ts";

// A customer texts, calls, and goes on by WhatsApp. It is one conversation: the phone number is the key.
//
//     node examples/cross-channel/story.ts

const customer = "+1-415-555-0100";

await using continuo = await createContinuo({ store: "memory", env: {} });
const agent = await continuo.agentRegistry.getDefault();
continuo.on("modality_switched", ({ data }) => console.log(`  (from ${data["from"]} to ${data["to"]})`));

const written = await says("Hi, I am having trouble with my order ORD_12345", "text");
check(written.includes("ORD_12345"), "The order is looked up.");

const spoken = await says("It's me again. When will it arrive?", "voice");
check(
  spoken.includes("1 2 3 4 5"),
  "On the phone the agent knows which order is meant, and says its number digit by digit.",
);

const later = await says("And what is the tracking number?", "whatsapp");
check(later.includes("TRK_ABC123"), "In writing it goes on from what was said on the phone.");

const session = await continuo.getSession(customer);
check(
  session?.context.conversationHistory.filter(({ role }) => role === "customer").length === 3,
  "All of it is one timeline.",
);
check(session?.metadata.callCount === 1 && session.metadata.smsCount === 2, "One call and two messages are counted.");

async function says(words: string, channel: MessageChannel): Promise<string> {
  const { text } = await agent.processMessage(words, channel, customer, customer);
  await continuo.settled();
  console.log(`\n  customer (${channel}): ${words}\n  agent: ${text}`);
  return text;
}
