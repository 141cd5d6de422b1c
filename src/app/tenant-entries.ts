import { isSupportedCountry } from "libphonenumber-js";
import { z } from "zod";
import type { Resolver } from "../core/ports/resolver.ts";

/** A configuration as far as it was understood, and a sentence for everything that was not. */
export interface TenantEntries {
  readonly tenants: readonly { readonly id: string; readonly entry: TenantEntry }[];
  readonly resolvers: readonly { readonly name: string; readonly resolver: Resolver }[];
  readonly problems: readonly string[];
}

/** One tenant as a configuration describes it. */
export type TenantEntry = z.output<typeof tenantEntry>;

/** Reads a configuration of tenants. What is wrong with one part keeps nobody from reading the others. */
export function readEntries(given: unknown): TenantEntries {
  const outer = outerShape.safeParse(given);
  const problems = outer.success ? [] : [...sentencesOf(outer.error.issues, { at: [], given })];
  const listed = listedTenants.safeParse(given);
  const tenants: { id: string; entry: TenantEntry }[] = [];
  for (const [id, entry] of Object.entries(listed.data?.tenants ?? {})) {
    if (!/^[\w-]{1,64}$/u.test(id))
      problems.push(`${place(["tenants", id])} is no id; use letters, digits, - and _, at most 64`);
    const read = tenantEntry.safeParse(entry);
    if (read.success) tenants.push({ id, entry: read.data });
    else problems.push(...sentencesOf(read.error.issues, { at: ["tenants", id], given: entry }));
  }
  if (listed.success && Object.keys(listed.data.tenants).length === 0)
    problems.push('tenants is empty; name at least one, such as tenants: { acme: { numbers: ["+14155550100"] } }');
  const resolvers = Object.entries(outer.data?.resolvers ?? {}).map(([name, resolver]) => ({ name, resolver }));
  for (const { name } of resolvers) problems.push(...misnamed(name));
  return { tenants, resolvers, problems };
}

/** A place in a configuration as a person writes it: `tenants.acme.numbers[1]`. */
export function place(path: readonly PropertyKey[]): string {
  return path
    .map((part) => {
      if (typeof part === "number") return `[${part}]`;
      return /^[\w$]+$/u.test(String(part)) ? `.${String(part)}` : `[${JSON.stringify(String(part))}]`;
    })
    .join("")
    .replace(/^\./u, "");
}

/** A value as a person is shown it, not too long. */
export function shown(value: unknown): string {
  if (typeof value === "function") return "a function";
  const whole = JSON.stringify(value) ?? String(value);
  return whole.length > LONGEST_SHOWN ? `${whole.slice(0, LONGEST_SHOWN)}…` : whole;
}

const LONGEST_SHOWN = 60;
const agentName = z.string({ error: "write the name of an agent" }).regex(/^[\w-]{1,64}$/u, {
  error: "write the name of an agent: letters, digits, - and _, at most 64",
});
const numberText = z.string({ error: 'write a number such as "+14155550100"' }).max(40, {
  error: 'write a number such as "+14155550100"',
});
const origin = z.string({ error: originHint() }).refine(isOrigin, { error: originHint() });

const chatEntry = z.strictObject(
  {
    origins: z.array(origin, { error: 'write a list such as ["https://shop.example.com"]; [] is our own pages only' }),
    title: text(80).optional(),
    greeting: text(500).optional(),
    agent: agentName.optional(),
  },
  { error: notAnObject("write { origins: [] }, or false for no chat") },
);

