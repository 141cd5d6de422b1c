import { readAgentsConfig } from "../agent/agents-config.ts";
import { ContinuoError } from "../core/errors.ts";
import type { TenantId } from "../core/ids.ts";
import type { Config } from "./config.ts";
import { readContinuoConfig, type FoundConfig } from "./continuo-config.ts";
import type { Overrides } from "./overrides.ts";
import { readEntries, type TenantEntries } from "./tenant-entries.ts";
import { keysOfNobody, problemsAmong } from "./tenant-problems.ts";
import { makeTenant, ourNumber, type MadeTenant, type TenantSettings } from "./tenant-settings.ts";

export type { TenantSettings } from "./tenant-settings.ts";

/** The businesses that this installation answers for. */
export interface Tenants {
  /** A tenant by its id; undefined when nobody is called so. */
  of(id: string): TenantSettings | undefined;
  /** Whose a number of ours is, in any spelling, and which agent answers there; undefined when nobody serves it. */
  serving(ours: string): Serving | undefined;
  /** The agent that answers a tenant's customers who used a number of ours, or the chat; undefined means the registry's default. */
  agentFor(tenant: TenantId, ours: string | undefined): string | undefined;
  /** Every tenant, in the order of the configuration. */
  list(): readonly TenantSettings[];
  /** The tenant that is meant where nobody names one. */
  readonly default: TenantSettings;
}

/** Who serves a number. */
export interface Serving {
  readonly tenant: TenantSettings;
  /** Undefined means the registry's default. */
  readonly agent: string | undefined;
}

/** Our address in the chat: what a visitor writes to, where a text has the number that it was sent to. */
export const CHAT_ADDRESS = "web";

/** Our address where a program asks for an agent by its name, instead of by one of our numbers. */
export function agentAddress(name: string): string {
  return `${AGENT}${name}`;
}

const AGENT = "agent:";

/** The tenants with what a person should be told about them, and the resolvers that came along. */
export interface OpenTenants {
  readonly tenants: Tenants;
  readonly resolvers: TenantEntries["resolvers"];
  readonly warnings: readonly string[];
}

/** The tenants of the configuration file in the working folder, or of the environment. Rejects with `config_invalid` and everything that is wrong. */
export async function loadTenants(
  config: Config,
  given: { readonly overrides: Pick<Overrides, "tenants">; readonly agents: readonly string[] },
): Promise<OpenTenants> {
  const { overrides, agents } = given;
  const found =
    overrides.tenants === undefined
      ? await readContinuoConfig(process.cwd())
      : { file: "the configuration of tenants", given: overrides.tenants };
  return openTenants(config, { found, agents });
}

/** The tenants of the working folder, for a command that starts no server. Rejects with `config_invalid`. */
export async function configuredTenants(config: Config): Promise<OpenTenants> {
  const { agents } = (await readAgentsConfig(process.cwd())).config;
  return await loadTenants(config, { overrides: {}, agents: Object.keys(agents) });
}

/** The tenant that a person names at a command, or the default one. Rejects with `not_found` for a name that is none's. */
export async function tenantMeant(config: Config, name: string | undefined): Promise<TenantSettings> {
  const { tenants } = await configuredTenants(config);
  const tenant = name === undefined ? tenants.default : tenants.of(name);
  if (tenant !== undefined) return tenant;
  const known = tenants.list().map(({ id }) => id);
  throw new ContinuoError("not_found", `there is no tenant ${JSON.stringify(name)}; there is ${known.join(", ")}`);
}

/**
 * The tenants of a configuration file, or, without one, the one tenant of the environment. `agents` are the names in
 * the registry. Throws `config_invalid` with everything that is wrong.
 */
