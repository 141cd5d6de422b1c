import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createContinuo, type WorkflowOutput } from "../../src/index.ts"; // "continuo" where it is installed as a package
import { check } from "../check.ts";

// One workflow, two runs of the program: whoever gives the same session id goes on where they were.
//
//     node examples/run-workflow/story.ts

const folder = await mkdtemp(join(tmpdir(), "continuo-example-"));
const alice = "user_alice_session";

try {
  const before = await run("My headphones do not turn on.", alice);
  check(before.output_text.includes("Charge them"), "Alice gets the first step.");

  console.log("\nThe program ends and starts again.");
  const after = await run("I did that. It did not help.", alice);
  check(after.output_text.includes("Hold the power button"), "It remembers the first step, and gives the second.");
  check(after.conversation_id === before.conversation_id, `It is the same conversation, ${after.conversation_id}.`);

  const other = await run("I did that. It did not help.", "user_bob_session");
  check(!other.output_text.includes("power button"), "Bob's session is another one, and nothing is known in it.");
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Runs a program of one message from its start to its end. */
async function run(input_as_text: string, session_id: string): Promise<WorkflowOutput> {
  await using continuo = await createContinuo({ store: `sqlite:${join(folder, "talks.db")}`, env: {} });
  const result = await continuo.runWorkflow({ input_as_text, session_id });
  console.log(`\n  ${session_id}: ${input_as_text}\n  agent: ${result.output_text}`);
  return result;
}