const tenantEntry = z.strictObject(
  {
    name: text(80).optional(),
    numbers: z
      .array(
        z.union([
          numberText,
          z.strictObject(
            { number: numberText, agent: agentName },
            {
              error: notAnObject(
                'write a number such as "+14155550100", or { number: "+14155550100", agent: "sales" }',
              ),
            },
          ),
        ]),
        { error: 'write a list such as ["+14155550100"]' },
      )
      .optional(),
    agent: agentName.optional(),
    country: z
      .string({ error: 'write two letters in capitals, such as "US"' })
      .refine(isSupportedCountry, { error: 'write two letters in capitals, such as "US"' })
      .optional(),
    sessionTimeoutMinutes: wholeNumber(1, 525_600).optional(),
    sessionCloseHours: wholeNumber(1, 8_760).optional(),
    retentionDays: wholeNumber(0, 36_500).optional(),
    maxMessageHistory: wholeNumber(1, 1_000).optional(),
    survey: z
      .union([
        z.boolean(),
        z.strictObject(
          { question: text(300), thanks: text(300) },
          { error: notAnObject("write true, false, or { question, thanks }") },
        ),
      ])
      .optional(),
    resolver: z
      .string({ error: "write the name of a resolver, such as phone" })
      .regex(/^[a-z][\w-]{0,63}$/u, { error: "write the name of a resolver, such as phone" })
      .optional(),
    rateLimit: z
      .strictObject(
        { perMinute: wholeNumber(0, 100_000), perDay: wholeNumber(0, 1_000_000) },
        { error: notAnObject("write { perMinute: 20, perDay: 200 }") },
      )
      .optional(),
    personalGreeting: z.boolean({ error: "write true or false" }).optional(),
    chat: z.union([z.literal(false), chatEntry]).optional(),
  },
  { error: notAnObject('write what the tenant has, such as { numbers: ["+14155550100"] }') },
);

const listedTenants = z.object({ tenants: z.record(z.string(), z.unknown()) });

const outerShape = z.strictObject(
  {
    tenants: z.record(z.string(), z.unknown(), { error: 'write { acme: { numbers: ["+14155550100"] } }' }),
    resolvers: z
      .record(
        z.string(),
        z.custom<Resolver>((value) => typeof value === "function", {
          error: "write a function that takes a request and a signal",
        }),
        { error: "write { name: resolver }" },
      )
      .optional(),
  },
  { error: notAnObject("write: export default defineConfig({ tenants: { … } })") },
);

function wholeNumber(min: number, max: number): z.ZodNumber {
  const error = `write a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}

function text(most: number): z.ZodString {
  const error = `write a text of 1 to ${most} characters`;
  return z.string({ error }).trim().min(1, { error }).max(most, { error });
}

/** What is said when something else than an object stands there; what is wrong inside is said by itself. */
function notAnObject(told: string): (issue: { readonly code?: string | undefined }) => string | undefined {
  return ({ code }) => (code === "invalid_type" ? told : undefined);
}

function originHint(): string {
  return 'write an origin such as "https://shop.example.com", without a path, or "*" for any';
}

function isOrigin(value: string): boolean {
  if (value === "*") return true;
  return URL.canParse(value) && /^https?:$/u.test(new URL(value).protocol) && new URL(value).origin === value;
}

function misnamed(resolver: string): readonly string[] {
  const at = place(["resolvers", resolver]);
  if (resolver === "phone") return [`${at} is built in; give yours another name`];
  if (/^[a-z][\w-]{0,63}$/u.test(resolver)) return [];
  return [`${at} cannot be named in a setting; begin with a small letter, then letters, digits, - and _`];
}

interface Read {
  readonly at: readonly PropertyKey[];
  readonly given: unknown;
}

function sentencesOf(issues: readonly z.core.$ZodIssue[], read: Read): readonly string[] {
  return issues.flatMap((issue): readonly string[] => {
    const at = [...read.at, ...issue.path];
    const where = at.length === 0 ? "the default export" : place(at);
    const value = valueAt(read.given, issue.path);
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => `${place([...at, key])} is no setting; remove it, or correct its name`);
    }
    // Of several shapes the last one is the object, which knows best what is wrong inside.
    const inside = issue.code === "invalid_union" ? issue.errors.at(-1) : undefined;
    if (inside !== undefined) return sentencesOf(inside, { at, given: value });
    if (value === undefined) return [`${where} is missing; ${issue.message}`];
    return [`${where} is ${shown(value)}; ${issue.message}`];
  });
}

function valueAt(given: unknown, path: readonly PropertyKey[]): unknown {
  let value = given;
  for (const part of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = Object.getOwnPropertyDescriptor(value, part)?.value;
  }
  return value;
}
