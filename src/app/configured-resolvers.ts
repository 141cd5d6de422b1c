import type { Config } from "./config.ts";
import { openResolvers, registerResolver } from "./identity/resolvers.ts";
import type { OpenTenants } from "./tenants.ts";

/**
 * The resolvers that the tenants name, with those that came along in their configuration. Throws `config_invalid` with
 * all that cannot be asked.
 */
export function configuredResolvers(config: Config, tenancy: OpenTenants): ReturnType<typeof openResolvers> {
  for (const { name, resolver } of tenancy.resolvers) registerResolver(name, resolver);
  const names = tenancy.tenants.list().map(({ resolver }) => resolver);
  return openResolvers(names, { crm: config.identity.crm });
}
