import { existsSync, readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import type { z } from "zod";
import { ContinuoError } from "../core/errors.ts";
import { nameSettings, refusedSettings } from "./env-names.ts";
import { type Env, type SettingName, envSchema, isSetting, notesOf } from "./env-schema.ts";

/** One thing that is wrong with the environment, ready to be shown: secrets are not in it. */
export interface EnvProblem {
  readonly key: string;
  readonly given: string;
  readonly expected: string;
  readonly mend: string;
}

/** The environment as it was understood, or everything that is wrong with it; and warnings in either case. */
export type EnvReading =
  | { readonly kind: "valid"; readonly env: Env; readonly warnings: readonly string[] }
  | { readonly kind: "invalid"; readonly problems: readonly EnvProblem[]; readonly warnings: readonly string[] };

/**
 * Reads the environment. Throws `config_invalid` with all problems at once, each naming the key, what was given, what
 * is expected and how to mend it.
 */
export function readEnv(raw: Readonly<Record<string, string | undefined>>): {
  readonly env: Env;
  readonly warnings: readonly string[];
} {
  const reading = checkEnv(raw);
  if (reading.kind === "valid") return { env: reading.env, warnings: reading.warnings };
  throw new ContinuoError("config_invalid", describeProblems(reading.problems));
}

/** Reads the environment without throwing. */
export function checkEnv(raw: Readonly<Record<string, string | undefined>>): EnvReading {
  const { values, warnings } = nameSettings(raw);
  const parsed = envSchema.safeParse(values);
  const issues = parsed.success ? [] : parsed.error.issues;
  const wrong = issues.map((issue) => String(issue.path[0]));
  const problems = [
    ...[...new Set(wrong)].filter(isSetting).map((key) => explained(problemOf(key, values[key]), issues)),
    ...Object.entries(refusedSettings)
      .filter(([key]) => values[key] !== undefined)
      .map(([key, notes]) => ({ key, given: "a value (not shown)", ...notes })),
    ...combinations(values, new Set(wrong)),
  ];
  if (!parsed.success || problems.length > 0) return { kind: "invalid", problems, warnings };
  return { kind: "valid", env: parsed.data, warnings: [...warnings, ...doubts(parsed.data)] };
}

/** The problems as a person reads them, one block each. */
export function describeProblems(problems: readonly EnvProblem[]): string {
  const count = problems.length === 1 ? "1 setting needs" : `${problems.length} settings need`;
  const blocks = problems.map(
    ({ key, given, expected, mend }) =>
      `  ${key}\n    given     ${given}\n    expected  ${expected}\n    mend      ${mend}`,
  );
  return `${count} mending (in the environment, or in .env)\n\n${blocks.join("\n\n")}\n`;
}

/** The process's environment over a `.env` file in the working folder, when there is one. */
export function processEnv(file = ".env"): Readonly<Record<string, string | undefined>> {
  if (!existsSync(file)) return process.env;
  const written = parseEnv(readFileSync(file, "utf8"));
  const real = Object.entries(process.env).filter(([, value]) => value !== undefined && value !== "");
  return { ...written, ...Object.fromEntries(real) };
}

type Values = Readonly<Record<string, string>>;

function problemOf(key: SettingName, value: string | undefined): EnvProblem {
  const notes = notesOf(key);
  const shown = notes.secret === true ? "a value (not shown)" : JSON.stringify(value);
  return { key, given: value === undefined ? "nothing" : shown, expected: notes.expected, mend: notes.mend };
}

/** A problem with what the schema itself says of it, where that helps and shows no value. */
function explained(problem: EnvProblem, issues: readonly z.core.$ZodIssue[]): EnvProblem {
  if (!isSetting(problem.key) || notesOf(problem.key).explains !== true) return problem;
  const said = issues.filter((issue) => issue.path[0] === problem.key).map((issue) => issue.message);
  return { ...problem, given: `${problem.given}: ${said.join("; ")}` };
}

/** What is wrong only because of another setting. Keys that are wrong by themselves are not told twice. */
function combinations(values: Values, wrong: ReadonlySet<string>): readonly EnvProblem[] {
  const withTwilio = usesTwilio(values);
  const problems: EnvProblem[] = [];
  if (withTwilio) {
    for (const key of ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "PUBLIC_URL"] as const) {
      if (values[key] === undefined) problems.push(problemOf(key, undefined));
    }
    const publicUrl = wrong.has("PUBLIC_URL") ? undefined : values["PUBLIC_URL"];
    if (publicUrl !== undefined && !/^https:/iu.test(publicUrl) && !isOnThisMachine(publicUrl)) {
      problems.push(problemOf("PUBLIC_URL", publicUrl));
    }
  }
  const [keySid, keySecret] = [values["TWILIO_API_KEY_SID"], values["TWILIO_API_KEY_SECRET"]];
  if (keySid !== undefined && keySecret === undefined) problems.push(problemOf("TWILIO_API_KEY_SECRET", undefined));
  if (keySid === undefined && keySecret !== undefined) problems.push(problemOf("TWILIO_API_KEY_SID", undefined));
  if (values["SUBJECT_RESOLVER"] === "crm" && values["CRM_BASE_URL"] === undefined)
    problems.push(problemOf("CRM_BASE_URL", undefined));
  const unsigned = values["ALLOW_UNSIGNED"];
  if (unsigned !== undefined && /^(?:true|1|yes|on)$/iu.test(unsigned) && (withTwilio || !isLoopback(values["HOST"]))) {
    problems.push({
      key: "ALLOW_UNSIGNED",
      given: `${JSON.stringify(unsigned)} ${withTwilio ? "with Twilio credentials" : `with HOST=${values["HOST"] ?? "0.0.0.0"}`}`,
      expected: "false, unless the simulator plays Twilio and HOST is 127.0.0.1",
      mend: withTwilio ? "remove ALLOW_UNSIGNED" : "HOST=127.0.0.1",
    });
  }
  return problems;
}

