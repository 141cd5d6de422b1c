import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { createContinuo, defineAgent, type Clock, type ConversationSession } from "../../src/index.ts"; // "continuo" where it is installed as a package
import { check } from "../check.ts";

// A program with an agent of its own that keeps its sessions here: states, messages, and what customers told.
//
//     node examples/sessions-api/story.ts

const MINUTE_MS = 60_000;
let laterMs = 0;
const clock: Clock = {
  now: () => Date.now() + laterMs,
  sleep: (ms, signal) =>
    pause(ms, undefined, { ref: false, ...(signal === undefined ? {} : { signal }) }).catch(() => undefined),
};

// What may be noted of a customer is what the agent's schema has; an agent without `entities` takes everything.
const homes = defineAgent({
  name: "homes",
  language: "en-US",
  greeting: "Hello, this is the AI assistant of Nile Homes.",
  apology: "I am sorry, I cannot answer just now.",
  instructions: "You help people find a home.",
  tools: [],
  entities: z.object({ location: z.string(), propertyType: z.string(), budget: z.number().positive() }),
});
await using continuo = await createContinuo({
  store: "memory",
  env: { DEFAULT_COUNTRY: "EG" },
  agents: { homes },
  overrides: { clock },
});
const { sessions } = continuo;

let session = shown(await sessions.get("0100 123 4567"));
check(session.state === "NEW" && session.customerId === "+201001234567", "A new customer has a new session.");

await sessions.addMessage(session, { role: "user", content: "I look for an apartment in New Cairo." });
await sessions.updateExtractedInfo(session, { location: "New Cairo", propertyType: "apartment", budget: 3_000_000 });
await sessions.addMessage(session, { role: "assistant", content: "How many bedrooms do you need?" });
session = shown(await sessions.get("+201001234567"));
check(session.state === "ACTIVE", "It is active once something was answered.");
check(session.context.extractedInfo["budget"] === 3_000_000, "What the customer told is kept by its name.");

console.log("\nThe customer asks for a person, and is answered by one.");
check(shown(await sessions.updateState(session, "WAITING_AGENT")).state === "WAITING_AGENT", "A person is waited for.");
session = shown(await sessions.addMessage(session, { role: "agent", content: "Mona here. Three bedrooms, right?" }));
check(session.state === "ACTIVE", "The person has answered.");

console.log("\nHalf an hour goes by, then the customer comes back.");
laterMs += 31 * MINUTE_MS;
await sessions.checkIdle();
check(shown(await sessions.get(session.customerId)).state === "IDLE", "Without a word the session is idle.");
session = shown(await sessions.addMessage(session, { role: "user", content: "Yes, three." }));
check(session.state === "ACTIVE", "A word brings it back.");

await sessions.close(session.id);
check(shown(await sessions.get(session.customerId)).state === "CLOSED", "It is closed.");
const next = shown(await sessions.addMessage(session.customerId, { role: "user", content: "Hello again!" }));
check(next.state === "NEW" && next.id !== session.id, "The next message begins another session.");

function shown(now: ConversationSession): ConversationSession {
  const last = now.context.messageHistory.at(-1);
  console.log(`\n  ${now.customerId} is ${now.state}${last === undefined ? "" : `; ${last.role}: ${last.content}`}`);
  return now;
}
