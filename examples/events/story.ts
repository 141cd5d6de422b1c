import { createContinuo, type EventName } from "../../src/index.ts"; // "continuo" where it is installed as a package
import { check } from "../check.ts";

// Metrics from events: what happens is told by name, without anybody's number, name or words.
//
//     node examples/events/story.ts

const metrics = new Map<string, number>();

await using continuo = await createContinuo({ store: "memory", env: {} });

const counted: readonly EventName[] = ["session_started", "message_received", "message_sent", "escalation"];
for (const name of counted) continuo.on(name, () => count(name));
continuo.on("tools_executed", ({ data }) => count(`tools_executed.${data["tools"]}`));
continuo.on("modality_switched", ({ data }) => count(`modality_switched.${data["from"]}_to_${data["to"]}`));
continuo.on("context_bridged", ({ data }) => {
  console.log(`  The new channel was prepared in ${data["bridgeTime"]} ms.`);
});
const stop = continuo.on("session_changed", ({ data, subjectId }) => {
  console.log(`  ${subjectId} went from ${data["from"]} to ${data["to"]}, because: ${data["reason"]}.`);
});

await continuo.processMessage("Where is my order ORD_12345?", "text", "+14155550100");
await continuo.processMessage("I want to speak to a person", "voice", "+14155550100");
await continuo.processMessage("What are your opening hours?", "text", "+14155550123");
await continuo.settled();
stop();

console.table(Object.fromEntries(metrics));
check(metrics.get("session_started") === 2, "Two customers have begun a session.");
check(metrics.get("message_received") === 3, "Three messages came in.");
check(metrics.get("modality_switched.sms_to_voice") === 1, "One customer went from text to phone.");
check(metrics.get("escalation") === 1, "One asked for a person.");

function count(name: string): void {
  metrics.set(name, (metrics.get(name) ?? 0) + 1);
}
