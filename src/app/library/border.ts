import { z } from "zod";
import { ContinuoError } from "../../core/errors.ts";

const MOST_CHARS = 100_000;

/** Words that can be kept and answered. */
export const words = z
  .string({ error: "must be a text" })
  .max(MOST_CHARS, { error: `has more than ${MOST_CHARS} characters` })
  .refine((text) => text.trim() !== "", { error: "has no words in it" });

/** The written channels. */
export const textChannel = z.enum(["sms", "whatsapp", "web"], { error: "must be sms, whatsapp or web" });

/** What a program gave, when it is what it should be: not every program is checked by its types. Throws `bad_request`. */
export function given<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const wrong = read.error.issues.map(({ path, message }) => `${path.join(".") || "it"} ${message}`);
  throw new ContinuoError("bad_request", wrong.join("; "));
}
