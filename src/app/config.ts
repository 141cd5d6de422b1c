import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { type TenantId, tenantId } from "../core/ids.ts";
import type { RateLimits } from "../core/limit.ts";
import type { ApiKey } from "../core/ports/keys.ts";
import { type Env } from "./env-schema.ts";
import { processEnv, readEnv, usesTwilio } from "./env.ts";

/** Everything that can be set, checked, grouped and with its defaults. */
export interface Config {
  readonly server: ServerConfig;
  readonly twilio: TwilioConfig;
  readonly model: ModelConfig;
  readonly identity: IdentityConfig;
  readonly state: StateConfig;
  readonly conversation: ConversationConfig;
}

/** The one port and what is said about it. */
export interface ServerConfig {
  /** 0 takes a free port; the public address then follows once it is known. */
  readonly port: number;
  readonly host: string;
  /** As Twilio spells it, without a slash at the end; undefined means `http://127.0.0.1` and the port. */
  readonly publicUrl: string | undefined;
  readonly log: LogConfig;
  /** Texts of one subject. */
  readonly limits: RateLimits;
  /** The keys that may use the API; empty means that the installation makes one itself. */
  readonly apiKeys: readonly ApiKey[];
  /** Whether unsigned webhooks from loopback are accepted; only ever true in simulator mode. */
  readonly allowUnsigned: boolean;
}

/** What is logged, and where to. */
export interface LogConfig {
  readonly level: Env["LOG_LEVEL"];
  /** Whether `logs/` is written as well. */
  readonly files: boolean;
  /** `auto` is pretty on a terminal and JSON elsewhere. */
  readonly style: "auto" | "json";
}

/** The account we speak for. In simulator mode it is made up at every start. */
export interface TwilioConfig {
  readonly mode: "twilio" | "simulator";
  readonly accountSid: string;
  /** The first one signs; any of them is accepted. */
  readonly authTokens: readonly [string, ...string[]];
  /** User name and password for the REST API. */
  readonly rest: { readonly username: string; readonly password: string };
  /** The numbers that are served; empty means any. */
  readonly numbers: readonly string[];
  /** Undefined means Twilio's own, or the simulator's. */
  readonly apiBaseUrl: string | undefined;
  /** Undefined means Twilio's own, or the simulator's. */
  readonly messagingBaseUrl: string | undefined;
}

/** What answers. Without key and address it is the offline model. */
export interface ModelConfig {
  readonly apiKey: string | undefined;
  readonly baseUrl: string | undefined;
  /** Undefined means what the server turns out to speak; OpenAI itself is asked by `responses`. */
  readonly api: "responses" | "chat" | undefined;
  readonly name: string;
  /** Model calls within one turn. */
  readonly maxTurns: number;
  readonly streamTimeoutMs: number;
  readonly workflowName: string;
  readonly tracing: boolean;
}

/** Who is who. */
export interface IdentityConfig {
  readonly defaultCountry: string;
  readonly tenant: TenantId;
  /** Undefined means the registry's default. */
  readonly defaultAgent: string | undefined;
  /** The name of the resolver that tells whose an address is. */
  readonly resolver: string;
  /** The customer database that the `crm` resolver asks; undefined means that there is none. */
  readonly crm: CrmConfig | undefined;
}

/** A customer database. */
export interface CrmConfig {
  readonly baseUrl: string;
  /** Undefined means that it is asked without a key. */
  readonly apiKey: string | undefined;
}

/** Where state is kept. */
export interface StateConfig {
  readonly dataDir: string;
  readonly sqlitePath: string;
  readonly store: "sqlite" | "memory";
}

/** How a conversation runs; times in milliseconds. */
export interface ConversationConfig {
  readonly burstWindowMs: number;
  /** How many turns with the customer's words the model sees. */
  readonly windowTurns: number;
  /** How long a lost call may come back. */
  readonly reconnectGraceMs: number;
  /** Without a word for so long, a session is idle. */
  readonly idleMs: number;
  /** Idle for so long, a session is closed. */
  readonly closeMs: number;
  /** Whether customers are asked after a session how satisfied they are. */
  readonly survey: boolean;
  /** Days without activity after which a customer is forgotten; 0 means never. */
  readonly retentionDays: number;
}

