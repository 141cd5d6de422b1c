import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { ContinuoError } from "../core/errors.ts";
import type { Resolver } from "../core/ports/resolver.ts";

/** What `continuo.config.ts` exports by default: the tenants of this installation, and resolvers of your own. */
export interface ContinuoConfig {
  /** Each tenant by its id: letters, digits, `-` and `_`, at most 64. The id is kept with everything, so do not rename it. */
  readonly tenants: Readonly<Record<string, TenantConfig>>;
  /** Resolvers by the name that `resolver` or `SUBJECT_RESOLVER` calls them. */
  readonly resolvers?: Readonly<Record<string, Resolver>> | undefined;
}

/** One business. What is left out is as the environment says. */
export interface TenantConfig {
  /** How customers are told the business is called; default: its id. */
  readonly name?: string | undefined;
  /**
   * Its phone numbers and short codes, in any spelling; with `{ number, agent }` an agent of its own answers there. The
   * only tenant may leave them out: then every number is served.
   */
  readonly numbers?: readonly (string | { readonly number: string; readonly agent: string })[] | undefined;
  /** The agent of `agents.config.ts` that answers; default: `DEFAULT_AGENT_ID`. */
  readonly agent?: string | undefined;
  /** Two letters: whose rules apply to numbers without a country code; default: `DEFAULT_COUNTRY`. */
  readonly country?: string | undefined;
  /** Minutes without a word after which a session is idle; default: `SESSION_TIMEOUT_MINUTES`. */
  readonly sessionTimeoutMinutes?: number | undefined;
  /** Idle hours after which a session is closed; default: `SESSION_CLOSE_HOURS`. */
  readonly sessionCloseHours?: number | undefined;
  /** Days without activity after which a customer is forgotten, 0 for never; default: `RETENTION_DAYS`. */
  readonly retentionDays?: number | undefined;
  /** How many of the customer's last turns the model sees; default: `MAX_MESSAGE_HISTORY`. */
  readonly maxMessageHistory?: number | undefined;
  /** Whether, and with which question from 1 to 5, customers are asked after a session; default: `SURVEY`. */
  readonly survey?: boolean | { readonly question: string; readonly thanks: string } | undefined;
  /** Who tells whose an address is; default: `SUBJECT_RESOLVER`. */
  readonly resolver?: string | undefined;
  /** Texts of one customer, 0 for no limit; default: `RATE_LIMIT_PER_MINUTE` and `RATE_LIMIT_PER_DAY`. */
  readonly rateLimit?: { readonly perMinute: number; readonly perDay: number } | undefined;
  /** Whether callers who are known are greeted by name and with what the last talk was about; default: true. */
  readonly personalGreeting?: boolean | undefined;
  /** The chat on web pages; false for none. Without it only our own pages may show the chat. */
  readonly chat?: false | TenantChatConfig | undefined;
}

/** The chat on a tenant's web pages. */
export interface TenantChatConfig {
  /** Origins of the pages that may show it, such as `https://shop.example.com`; `*` is any. */
  readonly origins: readonly string[];
  readonly title?: string | undefined;
  readonly greeting?: string | undefined;
  /** The agent that answers in the chat; default: the tenant's. */
  readonly agent?: string | undefined;
}

/** What a configuration file held, not looked at yet. */
export interface FoundConfig {
  /** How the file is called where something is said of it. */
  readonly file: string;
  readonly given: unknown;
}

/** Types a configuration: `export default defineConfig({ tenants: { acme: { numbers: ["+14155550100"] } } })`. */
export function defineConfig(config: ContinuoConfig): ContinuoConfig {
  return config;
}

/**
 * Reads `continuo.config.ts` (or `.js`, `.mjs`) from a folder; undefined when there is none. Rejects with
 * `config_invalid` when the file cannot be loaded.
 */
export async function readContinuoConfig(folder: string): Promise<FoundConfig | undefined> {
  const file = ["continuo.config.ts", "continuo.config.js", "continuo.config.mjs"].find((name) =>
    existsSync(resolve(folder, name)),
  );
  if (file === undefined) return undefined;
  const loaded: unknown = await import(pathToFileURL(resolve(folder, file)).href).catch((cause: unknown) => {
    throw new ContinuoError("config_invalid", `${file} cannot be loaded: ${reasonOf(cause)}`, { cause });
  });
  const given = typeof loaded === "object" && loaded !== null && "default" in loaded ? loaded.default : undefined;
  return { file, given };
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
