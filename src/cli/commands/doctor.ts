import { createServer } from "node:net";
import { defineCommand } from "citty";
import { type Config, configOf } from "../../app/config.ts";
import { configuredResolvers } from "../../app/configured-resolvers.ts";
import { checkEnv, processEnv } from "../../app/env.ts";
import { folderState, isOlder, openBeside } from "../../app/maintenance.ts";
import { configuredTenants, type OpenTenants } from "../../app/tenants.ts";
import { type Screen, screenOf, toned, wrap } from "../screen.ts";

/** What looking at one thing found. */
export interface Finding {
  readonly kind: "good" | "doubtful" | "bad";
  readonly about: string;
  readonly text: string;
}

/** `continuo doctor`: whether everything is set up well, and what to do where it is not. */
export const doctor = defineCommand({
  meta: {
    name: "doctor",
    description: "Looks whether everything is set up well, and says what to do where it is not.",
  },
  async run() {
    const findings = await examine(processEnv());
    process.stdout.write(`${showFindings(findings, screenOf(process.stdout))}\n`);
    if (findings.some(({ kind }) => kind === "bad")) process.exitCode = 1;
  },
});

/** Findings as a person reads them. */
export function showFindings(findings: readonly Finding[], screen: Screen): string {
  const marks = { good: "ok   ", doubtful: "look ", bad: "mend " } as const;
  const tones = { good: "good", doubtful: "tool", bad: "bad" } as const;
  const lines = findings.map(({ kind, about, text }) => {
    const [first = "", ...rest] = wrap(text, screen.columns - 16);
    return [
      `${toned(screen, tones[kind], marks[kind])} ${about.padEnd(8)}  ${first}`,
      ...rest.map((line) => `${" ".repeat(16)}${line}`),
    ].join("\n");
  });
  const bad = findings.filter(({ kind }) => kind === "bad").length;
  const end =
    bad === 0
      ? "Everything that is needed is there."
      : `${bad === 1 ? "One thing needs" : `${bad} things need`} mending before the server can start.`;
  return `${lines.join("\n")}\n\n${end}`;
}

/** Looks at everything a start needs. */
export async function examine(raw: Readonly<Record<string, string | undefined>>): Promise<readonly Finding[]> {
  const reading = checkEnv(raw);
  const findings = [
    node(),
    ...reading.warnings.map((text): Finding => ({ kind: "doubtful", about: "settings", text })),
  ];
  if (reading.kind === "invalid") {
    const wrong = reading.problems.map(({ key, given, expected, mend }): Finding => ({
      kind: "bad",
      about: "settings",
      text: `${key} is ${given}; expected ${expected}. To mend it: ${mend}`,
    }));
    return [...findings, ...wrong];
  }
  const config = configOf(reading.env);
  return [
    ...findings,
    { kind: "good", about: "settings", text: "are all understood" },
    ...(await tenants(config)),
    ...twilio(config),
    model(config),
    ...(await state(config)),
  ];
}

function node(): Finding {
  const major = Number(process.versions.node.split(".")[0]);
  if (major >= 24) return { kind: "good", about: "node", text: `is ${process.versions.node}` };
  return {
    kind: "bad",
    about: "node",
    text: `is ${process.versions.node}; 24 or newer is needed. npm ci brings it along`,
  };
}

async function tenants(config: Config): Promise<readonly Finding[]> {
  try {
    const tenancy = await configuredTenants(config);
    const list = tenancy.tenants.list();
    const numberless = list.length === 1 ? "every number" : "the chat only";
    const told = list.map(({ id, numbers }) => `${id} (${numbers.join(", ") || numberless})`);
    return [
      ...tenancy.warnings.map((text): Finding => ({ kind: "doubtful", about: "tenants", text })),
      { kind: "good", about: "tenants", text: told.join("; ") },
      ...resolvers(config, tenancy),
    ];
  } catch (error) {
    return [{ kind: "bad", about: "tenants", text: messageOf(error).trimEnd() }];
  }
}

/** Who tells whose an address is; nothing where nobody is asked. */
function resolvers(config: Config, tenancy: OpenTenants): readonly Finding[] {
  try {
    const known = configuredResolvers(config, tenancy);
    const names = new Set(tenancy.tenants.list().flatMap(({ resolver }) => known.named(resolver)?.name ?? []));
    return [...names].map((name) => ({ kind: "good", about: "resolver", text: `${name} is asked who customers are` }));
  } catch (error) {
    return [{ kind: "bad", about: "resolver", text: messageOf(error) }];
  }
}

function twilio({ twilio: account, server }: Config): readonly Finding[] {
  if (account.mode === "simulator") {
    return [
      {
        kind: "good",
        about: "Twilio",
        text: "is played by the simulator; for a real number set TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and PUBLIC_URL",
      },
    ];
  }
  return [
    {
      kind: "good",
      about: "Twilio",
      text: `account ${account.accountSid}, reached at ${server.publicUrl ?? ""}; the number's webhooks are ${server.publicUrl ?? ""}/sms#rc=2&rp=ct,rt,5xx and ${server.publicUrl ?? ""}/voice`,
    },
  ];
}

function model({ model: chosen }: Config): Finding {
  if (chosen.apiKey !== undefined || chosen.baseUrl !== undefined)
    return {
      kind: "good",
      about: "model",
      text: `${chosen.name} at ${chosen.baseUrl ?? "OpenAI"} (${chosen.api ?? "whichever API it has"})`,
    };
  return {
    kind: "doubtful",
    about: "model",
    text: "the offline model answers, which follows rules and is no language model; set OPENAI_API_KEY for a real one",
  };
}

async function state(config: Config): Promise<readonly Finding[]> {
  const { dataDir } = config.state;
  try {
    const folder = await folderState(config.state);
    if (folder === "missing")
      return [{ kind: "good", about: "data", text: `${dataDir} is made at the first start` }, await port(config)];
    if (folder === "in_use")
      return [{ kind: "good", about: "data", text: `${dataDir}: a server is at work there` }, await database(config)];
    return [
      { kind: "good", about: "data", text: `${dataDir} can be written to` },
      isOlder(config.state) ? older : await database(config),
      await port(config),
    ];
  } catch (error) {
    return [
      {
        kind: "bad",
        about: "data",
        text: `${dataDir} cannot be used: ${messageOf(error)}. Set DATA_DIR to a folder that can be written to`,
      },
    ];
  }
}

const older: Finding = {
  kind: "doubtful",
  about: "database",
  text: "is of an older version; the next start, or continuo migrate, brings it to this one. Keep a copy if you may want to go back",
};

async function database(config: Config): Promise<Finding> {
  try {
    await using opened = await openBeside(config.state);
    const { ok, schema, problem } = await opened.ledger.health();
    if (ok) return { kind: "good", about: "database", text: `${config.state.sqlitePath}, schema ${schema}` };
    return { kind: "bad", about: "database", text: `${problem ?? "it does not answer"}; try: continuo migrate` };
  } catch (error) {
    const missing = error instanceof Error && error.message.startsWith("not_found");
    if (missing) return { kind: "good", about: "database", text: "is made at the first start" };
    return { kind: "bad", about: "database", text: messageOf(error) };
  }
}

/** Whether the port can be had. Port 0 always can. */
function port({ server }: Config): Promise<Finding> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", (error) =>
      resolve({
        kind: "bad",
        about: "port",
        text: `${server.port} on ${server.host} cannot be had: ${error.message}. Set PORT to another one`,
      }),
    );
    probe.listen(server.port, server.host, () => {
      probe.close(() => resolve({ kind: "good", about: "port", text: `${server.port} on ${server.host} is free` }));
    });
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