export function openTenants(
  config: Config,
  given: { readonly found: FoundConfig | undefined; readonly agents: readonly string[] },
): OpenTenants {
  const { found, agents } = given;
  const read = found === undefined ? environmentEntries(config) : readEntries(found.given);
  const made = read.tenants.map(({ id, entry }) => makeTenant(config, id, entry));
  const problems = [
    ...read.problems,
    ...made.flatMap((tenant) => tenant.problems),
    // The one agent of the environment may be missing: the default one answers then, with an alarm.
    ...(found === undefined ? keysOfNobody(config, made) : problemsAmong(config, made, { read, agents })),
  ];
  const file = found?.file ?? "the environment";
  if (problems.length > 0) throw new ContinuoError("config_invalid", describe(file, problems));
  const warnings = [...(found === undefined ? [] : ignoredNumbers(config, made, file)), ...servedByAll(config, made)];
  return { tenants: tenantsOf(made, config), resolvers: read.resolvers, warnings };
}

function environmentEntries(config: Config): TenantEntries {
  const tenant = { id: config.identity.tenant, entry: { numbers: [...config.twilio.numbers] } };
  return { tenants: [tenant], resolvers: [], problems: [] };
}

function tenantsOf(made: readonly MadeTenant[], config: Config): Tenants {
  const list = made.map(({ settings }) => settings);
  const byId = new Map<string, MadeTenant>(made.map((tenant) => [tenant.settings.id, tenant]));
  const byNumber = new Map(
    made.flatMap((tenant) => tenant.settings.numbers.map((number) => [number, tenant] as const)),
  );
  const countries = [...new Set([config.identity.defaultCountry, ...list.map(({ defaultCountry }) => defaultCountry)])];
  const [only] = made.length === 1 && byNumber.size === 0 ? made : [];
  const fallback = byId.get(config.identity.tenant)?.settings ?? list[0];
  if (fallback === undefined) throw new ContinuoError("config_invalid", "there is no tenant");
  return {
    of: (id) => byId.get(id)?.settings,
    serving(ours) {
      if (only !== undefined) return { tenant: only.settings, agent: only.settings.agent };
      for (const country of countries) {
        const number = ourNumber(ours, country);
        const tenant = number === undefined ? undefined : byNumber.get(number);
        if (number !== undefined && tenant !== undefined)
          return { tenant: tenant.settings, agent: tenant.agents.get(number) ?? tenant.settings.agent };
      }
      return undefined;
    },
    agentFor(id, ours) {
      const tenant = byId.get(id);
      if (tenant === undefined) return undefined;
      const { settings, agents } = tenant;
      if (ours?.startsWith(AGENT) === true) return ours.slice(AGENT.length);
      if (ours === CHAT_ADDRESS) return settings.chat?.agent ?? settings.agent;
      const number = ours === undefined || agents.size === 0 ? undefined : ourNumber(ours, settings.defaultCountry);
      return (number === undefined ? undefined : agents.get(number)) ?? settings.agent;
    },
    list: () => list,
    default: fallback,
  };
}

function ignoredNumbers(config: Config, made: readonly MadeTenant[], file: string): readonly string[] {
  const listed = new Set(made.flatMap(({ settings }) => settings.numbers));
  const { numbers } = config.twilio;
  if (numbers.every((number) => listed.has(ourNumber(number, config.identity.defaultCountry) ?? number))) return [];
  // The log hides numbers, so none is named.
  return [
    `TWILIO_PHONE_NUMBER is ignored, because there is a ${file}: list the number under a tenant's numbers there.`,
  ];
}

function servedByAll(config: Config, made: readonly MadeTenant[]): readonly string[] {
  if (config.twilio.mode === "simulator" || made.length > 1) return [];
  if (made.some(({ settings }) => settings.numbers.length > 0)) return [];
  return [
    "No number of ours is listed: whatever number Twilio delivers is served. Set TWILIO_PHONE_NUMBER, or a tenant's numbers.",
  ];
}

function describe(file: string, problems: readonly string[]): string {
  const places = problems.length === 1 ? "one place" : `${problems.length} places`;
  return `${file} needs mending in ${places}\n\n${problems.map((problem) => `  ${problem}`).join("\n")}\n`;
}
