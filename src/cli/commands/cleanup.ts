import { defineCommand, type ArgsDef } from "citty";
import { loadConfig } from "../../app/config.ts";
import type { Cleaned } from "../../app/customers/cleaning.ts";
import { isOlder } from "../../app/maintenance.ts";
import { openForCommand } from "../open-for-command.ts";
import { unknownOption, usedWrongly } from "../options.ts";

const args = {
  days: { type: "string", description: "Sessions closed more days ago than this. Default: 7", valueHint: "3" },
  hours: { type: "string", description: "Sessions closed more hours ago than this, in place of days", valueHint: "12" },
  "dry-run": { type: "boolean", description: "Only counts, and changes nothing", default: false },
  tenant: { type: "string", description: "Of this tenant only; of all of them otherwise" },
} as const satisfies ArgsDef;

/** `continuo cleanup`: closed sessions, cleaned away. */
export const cleanup = defineCommand({
  meta: {
    name: "cleanup",
    description:
      "Cleans sessions away that were closed long ago, once the memory tells of them. Works beside a running server.",
  },
  args,
  async run({ args: given, rawArgs }) {
    const wish = readWish({ days: given.days, hours: given.hours, words: given._ });
    const wrong = unknownOption(rawArgs, args) ?? (typeof wish === "string" ? wish : undefined);
    if (wrong !== undefined || typeof wish === "string") return usedWrongly("cleanup", wrong ?? "");
    const { config } = loadConfig();
    const dryRun = given["dry-run"];
    if (dryRun && isOlder(config.state)) return usedWrongly("cleanup", older);
    await using open = await openForCommand(config);
    const tenants = given.tenant === undefined ? open.tenants : [open.tenant(given.tenant)];
    const before = Date.now() - wish.olderThanMs;
    const stop = new AbortController();
    process.once("SIGINT", () => stop.abort());
    const totals: TenantTotal[] = [];
    for (const { id: tenant } of tenants) {
      const total = { tenant, customers: 0, ...nothing };
      for await (const cleaned of open.clean({ tenant, before, dryRun }, stop.signal)) {
        total.customers += 1;
        for (const name of counted) total[name] += cleaned[name] ?? 0;
        if (total.customers % PROGRESS_EVERY === 0) process.stderr.write(`${tenant}: ${total.customers} customers\n`);
      }
      totals.push(total);
    }
    process.stdout.write(showCleaned(totals, { before, dryRun, stopped: stop.signal.aborted }));
  },
});

const counted = ["sessions", "staying", "entries", "rows"] as const satisfies readonly (keyof Cleaned)[];
const older =
  "The database is of an older version, and only counting would have to change it: run continuo migrate (or start the server) first, or leave --dry-run away.";
const nothing = { sessions: 0, staying: 0, entries: 0, rows: 0 };
const PROGRESS_EVERY = 100;
const USUAL_DAYS = 7;
const HOUR_MS = 3_600_000;
const MOST_HOURS = 24 * 365 * 100;

/** What came of a tenant. */
export type TenantTotal = { readonly tenant: string; customers: number } & Record<(typeof counted)[number], number>;

/** How old sessions have to be; or what is wrong with what was asked for, as a sentence. */
export function readWish(given: {
  readonly days: string | undefined;
  readonly hours: string | undefined;
  readonly words: readonly string[];
}): { readonly olderThanMs: number } | string {
  const { days, hours, words } = given;
  if (words.length > 0)
    return `cleanup takes options only, and ${JSON.stringify(words[0])} is none: write --days 3 or --hours 12.`;
  if (days !== undefined && hours !== undefined) return "Give --days or --hours, not both.";
  const unit = hours === undefined ? "days" : "hours";
  const text = hours ?? days ?? String(USUAL_DAYS);
  const count = /^\d+(?:\.\d+)?$/u.test(text.trim()) ? Number(text) : Number.NaN;
  const inHours = unit === "days" ? count * 24 : count;
  if (inHours <= MOST_HOURS) return { olderThanMs: inHours * HOUR_MS };
  return `--${unit} is ${JSON.stringify(text)}; it has to be a number from 0, such as --${unit} ${unit === "days" ? "3" : "12"}.`;
}

/** The counts as a table. */
export function showCleaned(
  totals: readonly TenantTotal[],
  how: { readonly before: number; readonly dryRun: boolean; readonly stopped: boolean },
): string {
  const { before, dryRun, stopped } = how;
  const columns = ["customers", "sessions", "entries", ...(dryRun ? [] : (["rows"] as const))] as const;
  const width = Math.max("tenant".length, ...totals.map(({ tenant }) => tenant.length));
  const table = [
    ["tenant".padEnd(width), ...columns.map((name) => name.padStart(9))],
    ...totals.map((total) => [total.tenant.padEnd(width), ...columns.map((name) => String(total[name]).padStart(9))]),
  ];
  const day = new Date(before).toISOString().slice(0, 16).replace("T", " ");
  const staying = totals.reduce((sum, total) => sum + total.staying, 0);
  const sentences = [
    ...(staying === 0
      ? []
      : [
          `${staying === 1 ? "One session stays" : `${staying} sessions stay`} for now: they go on, or are still to be remembered.`,
        ]),
    ...(stopped ? ["Stopped before the end; the rest is left for the next time."] : []),
    ...(dryRun ? ["Nothing was changed (--dry-run)."] : []),
  ];
  const head = `Sessions that were closed before ${day} (UTC)${dryRun ? ", and would go" : ""}:`;
  return `${[head, "", ...table.map((cells) => `  ${cells.join("  ")}`), "", ...sentences].join("\n").trimEnd()}\n`;
}
