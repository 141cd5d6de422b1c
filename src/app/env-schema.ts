import { isSupportedCountry } from "libphonenumber-js";
import { z } from "zod";
import { apiKeyList } from "./api-key-setting.ts";
import { type SettingNotes, listOf, settingNotes, shaped, webAddress, wholeNumber, yesOrNo } from "./setting.ts";

const model = group("Model");
const twilio = group("Twilio");
const server = group("Server");
const identity = group("Identity");
const state = group("State");
const conversation = group("Conversation");

/** Every setting of the environment that has an effect, with a sentence each. */
export const envSchema = z.object({
  OPENAI_API_KEY: model(z.string().optional(), {
    about:
      "Key of the model's provider; without it and without OPENAI_BASE_URL the built-in offline model answers, which is no language model.",
    expected: "a key such as sk-…",
    mend: "create one at https://platform.openai.com/api-keys",
    secret: true,
    unset: "the offline model answers",
  }),
  OPENAI_BASE_URL: model(webAddress().optional(), {
    about: "Address of an OpenAI-compatible server.",
    expected: "an address that starts with https:// or http://, without query",
    mend: "OPENAI_BASE_URL=http://127.0.0.1:11434/v1",
    unset: "OpenAI itself",
  }),
  OPENAI_API: model(z.enum(["responses", "chat"]).optional(), {
    about: "Which of OpenAI's interfaces the server speaks: responses, or chat completions.",
    expected: "responses or chat",
    mend: "OPENAI_API=chat",
    unset: "responses at OpenAI, elsewhere whichever the server turns out to have",
  }),
  AGENT_MODEL: model(z.string().default("gpt-4o-mini"), {
    about: "Name of the model that answers.",
    expected: "a model's name",
    mend: "AGENT_MODEL=gpt-4o-mini",
    unset: "gpt-4o-mini",
  }),
  MAX_TURNS: model(wholeNumber(1, 100).default(10), {
    about: "How often the model may be called within one turn.",
    expected: "a whole number from 1 to 100",
    mend: "MAX_TURNS=10",
    unset: "10",
  }),
  STREAM_TIMEOUT_MS: model(wholeNumber(100, 600_000).default(30_000), {
    about: "How long a model may take for one answer, in milliseconds.",
    expected: "a whole number from 100 to 600000",
    mend: "STREAM_TIMEOUT_MS=30000",
    unset: "30000",
  }),
  WORKFLOW_NAME: model(z.string().default("Customer Service Agent"), {
    about: "Name of the traces, where tracing is on.",
    expected: "a name",
    mend: "WORKFLOW_NAME=Customer Service Agent",
    unset: "Customer Service Agent",
  }),
  TRACING_ENABLED: model(yesOrNo().default(false), {
    about: "Sends traces to OpenAI, customers' words among them.",
    expected: "true or false",
    mend: "TRACING_ENABLED=false",
    unset: "false",
  }),

  TWILIO_ACCOUNT_SID: twilio(shaped(/^AC[0-9a-z]{32}$/iu).optional(), {
    about: "The account whose numbers are served; without any Twilio credential the built-in simulator plays Twilio.",
    expected: "AC and 32 letters or digits",
    mend: "copy it from https://console.twilio.com, under Account Info",
    unset: "the simulator plays Twilio",
  }),
  TWILIO_AUTH_TOKEN: twilio(shaped(/^\S+$/u).optional(), {
    about: "The account's auth token: every webhook and socket is checked with it; API keys cannot do that.",
    expected: "the auth token of that account, 32 characters",
    mend: "copy it from https://console.twilio.com, under Account Info",
    secret: true,
    unset: "required with Twilio; random with the simulator",
  }),
  TWILIO_AUTH_TOKEN_SECONDARY: twilio(shaped(/^\S+$/u).optional(), {
    about: "A second auth token that is accepted too, while tokens are rotated.",
    expected: "an auth token, 32 characters",
    mend: "copy it from https://console.twilio.com, under API keys and tokens",
    secret: true,
    unset: "none",
  }),
  TWILIO_API_KEY_SID: twilio(shaped(/^SK[0-9a-z]{32}$/iu).optional(), {
    about: "An API key to send with instead of the auth token; comes together with TWILIO_API_KEY_SECRET.",
    expected: "SK and 32 letters or digits",
    mend: "create one at https://console.twilio.com, under API keys and tokens",
    unset: "the account SID and the auth token are used",
  }),
  TWILIO_API_KEY_SECRET: twilio(shaped(/^\S+$/u).optional(), {
    about: "The secret of TWILIO_API_KEY_SID.",
    expected: "the secret that was shown when the key was made",
    mend: "make a new key at https://console.twilio.com, under API keys and tokens",
    secret: true,
    unset: "none",
  }),
  TWILIO_PHONE_NUMBER: twilio(listOf(/^\+[1-9]\d{3,14}$|^\d{3,8}$/u).optional(), {
    about:
      "The numbers that are served, separated by commas; messages to any other number are answered politely and logged.",
    expected: "numbers such as +14155550100 (or short codes), separated by commas",
    mend: "TWILIO_PHONE_NUMBER=+14155550100",
    unset: "whatever number Twilio delivers is served",
  }),
  TWILIO_API_BASE_URL: twilio(webAddress().optional(), {
    about: "Where Twilio's REST API is.",
    expected: "an address that starts with https:// or http://, without query",
    mend: "leave it out to use https://api.twilio.com",
    unset: "https://api.twilio.com, or the simulator",
  }),
  TWILIO_MESSAGING_BASE_URL: twilio(webAddress().optional(), {
    about: "Where Twilio's messaging API (typing indicators) is.",
    expected: "an address that starts with https:// or http://, without query",
    mend: "leave it out to use https://messaging.twilio.com",
    unset: "https://messaging.twilio.com, or TWILIO_API_BASE_URL where that is set, or the simulator",
  }),

  PORT: server(wholeNumber(0, 65_535).default(3001), {
    about: "The one port on which everything listens; 0 takes a free one.",
    expected: "a whole number from 0 to 65535",
    mend: "PORT=3001",
    unset: "3001",
  }),
  HOST: server(shaped(/^[\w.:-]+$/u).default("0.0.0.0"), {
    about: "The network address on which the port listens.",
    expected: "a host name or an address",
    mend: "HOST=0.0.0.0",
    unset: "0.0.0.0",
  }),
  PUBLIC_URL: server(webAddress().optional(), {
    about: "How Twilio reaches this server, as configured at Twilio; signatures are checked against it.",
    expected: "an https:// address without query, a path prefix is allowed",
    mend: "PUBLIC_URL=https://support.example.com",
    unset: "required with Twilio; http://127.0.0.1:PORT with the simulator",
  }),
  LOG_LEVEL: server(z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info"), {
    about: "The least important lines that are logged.",
    expected: "fatal, error, warn, info, debug, trace or silent",
    mend: "LOG_LEVEL=info",
    unset: "info",
  }),
  LOG_FILES: server(yesOrNo().default(false), {
    about: "Writes logs/customer-service.log and logs/error.log as well.",
    expected: "true or false",
    mend: "LOG_FILES=true",
    unset: "false",
  }),
  RATE_LIMIT_PER_MINUTE: server(wholeNumber(0, 100_000).default(20), {
    about: "How many texts one customer may send a minute; 0 means no limit.",
    expected: "a whole number, 0 or more",
    mend: "RATE_LIMIT_PER_MINUTE=20",
    unset: "20",
  }),
  RATE_LIMIT_PER_DAY: server(wholeNumber(0, 1_000_000).default(200), {
    about: "How many texts one customer may send a day; 0 means no limit.",
    expected: "a whole number, 0 or more",
    mend: "RATE_LIMIT_PER_DAY=200",
    unset: "200",
  }),
  ADMIN_API_KEYS: server(apiKeyList().optional(), {
    about:
      "The keys of the API, each as name:role:tenant:secret and separated by commas; * is every tenant, and the secret may be given as sha256= and its hash.",
    expected:
      "entries such as desk:operator:*:SECRET, with a role (viewer, operator, supervisor or admin) and at least 16 characters of secret",
    mend: "make a secret with: openssl rand -hex 32",
    secret: true,
    explains: true,
    unset: "the first start makes one key, shows it once and keeps only its hash",
  }),
  ALLOW_UNSIGNED: server(yesOrNo().default(false), {
    about:
      "Accepts unsigned webhooks from this machine, to try things with curl; only with the simulator and a loopback HOST.",
    expected: "true or false",
    mend: "ALLOW_UNSIGNED=false",
    unset: "false",
  }),
  NODE_ENV: server(z.string().optional(), {
    about: "With production, logs are JSON even on a terminal.",
    expected: "production, development or test",
    mend: "NODE_ENV=production",
    unset: "development",
  }),

  SUBJECT_RESOLVER: identity(shaped(/^[a-z][\w-]{0,63}$/u).default("phone"), {
    about:
      "Who tells which customer an address belongs to: phone (nobody but the number itself), crm, or a resolver that was registered.",
    expected: "phone, crm, or the name of a registered resolver",
    mend: "SUBJECT_RESOLVER=phone",
    unset: "phone",
  }),
  CRM_BASE_URL: identity(webAddress().optional(), {
    about: "Where the customer database is: the crm resolver asks CRM_BASE_URL/customers/lookup.",
    expected: "an address that starts with https:// or http://, without query",
    mend: "CRM_BASE_URL=https://crm.example.com",
    unset: "required with SUBJECT_RESOLVER=crm",
  }),
  CRM_API_KEY: identity(shaped(/^[\u0021-\u007e]+$/u).optional(), {
    about: "The key with which the customer database is asked.",
    expected: "a key without spaces",
    mend: "copy it from the settings of the customer database",
    secret: true,
    unset: "the database is asked without a key",
  }),
  DEFAULT_COUNTRY: identity(z.string().refine(isSupportedCountry).default("US"), {
    about: "The country whose rules apply to numbers that are written without a country code.",
    expected: "a country's two letters in capitals",
    mend: "DEFAULT_COUNTRY=US",
    unset: "US",
  }),
  DEFAULT_AGENT_ID: identity(shaped(/^[\w-]{1,64}$/u).optional(), {
    about: "The agent of agents.config.ts that answers.",
    expected: "letters, digits, - and _, at most 64",
    mend: "DEFAULT_AGENT_ID=customer-support",
    unset: "the default of agents.config.ts",
  }),
  DEFAULT_TENANT_ID: identity(shaped(/^[\w-]{1,64}$/u).default("default"), {
    about:
      "The tenant that everything belongs to; with a continuo.config.ts, the one that is meant where none is named.",
    expected: "letters, digits, - and _, at most 64",
    mend: "DEFAULT_TENANT_ID=default",
    unset: "default",
  }),

  DATA_DIR: state(z.string().default("./data"), {
    about: "The folder for everything that is kept in files; one server at a time.",
    expected: "a folder that can be written to",
    mend: "DATA_DIR=./data",
    unset: "./data",
  }),
  SQLITE_PATH: state(z.string().optional(), {
    about: "The database file.",
    expected: "a path",
    mend: "SQLITE_PATH=./data/continuo.db",
    unset: "continuo.db in DATA_DIR",
  }),
  PERSISTENCE_ADAPTER: state(z.enum(["sqlite", "memory"]).default("sqlite"), {
    about: "Where conversations are kept; memory forgets them when the process ends.",
    expected: "sqlite or memory, the adapters of this version",
    mend: "PERSISTENCE_ADAPTER=sqlite",
    unset: "sqlite",
  }),

  BURST_WINDOW_MS: conversation(wholeNumber(0, 60_000).default(1200), {
    about:
      "How long a text waits for another one, so that a burst of texts gets one answer, in milliseconds; 0 means not at all.",
    expected: "a whole number from 0 to 60000",
    mend: "BURST_WINDOW_MS=1200",
    unset: "1200",
  }),
  MAX_MESSAGE_HISTORY: conversation(wholeNumber(1, 1000).default(20), {
    about: "How many of the customer's last messages the model sees, with everything that belongs to them.",
    expected: "a whole number from 1 to 1000",
    mend: "MAX_MESSAGE_HISTORY=20",
    unset: "20",
  }),
  SESSION_TIMEOUT_MINUTES: conversation(wholeNumber(1, 525_600).default(30), {
    about: "After how many minutes without a word a session is idle; nothing is deleted by it.",
    expected: "a whole number from 1 to 525600",
    mend: "SESSION_TIMEOUT_MINUTES=30",
    unset: "30",
  }),
  SESSION_CLOSE_HOURS: conversation(wholeNumber(1, 8_760).default(24), {
    about: "After how many idle hours a session is closed; the next message opens a new one of the same conversation.",
    expected: "a whole number from 1 to 8760",
    mend: "SESSION_CLOSE_HOURS=24",
    unset: "24",
  }),
  RETENTION_DAYS: conversation(wholeNumber(0, 36_500).default(30), {
    about:
      "After how many days without any activity a customer's conversation and memory are deleted; 0 keeps them for ever.",
    expected: "a whole number from 0 to 36500",
    mend: "RETENTION_DAYS=30",
    unset: "30",
  }),
  SURVEY: conversation(yesOrNo().default(false), {
    about: "Asks one question after a session is closed: how satisfied the customer is, from 1 to 5.",
    expected: "true or false",
    mend: "SURVEY=false",
    unset: "false",
  }),
});

/** The environment as it was understood. */
export type Env = z.output<typeof envSchema>;

/** The name of a setting. */
export type SettingName = keyof typeof envSchema.shape;

/** Whether a name is a setting's. */
export function isSetting(name: string): name is SettingName {
  return Object.hasOwn(envSchema.shape, name);
}

/** What is told about a setting. */
export function notesOf(name: SettingName): SettingNotes {
  const notes = settingNotes.get(envSchema.shape[name]);
  if (notes === undefined) throw new TypeError(`${name} has no notes`);
  return notes;
}

function group(name: string): <Schema extends z.ZodType>(schema: Schema, notes: Omit<SettingNotes, "group">) => Schema {
  return (schema, notes) => {
    settingNotes.add(schema, { group: name, ...notes });
    return schema;
  };
}
