import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./source.ts";

/**
 * An agent for a server's folder whose one tool has an effect that can be counted: it adds a line to `lines.txt`. Where
 * a file `hang.txt` lies beside it, the tool does it and never comes back.
 */
export const writingAgent: Readonly<Record<string, string>> = {
  "package.json": JSON.stringify({ type: "module" }),
  "agents.config.ts": `export default { defaultAgent: "writer", agents: { writer: "./writer.ts" } };\n`,
  "writer.ts": `
import { appendFileSync, existsSync } from "node:fs";
import { z } from ${JSON.stringify(import.meta.resolve("zod"))};
import { defineAgent } from ${source("agent/define-agent.ts")};
import { defineTool } from ${source("agent/define-tool.ts")};

const writeLine = defineTool({
  name: "write_line",
  description: "Writes a line.",
  parameters: z.object({ line: z.string() }),
  effect: "writes",
  sameAct: ({ line }) => line,
  timeoutMs: 1_500,
  async execute({ line }) {
    appendFileSync("lines.txt", line + "\\n");
    if (existsSync("hang.txt")) await new Promise(() => setInterval(() => undefined, 1_000));
    return { written: line };
  },
});

export const agent = defineAgent({
  name: "writer",
  instructions: "Write down what you are told.",
  tools: [writeLine],
  greeting: "Hello.",
  apology: "I am sorry, I cannot write right now.",
  language: "en-US",
});
`,
};

/** An agent for a server's folder whose one tool ends the whole server at once, as a fault in native code would. */
export const crashingAgent: Readonly<Record<string, string>> = {
  "package.json": JSON.stringify({ type: "module" }),
  "agents.config.ts": `export default { defaultAgent: "crasher", agents: { crasher: "./crasher.ts" } };\n`,
  "crasher.ts": `
import { z } from ${JSON.stringify(import.meta.resolve("zod"))};
import { defineAgent } from ${source("agent/define-agent.ts")};
import { defineTool } from ${source("agent/define-tool.ts")};

const crash = defineTool({
  name: "crash",
  description: "Crashes.",
  parameters: z.object({}),
  effect: "reads",
  sameAct: () => "",
  execute() {
    process.kill(process.pid, "SIGKILL");
    return new Promise(() => undefined);
  },
});

export const agent = defineAgent({
  name: "crasher",
  instructions: "Crash when you are told.",
  tools: [crash],
  greeting: "Hello.",
  apology: "I am sorry, I crashed.",
  language: "en-US",
});
`,
};

/** A module of the program, as an import names it. */
function source(file: string): string {
  return JSON.stringify(pathToFileURL(join(root, "src", file)).href);
}
