import { createContinuo, type WindowItem } from "../../src/index.ts"; // "continuo" where it is installed as a package
import { check } from "../check.ts";

// What the model is shown of the past goes through a function of yours. Here, long numbers are none of its business.
//
//     node examples/history-filter/story.ts

await using continuo = await createContinuo({ store: "memory", env: {}, historyFilter: withoutCardNumbers });

await says("I paid with 4242 4242 4242 4242, was I charged twice?");
const answer = await says("What did I just tell you?");
check(answer.includes("[number]") && !answer.includes("4242"), "The agent never saw the card's number.");

const [first] = (await continuo.sessions.get("ann")).context.messageHistory;
check(first?.content.includes("4242") === true, "The record holds what was said.");

async function says(words: string): Promise<string> {
  const { output_text } = await continuo.runWorkflow({ input_as_text: words, session_id: "ann" });
  console.log(`\n  customer: ${words}\n  agent: ${output_text}`);
  return output_text;
}

function withoutCardNumbers(window: readonly WindowItem[]): readonly WindowItem[] {
  return window.map((item) => {
    if (item.kind !== "customer") return item;
    return { ...item, text: item.text.replaceAll(/\b(?:\d[ -]?){12,18}\d\b/gu, "[number]") };
  });
}
