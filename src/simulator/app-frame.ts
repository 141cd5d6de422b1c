import { z } from "zod";

/** What the application may send to Twilio over the relay's socket. */
export type AppFrame = z.output<typeof appFrame>;

const speechOptions = {
  lang: z.string().optional(),
  interruptible: z.boolean().optional(),
  preemptible: z.boolean().optional(),
};

const appFrame = z.discriminatedUnion("type", [
  z.object({ type: z.literal("text"), token: z.string(), last: z.boolean().default(false), ...speechOptions }),
  z.object({
    type: z.literal("play"),
    source: z.string(),
    loop: z.number().int().optional(),
    interruptible: z.boolean().optional(),
    preemptible: z.boolean().optional(),
  }),
  z.object({ type: z.literal("sendDigits"), digits: z.string().regex(/^[0-9w#*]+$/u) }),
  z.object({
    type: z.literal("language"),
    ttsLanguage: z.string().optional(),
    transcriptionLanguage: z.string().optional(),
  }),
  z.object({ type: z.literal("end"), handoffData: z.string().optional() }),
]);

/** Reads a frame of the application as strictly as Twilio does; undefined for one it would not take. */
export function readAppFrame(raw: string): AppFrame | undefined {
  try {
    return appFrame.safeParse(JSON.parse(raw)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
