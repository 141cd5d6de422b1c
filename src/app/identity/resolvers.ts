import { ContinuoError } from "../../core/errors.ts";
import type { Resolver } from "../../core/ports/resolver.ts";
import { crmResolver, type CrmSettings } from "./crm-resolver.ts";

/** A resolver with the name that settings call it. */
export interface NamedResolver {
  readonly name: string;
  readonly ask: Resolver;
}

// For the whole process, so that a program can register its own before it starts anything.
const registered = new Map<string, Resolver>();

/**
 * Registers a resolver under the name that `SUBJECT_RESOLVER`, or a tenant's `resolver`, calls it; before the program
 * starts. A name that is taken, `crm` among them, means the new one from then on. Throws `config_invalid` for a name
 * that no setting can hold, and for `phone`, which asks nobody.
 */
export function registerResolver(name: string, resolver: Resolver): void {
  if (name === ASKS_NOBODY) {
    throw new ContinuoError(
      "config_invalid",
      "the resolver phone is built in and asks nobody; give yours another name",
    );
  }
  if (!/^[a-z][\w-]{0,63}$/u.test(name)) {
    throw new ContinuoError(
      "config_invalid",
      "a resolver's name begins with a small letter, then come letters, digits, - and _, at most 64 in all",
    );
  }
  registered.set(name, resolver);
}

/** The resolver that was registered under a name, if there is one. */
export function resolverNamed(name: string): Resolver | undefined {
  return registered.get(name);
}

/** Which resolvers one program can ask. */
interface Resolvers {
  /** The resolver that a setting names; undefined when nobody is to be asked. */
  named(name: string): NamedResolver | undefined;
}

/**
 * The resolvers that settings may name: those that were registered, and `crm` where there is a customer database.
 * Throws `config_invalid` with all of `configured` that cannot be asked, and what to do about it.
 */
export function openResolvers(
  configured: readonly string[],
  { crm }: { readonly crm: CrmSettings | undefined },
): Resolvers {
  const builtIn = crm === undefined ? undefined : crmResolver(crm);
  function named(name: string): NamedResolver | undefined {
    const ask = registered.get(name) ?? (name === "crm" ? builtIn : undefined);
    return ask === undefined ? undefined : { name, ask };
  }
  const missing = [...new Set(configured)].filter((name) => name !== ASKS_NOBODY && named(name) === undefined);
  if (missing.length > 0) throw new ContinuoError("config_invalid", missing.map(unknown).join(" "));
  return { named };
}

const ASKS_NOBODY = "phone";

function unknown(name: string): string {
  if (name === "crm") return "The resolver crm needs CRM_BASE_URL, the address of the customer database.";
  return `The resolver ${name} is not registered: name it under resolvers in continuo.config.ts, call registerResolver("${name}", …) before the start, or set SUBJECT_RESOLVER=phone.`;
}
