import { envSchema, isSetting } from "./env-schema.ts";

/** Names that older versions of the documentation used, and what they are called now. */
const oldNames: Readonly<Record<string, string>> = {
  PORT_VOICE: "PORT",
  PORT_SMS: "PORT",
  OPENAI_MODEL: "AGENT_MODEL",
  CRM_BASE: "CRM_BASE_URL",
};

const channelsNote = "every channel is always on, on one port";
const approvalNote = "nothing waits for an approval in this version";

/** Settings that are documented and have no effect in this version, with the reason. */
const withoutEffect: Readonly<Record<string, string>> = {
  START_CHANNELS: channelsNote,
  FALLBACK_MODEL: "there is one model in this version",
  TWILIO_MONITOR_BASE_URL: "alerts are not read in this version",
  TWILIO_WORKFLOW_SID: "calls are not transferred in this version",
  HANDOFF_PHONE_NUMBER: "calls are not transferred in this version",
  ROLES: "one process does all the work in this version",
  STATE_PERSISTENCE_DIR: "there is no file adapter in this version; DATA_DIR is the folder for everything",
  STATE_MAX_AGE: approvalNote,
  APPROVAL_TTL_HOURS: approvalNote,
  MYSQL_URL: "there is no MySQL adapter in this version",
  REDIS_URL: "there is no Redis adapter in this version",
  REDIS_HOST: "there is no Redis adapter in this version",
  REDIS_CLUSTER_NODES: "there is no Redis adapter in this version",
};

/** Settings whose effect somebody relies on and would not get: where customers' data goes, and whether it is sealed. */
export const refusedSettings: Readonly<Record<string, { readonly expected: string; readonly mend: string }>> = {
  DATABASE_URL: postgres("DATABASE_URL"),
  POSTGRES_HOST: postgres("POSTGRES_HOST"),
  POSTGRES_DATABASE: postgres("POSTGRES_DATABASE"),
  ENCRYPTION_KEY: {
    expected: "no value: this version does not encrypt what it keeps",
    mend: "remove ENCRYPTION_KEY and keep DATA_DIR on an encrypted disk",
  },
};

/** The environment with old names made new, and what a person should be told about its names. */
export interface NamedEnv {
  readonly values: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
}

/** Drops what is empty, renames what has an old name, and warns about names that have no effect or look mistyped. */
export function nameSettings(raw: Readonly<Record<string, string | undefined>>): NamedEnv {
  const given = new Map<string, string>();
  for (const [name, value] of Object.entries(raw)) {
    const text = value?.trim() ?? "";
    if (text !== "") given.set(name, text);
  }
  const warnings: string[] = [];
  for (const [old, current] of Object.entries(oldNames)) {
    const value = given.get(old);
    if (value === undefined) continue;
    if (given.has(current)) warnings.push(`${old} is an old name and is ignored, because ${current} is set.`);
    else warnings.push(`${old} is an old name: call it ${current}.`);
    if (!given.has(current)) given.set(current, value);
  }
  adoptSocketAddress(given, warnings);
  for (const [name, reason] of Object.entries(withoutEffect)) {
    if (given.has(name)) warnings.push(`${name} has no effect: ${reason}.`);
  }
  warnings.push(...[...given.keys()].flatMap((name) => suspicion(name)));
  const values = Object.fromEntries([...given].filter(([name]) => isSetting(name) || name in refusedSettings));
  return { values, warnings };
}

/** The socket's address used to be given by itself; its host is the public address. */
function adoptSocketAddress(given: Map<string, string>, warnings: string[]): void {
  const socket = given.get("TWILIO_WEBSOCKET_URL");
  if (socket === undefined) return;
  if (given.has("PUBLIC_URL") || !URL.canParse(socket)) {
    warnings.push("TWILIO_WEBSOCKET_URL is an old name and is ignored: the socket's address follows from PUBLIC_URL.");
    return;
  }
  const url = new URL(socket);
  given.set("PUBLIC_URL", `${url.protocol === "ws:" || url.protocol === "http:" ? "http" : "https"}://${url.host}`);
  warnings.push(`TWILIO_WEBSOCKET_URL is an old name: set PUBLIC_URL=${given.get("PUBLIC_URL")} instead.`);
}

function suspicion(name: string): readonly string[] {
  const known = [...Object.keys(envSchema.shape), ...Object.keys(withoutEffect), ...Object.keys(refusedSettings)];
  if (known.includes(name) || name in oldNames || name === "TWILIO_WEBSOCKET_URL") return [];
  const squashed = squash(name);
  // Short names such as HOST have many innocent neighbours in an environment.
  const near = known.find(
    (other) => squash(other) === squashed || (other.length >= 8 && distance(squash(other), squashed) <= 2),
  );
  if (near !== undefined) return [`${name} is not a setting. Is ${near} meant?`];
  return name.startsWith("TWILIO_") ? [`${name} is not a setting and has no effect.`] : [];
}

function squash(name: string): string {
  return name.toUpperCase().replace(/[^A-Z0-9]/gu, "");
}

/** How many letters must be added, dropped or changed; anything over 2 counts as 3. */
function distance(left: string, right: string): number {
  if (Math.abs(left.length - right.length) > 2) return 3;
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= right.length; j += 1) {
      const swap = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return Math.min(3, row[right.length] ?? 3);
}

function postgres(name: string): { readonly expected: string; readonly mend: string } {
  return {
    expected: "no value: this version keeps its state in SQLite only, and would not use that database",
    mend: `remove ${name}, or set SQLITE_PATH for the place of the database file`,
  };
}
