import { writeFile } from "node:fs/promises";
import { defineCommand, type ArgsDef } from "citty";
import { loadConfig } from "../../app/config.ts";
import { exportHtml } from "../../app/customers/export-html.ts";
import { openForCommand } from "../open-for-command.ts";
import { unknownOption, usedWrongly } from "../options.ts";
import { tooManyWords, whoIsMeant } from "../who-is-meant.ts";

const args = {
  customer: {
    type: "positional",
    required: false,
    description: "A phone number in any spelling, an alias such as phone_14155550100, or a subject id",
  },
  html: { type: "boolean", description: "A page to read and print, in place of JSON", default: false },
  out: { type: "string", description: "The file to write; the terminal otherwise", valueHint: "export.json" },
  tenant: { type: "string", description: "Whose customer it is; the default tenant's otherwise" },
} as const satisfies ArgsDef;

/** `continuo export`: everything that is kept of a customer. */
export const exportCommand = defineCommand({
  meta: {
    name: "export",
    description: "Gathers everything that is kept of a customer. Works beside a running server.",
  },
  args,
  async run({ args: given, rawArgs }) {
    const wrong = unknownOption(rawArgs, args) ?? (given._.length > 1 ? tooManyWords : undefined);
    if (wrong !== undefined) return usedWrongly("export", wrong);
    if (given.customer === undefined) return usedWrongly("export", "Say whose data: continuo export +14155550100.");
    const { config } = loadConfig();
    await using open = await openForCommand(config);
    const who = await whoIsMeant(open, { name: given.customer, tenant: given.tenant });
    const document = who === undefined ? undefined : await open.exported(who);
    if (document === undefined) return;
    const text = given.html ? exportHtml(document) : `${JSON.stringify(document, undefined, 2)}\n`;
    if (given.out === undefined) {
      process.stdout.write(text);
      return;
    }
    try {
      // What is kept of somebody is nobody else's business on this machine, and nothing else is overwritten with it.
      await writeFile(given.out, text, { mode: 0o600, flag: "wx" });
    } catch (error) {
      if (!(error instanceof Error) || !("code" in error)) throw error;
      const why = error.code === "EEXIST" ? "it is there already" : error.message;
      return usedWrongly("export", `${given.out} was not written: ${why}. Give another --out.`);
    }
    process.stderr.write(`Wrote ${given.out}.\n`);
  },
});
