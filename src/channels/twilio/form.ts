import { z } from "zod";

/** A form as it came, parsed and not yet believed. A name that came more than once has all its values. */
export type Form = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What reading a form gave. The problem names the field, never what was in it. */
export type FormReading<Value> =
  | { readonly kind: "read"; readonly value: Value }
  | { readonly kind: "malformed"; readonly problem: string };

/** What a reader needs to know of this installation. */
export interface FormOptions {
  /** The account whose requests are taken; any when absent. */
  readonly accountSid?: string;
}

/** An address of any kind; Twilio's longest are SIP addresses. */
export const addressField = z.string().max(256);
/** The id of a call. */
export const callSidField = z.string().regex(/^CA[0-9a-zA-Z]{32}$/u);
/** The id of a message. */
export const messageSidField = z.string().regex(/^(?:SM|MM)[0-9a-zA-Z]{32}$/u);
/** The id of an account. */
export const accountSidField = z.string().regex(/^AC[0-9a-zA-Z]{32}$/u);
/** One of Twilio's numbers for what went wrong. */
export const errorCodeField = z.string().regex(/^\d{0,6}$/u);

/** Reads the fields that a schema names, each of which may come once; others are let pass unread. */
export function readForm<Value extends { readonly AccountSid?: string | undefined }>(
  form: Form,
  schema: z.ZodType<Value>,
  options: FormOptions,
): FormReading<Value> {
  const parsed = schema.safeParse(form);
  if (!parsed.success) return { kind: "malformed", problem: problemOf(form, parsed.error) };
  // The signature already proves the account; a form that names another one is not for us.
  const named = parsed.data.AccountSid;
  if (options.accountSid !== undefined && named !== undefined && named !== options.accountSid) {
    return { kind: "malformed", problem: "AccountSid is not the account of this installation" };
  }
  return { kind: "read", value: parsed.data };
}

/** The value of a field that the schema does not name, when it came once. */
export function single(form: Form, name: string): string | undefined {
  const value = form[name];
  return typeof value === "string" ? value : undefined;
}

function problemOf(form: Form, error: z.ZodError): string {
  const name = String(error.issues[0]?.path[0] ?? "the form");
  const value = form[name];
  if (value === undefined) return `${name} is missing`;
  return typeof value === "string" ? `${name} is malformed` : `${name} came more than once`;
}
