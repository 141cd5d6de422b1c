import { defineCommand } from "citty";
import { loadConfig } from "../../app/config.ts";
import { openImport } from "../../app/open-import.ts";
import { importSessions, type ImportStep } from "../../app/session-import.ts";
import type { SessionMap } from "../../app/session-map.ts";
import { printable } from "../screen.ts";

/** `continuo import-sessions`: conversations at OpenAI that another program began, for their customers. */
export const importSessionsCommand = defineCommand({
  meta: {
    name: "import-sessions",
    description:
      "Takes over conversations that OpenAI keeps, from a sessions.json (session_id, conversation_id, created_at, last_used). Stop the server first.",
  },
  args: {
    file: { type: "positional", required: true, description: "The file, for example sessions.json" },
    agent: { type: "string", description: "The agent that is to go on with them; it is looked whether it can" },
    tenant: { type: "string", description: "Whose customers they are; the default tenant's otherwise" },
    overwrite: {
      type: "boolean",
      default: false,
      description: "Takes the place of a conversation at OpenAI that a customer has already",
    },
    "dry-run": {
      type: "boolean",
      default: false,
      description: "Looks and changes nothing; also beside a running server",
    },
  },
  async run({ args }) {
    const { config } = loadConfig();
    const dryRun = args["dry-run"];
    await using opened = await openImport(config, { file: args.file, tenant: args.tenant, agent: args.agent, dryRun });
    const { map, tenant, state, warning } = opened;
    const counts = new Map<ImportStep["kind"], number>();
    const options = { tenant, dryRun, overwrite: args.overwrite, now: Date.now() };
    for await (const step of importSessions(state, map, options)) {
      counts.set(step.kind, (counts.get(step.kind) ?? 0) + 1);
      const line = lineOf(step);
      if (line !== undefined) process.stdout.write(`${printable(line)}\n`);
      showProgress(map, counts);
    }
    process.stdout.write(`${summaryOf(counts, dryRun)}\n`);
    if (warning !== undefined) process.stdout.write(`${warning}\n`);
    if ((counts.get("refused") ?? 0) > 0) process.exitCode = 1;
  },
});

/** What was done, in a sentence for each thing that happened. */
export function summaryOf(counts: ReadonlyMap<ImportStep["kind"], number>, dryRun: boolean): string {
  const words: readonly (readonly [ImportStep["kind"], string])[] = [
    ["imported", "taken over"],
    ["replaced", "in place of another one"],
    ["same", "there already"],
    ["kept", "not taken over, because the customer has another conversation (--overwrite takes its place)"],
    ["empty", "without a conversation yet"],
    ["refused", "refused"],
  ];
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const parts = words.flatMap(([kind, word]) => {
    const count = counts.get(kind) ?? 0;
    return count === 0 ? [] : [`${count} ${word}`];
  });
  const head = `${all} session${all === 1 ? "" : "s"}`;
  const said = parts.length === 0 ? head : `${head}: ${parts.join(", ")}`;
  return dryRun ? `${said}. Nothing was changed (--dry-run).` : `${said}.`;
}

function lineOf(step: ImportStep): string | undefined {
  switch (step.kind) {
    case "refused":
      return `${step.sessionId}: refused, ${step.why}.`;
    case "kept":
      return `${step.sessionId}: ${step.alias} has another conversation at OpenAI, which stays.`;
    case "replaced":
      return `${step.sessionId}: taken over by ${step.alias}; ${step.before} is not used any more and stays at OpenAI.`;
    case "imported":
    case "same":
    case "empty":
      return undefined;
  }
}

const EVERY = 500;

function showProgress(map: SessionMap, counts: ReadonlyMap<string, number>): void {
  const done = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const all = map.sessions.length + map.refused.length + map.empty.length;
  if (done % EVERY === 0) process.stderr.write(`${done} of ${all} sessions\n`);
}