/** What is allowed and probably not meant. */
function doubts(env: Env): readonly string[] {
  const warnings: string[] = [];
  const twilio = usesTwilio(env);
  if (twilio && env.PUBLIC_URL !== undefined && isOnThisMachine(env.PUBLIC_URL)) {
    warnings.push(
      "PUBLIC_URL is an address of this machine, which Twilio itself cannot reach: right only for trying things out.",
    );
  }
  if (env.ALLOW_UNSIGNED)
    warnings.push(
      "ALLOW_UNSIGNED is on: webhooks from this machine are NOT checked. Never use this with real customers.",
    );
  if (env.PERSISTENCE_ADAPTER === "memory")
    warnings.push("PERSISTENCE_ADAPTER=memory: conversations are forgotten when the process ends.");
  if (env.TRACING_ENABLED) warnings.push("TRACING_ENABLED is on: customers' words are sent to OpenAI's tracing.");
  if (env.TRACING_ENABLED && env.OPENAI_API_KEY === undefined)
    warnings.push("TRACING_ENABLED has no effect without OPENAI_API_KEY.");
  if (!twilio && env.PUBLIC_URL !== undefined) {
    warnings.push(
      "PUBLIC_URL is set without Twilio credentials: the simulator plays Twilio, and real calls cannot come in.",
    );
  }
  return warnings;
}

/** Whether a real account is meant: any of its credentials is there. */
export function usesTwilio(values: Readonly<Partial<Record<SettingName, unknown>>>): boolean {
  const credentials = [
    "TWILIO_ACCOUNT_SID",
    "TWILIO_AUTH_TOKEN",
    "TWILIO_API_KEY_SID",
    "TWILIO_API_KEY_SECRET",
  ] as const;
  return credentials.some((key) => values[key] !== undefined);
}

function isOnThisMachine(url: string): boolean {
  return URL.canParse(url) && isLoopback(new URL(url).hostname.replace(/^\[(.*)\]$/u, "$1"));
}

function isLoopback(host: string | undefined): boolean {
  return host !== undefined && (host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/u.test(host));
}
