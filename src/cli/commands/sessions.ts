import { defineCommand } from "citty";
import { loadConfig } from "../../app/config.ts";
import { type OpenState, openBeside, subjectMeant } from "../../app/maintenance.ts";
import { tenantMeant, type TenantSettings } from "../../app/tenants.ts";
import { timelineOf } from "../../app/timeline.ts";
import { type Screen, type Tone, screenOf, showMs, showRow, toned } from "../screen.ts";

/** `continuo sessions`: who there is, and what was said. Works beside a running server. */
export const sessions = defineCommand({
  meta: { name: "sessions", description: "Lists the conversations, or shows one. Works beside a running server." },
  args: {
    subject: {
      type: "positional",
      required: false,
      description: "A phone number in any spelling, an alias such as phone_14155550100, or a subject id",
    },
    limit: { type: "string", description: "How many at most", default: "50" },
    tenant: { type: "string", description: "Whose; the default tenant's where it is left out" },
  },
  async run({ args }) {
    const limit = Number(args.limit);
    if (!Number.isInteger(limit) || limit < 1)
      throw new TypeError(`--limit has to be a whole number from 1, not ${JSON.stringify(args.limit)}`);
    const { config } = loadConfig();
    const tenant = await tenantMeant(config, args.tenant);
    await using state = await openBeside(config.state);
    const screen = screenOf(process.stdout);
    const shown =
      args.subject === undefined
        ? await list(state, { tenant, limit, screen })
        : await timeline(state, { meant: args.subject, tenant, limit, screen });
    process.stdout.write(`${shown}\n`);
  },
});

interface Wanted {
  readonly tenant: TenantSettings;
  readonly limit: number;
  readonly screen: Screen;
}

async function list({ ledger }: OpenState, { tenant, limit, screen }: Wanted): Promise<string> {
  return showSubjects(await ledger.subjects.recent(tenant.id, limit), screen);
}

type Subject = Awaited<ReturnType<OpenState["ledger"]["subjects"]["recent"]>>[number];

/** Who there is, with the state of their session: whoever waits for a person is to be found at a glance. */
export function showSubjects(subjects: readonly Subject[], screen: Screen): string {
  if (subjects.length === 0) return "Nobody has written or called yet.";
  const width = Math.max(...subjects.map(({ alias }) => alias.length));
  const longest = Math.max(...subjects.map(({ session }) => session.length));
  const rows = subjects.map((subject) => {
    const { alias, id, lastActiveAt, session } = subject;
    const at = new Date(lastActiveAt).toISOString().slice(0, 16).replace("T", " ");
    const state = toned(screen, session === "WAITING_AGENT" ? "bad" : "note", session.padEnd(longest));
    return [`${alias.padEnd(width)}  ${at}  ${state}  ${toned(screen, "note", id)}`, ...unanswerable(subject)].join(
      "  ",
    );
  });
  return rows.join("\n");
}

/** A word about somebody who has no address that a reply could be sent to. */
function unanswerable({ addressKeys, ours }: Subject): readonly string[] {
  const reachable = ours !== undefined || addressKeys.some((key) => key.startsWith("tel:") || key.startsWith("web:"));
  return reachable ? [] : ["(no reply can be sent there)"];
}

async function timeline({ ledger, store }: OpenState, wanted: Wanted & { readonly meant: string }): Promise<string> {
  const { meant, tenant, limit, screen } = wanted;
  const { id, defaultCountry } = tenant;
  const subject = await subjectMeant(ledger, meant, { tenant: id, defaultCountry });
  if (subject === undefined) {
    process.exitCode = 1;
    return `Nobody is known as ${meant}. Without a name, sessions lists who there is.`;
  }
  const entries = await store.page({ tenant: subject.tenant, subjectId: subject.id }, { limit });
  const begun = entries[0]?.at ?? subject.lastActiveAt;
  const lines = await timelineOf(entries, ledger);
  const rows = lines.map(({ at, who, channel, text, result, tookMs }) =>
    showRow(screen, {
      seconds: (at - begun) / 1000,
      who: who === "note" ? "" : who === "customer" ? "cust." : who,
      channel: channel ?? "",
      text: result === undefined ? text : `${text} → ${result}`,
      tone: toneOf(who),
      ...(tookMs === undefined ? {} : { remark: showMs(tookMs) }),
    }),
  );
  const told = [
    subject.id,
    subject.session,
    `seconds since ${new Date(begun).toISOString().slice(0, 19).replace("T", " ")}`,
  ];
  const head = [
    toned(screen, "strong", subject.alias),
    toned(screen, "note", told.join(" · ")),
    ...unanswerable(subject),
  ].join("  ");
  return [head, ...rows].join("\n");
}

function toneOf(who: "customer" | "agent" | "operator" | "tool" | "note"): Tone {
  return who === "operator" ? "agent" : who;
}
