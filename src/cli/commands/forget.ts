import { defineCommand, type ArgsDef } from "citty";
import { loadConfig } from "../../app/config.ts";
import { openForCommand } from "../open-for-command.ts";
import { unknownOption, usedWrongly } from "../options.ts";
import { tooManyWords, whoIsMeant } from "../who-is-meant.ts";

const args = {
  customer: {
    type: "positional",
    required: false,
    description: "A phone number in any spelling, an alias such as phone_14155550100, or a subject id",
  },
  yes: { type: "boolean", description: "Does it; without, nothing happens", default: false },
  tenant: { type: "string", description: "Whose customer it is; the default tenant's otherwise" },
} as const satisfies ArgsDef;

/** `continuo forget`: a customer, forgotten everywhere. */
export const forget = defineCommand({
  meta: {
    name: "forget",
    description: "Forgets a customer, everywhere and for good, and prints a receipt. Works beside a running server.",
  },
  args,
  async run({ args: given, rawArgs }) {
    const wrong = unknownOption(rawArgs, args) ?? (given._.length > 1 ? tooManyWords : undefined);
    if (wrong !== undefined) return usedWrongly("forget", wrong);
    if (given.customer === undefined) return usedWrongly("forget", "Say whom: continuo forget +14155550100 --yes.");
    const { config } = loadConfig();
    await using open = await openForCommand(config);
    const who = await whoIsMeant(open, { name: given.customer, tenant: given.tenant });
    if (who === undefined) return;
    if (!given.yes) {
      usedWrongly("forget", `${who.subjectId} is known. Forgetting cannot be taken back: say --yes to do it.`);
      return;
    }
    const receipt = await open.forget(who);
    if (receipt !== undefined) process.stdout.write(`${JSON.stringify(receipt, undefined, 2)}\n`);
    if (receipt?.files === "later")
      process.stderr.write("The running server cleans the files in a moment; until then traces can be read in them.\n");
  },
});