/** A configuration with what a person should be told about it. */
export interface LoadedConfig {
  readonly config: Config;
  readonly warnings: readonly string[];
}

const MINUTE_MS = 60_000;

/** Reads the process's environment and `.env`. Throws `config_invalid` with every problem. */
export function loadConfig(): LoadedConfig {
  return configFrom(processEnv());
}

/** Reads a configuration from an environment. Throws `config_invalid` with every problem. */
export function configFrom(raw: Readonly<Record<string, string | undefined>>): LoadedConfig {
  const { env, warnings } = readEnv(raw);
  return { config: configOf(env), warnings };
}

/** The configuration that an environment stands for. */
export function configOf(env: Env): Config {
  return {
    server: {
      port: env.PORT,
      host: env.HOST,
      publicUrl: env.PUBLIC_URL,
      log: { level: env.LOG_LEVEL, files: env.LOG_FILES, style: env.NODE_ENV === "production" ? "json" : "auto" },
      limits: { perMinute: env.RATE_LIMIT_PER_MINUTE, perDay: env.RATE_LIMIT_PER_DAY },
      apiKeys: env.ADMIN_API_KEYS ?? [],
      allowUnsigned: env.ALLOW_UNSIGNED,
    },
    twilio: twilioOf(env),
    model: {
      apiKey: env.OPENAI_API_KEY,
      baseUrl: env.OPENAI_BASE_URL,
      api: env.OPENAI_API,
      name: env.AGENT_MODEL,
      maxTurns: env.MAX_TURNS,
      streamTimeoutMs: env.STREAM_TIMEOUT_MS,
      workflowName: env.WORKFLOW_NAME,
      tracing: env.TRACING_ENABLED,
    },
    identity: {
      defaultCountry: env.DEFAULT_COUNTRY,
      tenant: tenantId(env.DEFAULT_TENANT_ID),
      defaultAgent: env.DEFAULT_AGENT_ID,
      resolver: env.SUBJECT_RESOLVER,
      crm: env.CRM_BASE_URL === undefined ? undefined : { baseUrl: env.CRM_BASE_URL, apiKey: env.CRM_API_KEY },
    },
    state: {
      dataDir: env.DATA_DIR,
      sqlitePath: env.SQLITE_PATH ?? join(env.DATA_DIR, "continuo.db"),
      store: env.PERSISTENCE_ADAPTER,
    },
    conversation: {
      burstWindowMs: env.BURST_WINDOW_MS,
      windowTurns: env.MAX_MESSAGE_HISTORY,
      reconnectGraceMs: 5 * MINUTE_MS,
      idleMs: env.SESSION_TIMEOUT_MINUTES * MINUTE_MS,
      closeMs: env.SESSION_CLOSE_HOURS * 60 * MINUTE_MS,
      survey: env.SURVEY,
      retentionDays: env.RETENTION_DAYS,
    },
  };
}

function twilioOf(env: Env): TwilioConfig {
  const mode = usesTwilio(env) ? "twilio" : "simulator";
  // In Twilio mode both were required when the environment was read; the simulator's are new with every start.
  const accountSid = env.TWILIO_ACCOUNT_SID ?? `AC${randomBytes(16).toString("hex")}`;
  const authToken = env.TWILIO_AUTH_TOKEN ?? randomBytes(16).toString("hex");
  const second = env.TWILIO_AUTH_TOKEN_SECONDARY;
  return {
    mode,
    accountSid,
    authTokens: second === undefined ? [authToken] : [authToken, second],
    rest: { username: env.TWILIO_API_KEY_SID ?? accountSid, password: env.TWILIO_API_KEY_SECRET ?? authToken },
    numbers: env.TWILIO_PHONE_NUMBER ?? [],
    apiBaseUrl: env.TWILIO_API_BASE_URL,
    messagingBaseUrl: env.TWILIO_MESSAGING_BASE_URL,
  };
}
