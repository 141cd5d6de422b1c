import { readAddress } from "../core/address.ts";
import { tenantId, type TenantId } from "../core/ids.ts";
import type { RateLimits } from "../core/limit.ts";
import { sentences } from "../core/sentences.ts";
import type { SessionClocks } from "../core/session.ts";
import type { Config } from "./config.ts";
import { place, shown, type TenantEntry } from "./tenant-entries.ts";

/** Everything that a business may have of its own. */
export interface TenantSettings {
  readonly id: TenantId;
  /** How customers are told it is called. */
  readonly name: string;
  /** Undefined means the registry's default. */
  readonly agent: string | undefined;
  /** Its numbers (E.164) and short codes; empty means every number, or none when there are other tenants. */
  readonly numbers: readonly string[];
  /** Two letters: whose rules apply to numbers without a country code. */
  readonly defaultCountry: string;
  readonly session: SessionClocks;
  /** Days without activity after which a customer is forgotten; 0 means never. */
  readonly retentionDays: number;
  /** How many turns with the customer's words the model sees. */
  readonly windowTurns: number;
  readonly limits: RateLimits;
  /** The name of the resolver that tells whose an address is. */
  readonly resolver: string;
  /** Whether callers who are known are greeted by what is known of them. */
  readonly personalGreeting: boolean;
  readonly notices: TenantNotices;
  /** Undefined means that there is no chat on web pages. */
  readonly chat: ChatSettings | undefined;
}

/** What customers are told without an agent. */
export interface TenantNotices {
  /** To somebody over the rate limit, once per window. */
  readonly limited: string;
  /** To HELP, where the carrier does not answer it itself. */
  readonly help: string;
  /** To an answer to the survey. */
  readonly surveyThanks: string;
}

/** The chat on a tenant's web pages. */
export interface ChatSettings {
  /** Origins of the pages that may show it beside our own; `*` means any. */
  readonly origins: readonly string[];
  readonly title: string | undefined;
  readonly greeting: string | undefined;
  /** Undefined means the registry's default. */
  readonly agent: string | undefined;
}

/** A tenant as it was made of its entry, with a sentence for each of its numbers that is none. */
export interface MadeTenant {
  readonly settings: TenantSettings;
  /** Numbers at which an agent of their own answers. */
  readonly agents: ReadonlyMap<string, string>;
  readonly problems: readonly string[];
}

/** A tenant of its entry; what the entry leaves out is as the environment says. */
export function makeTenant(config: Config, id: string, entry: TenantEntry): MadeTenant {
  const { identity, conversation, server } = config;
  const defaultCountry = entry.country ?? identity.defaultCountry;
  const agent = entry.agent ?? identity.defaultAgent;
  const survey = surveyOf(entry.survey ?? conversation.survey);
  const numbers: string[] = [];
  const agents = new Map<string, string>();
  const problems: string[] = [];
  for (const [index, given] of (entry.numbers ?? []).entries()) {
    const text = typeof given === "string" ? given : given.number;
    const number = ourNumber(text, defaultCountry);
    if (number === undefined) {
      const where = place(["tenants", id, "numbers", index]);
      problems.push(
        `${where} is ${shown(text)}; write a number such as "+14155550100" or a short code of 3 to 8 digits`,
      );
      continue;
    }
    numbers.push(number);
    if (typeof given !== "string") agents.set(number, given.agent);
  }
  const settings: TenantSettings = {
    id: tenantId(id),
    name: entry.name ?? id,
    agent,
    numbers,
    defaultCountry,
    session: {
      idleMs: entry.sessionTimeoutMinutes === undefined ? conversation.idleMs : entry.sessionTimeoutMinutes * 60_000,
      closeMs: entry.sessionCloseHours === undefined ? conversation.closeMs : entry.sessionCloseHours * 3_600_000,
      ...(survey === undefined ? {} : { survey: survey.question }),
    },
    retentionDays: entry.retentionDays ?? conversation.retentionDays,
    windowTurns: entry.maxMessageHistory ?? conversation.windowTurns,
    limits: entry.rateLimit ?? server.limits,
    resolver: entry.resolver ?? identity.resolver,
    personalGreeting: entry.personalGreeting ?? true,
    notices: {
      limited: sentences.limited,
      help: sentences.help,
      surveyThanks: survey?.thanks ?? sentences.surveyThanks,
    },
    chat: chatOf(entry.chat, agent),
  };
  return { settings, agents, problems };
}

/** A number of ours as it is compared: E.164, or the digits of a short code. */
export function ourNumber(text: string, country: string): string | undefined {
  const address = readAddress(text, country);
  if (address.kind === "phone") return /^\+[1-9]\d{3,14}$/u.test(address.number) ? address.number : undefined;
  return address.kind === "other" && /^\d{3,8}$/u.test(address.text) ? address.text : undefined;
}

function surveyOf(
  survey: NonNullable<TenantEntry["survey"]>,
): { readonly question: string; readonly thanks: string } | undefined {
  if (survey === false) return undefined;
  return survey === true ? { question: sentences.survey, thanks: sentences.surveyThanks } : survey;
}

function chatOf(chat: TenantEntry["chat"], agent: string | undefined): ChatSettings | undefined {
  if (chat === false) return undefined;
  return {
    origins: chat?.origins ?? [],
    title: chat?.title,
    greeting: chat?.greeting,
    agent: chat?.agent ?? agent,
  };
}
