import { z } from "zod";

/** What the configuration tells a person about one setting. */
export interface SettingNotes {
  /** Under which heading it stands in `.env.example`. */
  readonly group: string;
  /** One sentence: what it does. */
  readonly about: string;
  /** What a value looks like, as the end of "expected …". */
  readonly expected: string;
  /** A value that would do, or where to find one. */
  readonly mend: string;
  /** Whether a value must never be shown. */
  readonly secret?: true;
  /** Whether what the schema says of a wrong value is shown; it never holds the value. */
  readonly explains?: true;
  /** What is meant when nothing is set, in words or as the value itself. */
  readonly unset: string;
}

/** Where the notes of every setting are kept, beside its schema. */
export const settingNotes = z.registry<SettingNotes>();

/** A whole number within bounds, both included. */
export function wholeNumber(min: number, max: number): z.ZodType<number, string> {
  return z.string().transform((text, context) => {
    const number = Number(text);
    if (/^\d+$/u.test(text) && number >= min && number <= max) return number;
    context.addIssue("not a whole number in bounds");
    return z.NEVER;
  });
}

/** Yes or no, in the spellings that people use. */
export function yesOrNo(): z.ZodType<boolean, string> {
  return z.string().transform((text, context) => {
    const word = text.toLowerCase();
    if (["true", "1", "yes", "on"].includes(word)) return true;
    if (["false", "0", "no", "off"].includes(word)) return false;
    context.addIssue("neither yes nor no");
    return z.NEVER;
  });
}

/** An absolute web address without query and fragment; the trailing slash is dropped. */
export function webAddress(): z.ZodType<string, string> {
  return z.string().transform((text, context) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const plain = url?.search === "" && url.hash === "" && url.username === "" && url.password === "";
    if (url === undefined || !plain || !/^https?:$/u.test(url.protocol)) {
      context.addIssue("not a web address");
      return z.NEVER;
    }
    return `${url.origin}${url.pathname}`.replace(/\/+$/u, "");
  });
}

/** Text of one shape. */
export function shaped(pattern: RegExp): z.ZodType<string, string> {
  return z.string().regex(pattern);
}

/** Several values separated by commas, each of one shape. */
export function listOf(pattern: RegExp): z.ZodType<readonly string[], string> {
  return z.string().transform((text, context) => {
    const parts = text
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== "");
    if (parts.length > 0 && parts.every((part) => pattern.test(part))) return [...new Set(parts)];
    context.addIssue("an entry has another shape");
    return z.NEVER;
  });
}
