import type { TenantId } from "../core/ids.ts";
import type { Config } from "./config.ts";
import { place, shown, type TenantEntries, type TenantEntry } from "./tenant-entries.ts";
import type { MadeTenant } from "./tenant-settings.ts";

/** What is wrong with tenants that are each right by themselves: a sentence for everything. */
export function problemsAmong(
  config: Config,
  made: readonly MadeTenant[],
  given: { readonly read: TenantEntries; readonly agents: readonly string[] },
): readonly string[] {
  const { read, agents } = given;
  return [
    ...sharedNumbers(made),
    ...unreachable(made),
    ...read.tenants.flatMap(({ id, entry }) => unknownAgents(id, entry, agents)),
    // Of a tenant that was not understood nobody knows what is missing.
    ...(read.problems.length > 0 ? [] : unknownDefault(config, idsOf(made))),
    ...(read.problems.length > 0 ? [] : keysOfNobody(config, made)),
  ];
}

/** Keys of the API that are for a tenant that is not there. */
export function keysOfNobody(config: Config, made: readonly MadeTenant[]): readonly string[] {
  const ids = idsOf(made);
  return config.server.apiKeys
    .filter((key) => key.tenant !== undefined && !ids.includes(key.tenant))
    .map(
      (key) =>
        `ADMIN_API_KEYS has the key ${shown(key.name)} for ${shown(key.tenant)}, which is no tenant here; name one of ${ids.join(", ")}, or *`,
    );
}

function idsOf(made: readonly MadeTenant[]): readonly TenantId[] {
  return made.map(({ settings }) => settings.id);
}

function sharedNumbers(made: readonly MadeTenant[]): readonly string[] {
  const owners = new Map<string, string>();
  return made.flatMap(({ settings }) =>
    settings.numbers.flatMap((number) => {
      const owner = owners.get(number);
      owners.set(number, owner ?? settings.id);
      if (owner === undefined) return [];
      const whose = owner === settings.id ? "twice" : `and so has ${place(["tenants", owner])}`;
      return [
        `${place(["tenants", settings.id, "numbers"])} has ${number} ${whose}; a number belongs to one tenant, once`,
      ];
    }),
  );
}

/** Of several tenants each must be reached somehow; the only one is reached by every number. */
function unreachable(made: readonly MadeTenant[]): readonly string[] {
  if (made.length < 2) return [];
  return made
    .filter(({ settings, problems }) => settings.numbers.length + problems.length === 0 && settings.chat === undefined)
    .map(({ settings }) => `${place(["tenants", settings.id])} cannot be reached; give it numbers, or a chat`);
}

function unknownAgents(id: string, entry: TenantEntry, known: readonly string[]): readonly string[] {
  const named: readonly (readonly [readonly PropertyKey[], string | undefined])[] = [
    [["agent"], entry.agent],
    ...(entry.numbers ?? []).map(
      (given, index) => [["numbers", index, "agent"], typeof given === "string" ? undefined : given.agent] as const,
    ),
    [["chat", "agent"], entry.chat === false ? undefined : entry.chat?.agent],
  ];
  return named
    .filter(([, name]) => name !== undefined && !known.includes(name))
    .map(
      ([path, name]) =>
        `${place(["tenants", id, ...path])} is ${shown(name)}, which no agent is called; agents.config.ts has ${known.join(", ")}`,
    );
}

function unknownDefault(config: Config, ids: readonly TenantId[]): readonly string[] {
  const { tenant } = config.identity;
  // Unset, it is called "default", which nobody has to have.
  if (ids.includes(tenant) || tenant === "default") return [];
  return [`DEFAULT_TENANT_ID is ${shown(tenant)}, which is no tenant here; name one of ${ids.join(", ")}`];
}
