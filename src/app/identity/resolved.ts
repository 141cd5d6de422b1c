import { z } from "zod";
import type { Resolved } from "../../core/ports/resolver.ts";

/**
 * Reads what a resolver told, which is a stranger's word: undefined when it does not say who somebody is. Details that
 * are no small scalars are left out, and of very many only the first are kept.
 */
export function readResolved(told: unknown): Resolved | undefined {
  const read = shape.safeParse(told);
  if (!read.success) return undefined;
  const { id, name, details } = read.data;
  return {
    id,
    ...(name === undefined ? {} : { name }),
    details: Object.fromEntries(
      Object.entries(details ?? {})
        .filter(isDetail)
        .slice(0, MOST_DETAILS),
    ),
  };
}

const MOST_DETAILS = 20;
const LONGEST_DETAIL = 300;

/** A text of a person or a machine: no control characters, no marks that turn the direction of what follows. */
function line(most: number): z.ZodString {
  return z
    .string()
    .trim()
    .min(1)
    .max(most)
    .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u);
}

const shape = z.object({
  id: line(128),
  // A name that nobody filled in is none.
  name: z
    .union([z.null(), z.string().regex(/^\s*$/u), line(100)])
    .transform((name) => (name === null || name.trim() === "" ? undefined : name))
    .optional(),
  details: z.record(z.string(), z.unknown()).optional(),
});

function isDetail(entry: [string, unknown]): entry is [string, string | number | boolean] {
  const [key, value] = entry;
  if (!/^[\p{L}_][\p{L}\p{N} _.-]{0,63}$/u.test(key)) return false;
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value === "string") return value.trim() !== "" && value.length <= LONGEST_DETAIL;
  return typeof value === "boolean";
}
