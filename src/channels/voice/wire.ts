import { z } from "zod";
import { callSidField } from "../twilio/form.ts";

/** A frame from Twilio, decoded. Types that are not known are told apart from frames that are wrong. */
export type InboundFrame =
  | SetupFrame
  | PromptFrame
  | DtmfFrame
  | InterruptFrame
  | InfoFrame
  | ErrorFrame
  | { readonly type: "unknown" }
  /** The problem names what is wrong, never what was said. */
  | { readonly type: "malformed"; readonly problem: string };

/** The first frame of a session. */
export type SetupFrame = Readonly<z.output<typeof setup>>;
/** What was understood so far (`last` false, from the beginning of the utterance) or finally. */
export type PromptFrame = Readonly<z.output<typeof prompt>>;
/** One key. */
export type DtmfFrame = Readonly<z.output<typeof dtmf>>;
/** The caller spoke over the reply: what was heard of it until then. */
export type InterruptFrame = Readonly<z.output<typeof interrupt>>;
/** Who speaks, what was played, how long the way is. */
export type InfoFrame = Readonly<z.output<typeof info>>;
/** Twilio did not take a frame of ours. */
export type ErrorFrame = Readonly<z.output<typeof error>>;

/** A frame to Twilio. */
export type OutboundFrame = Readonly<z.output<typeof outbound>>;

/** Decodes a frame from Twilio. Never throws. */
export function decodeFrame(raw: string): InboundFrame {
  const frame = objectIn(raw);
  if (frame === undefined) return { type: "malformed", problem: "not a JSON object" };
  switch (frame.type) {
    case "prompt":
      return checked(prompt, frame);
    case "info":
      return checked(info, frame);
    case "dtmf":
      return checked(dtmf, frame);
    case "interrupt":
      return checked(interrupt, frame);
    case "setup":
      return checked(setup, frame);
    case "error":
      return checked(error, frame);
    default:
      return typeof frame.type === "string" ? { type: "unknown" } : { type: "malformed", problem: "type is missing" };
  }
}

/** Writes some words to be spoken. */
export function encodeText(token: string, last: boolean): string {
  return `{"type":"text","token":${JSON.stringify(token)},"last":${last ? "true" : "false"}}`;
}

/** Writes any frame to Twilio. */
export function encodeFrame(frame: OutboundFrame): string {
  return JSON.stringify(frame);
}

/** Decodes a frame to Twilio as strictly as Twilio does; undefined when it would be refused. */
export function decodeOutbound(raw: string): OutboundFrame | undefined {
  const frame = objectIn(raw);
  return frame === undefined ? undefined : outbound.safeParse(frame).data;
}

const setup = z.object({
  type: z.literal("setup"),
  sessionId: z.string().max(64).default(""),
  callSid: callSidField,
  accountSid: z.string().max(64).default(""),
  from: z.string().max(256).default(""),
  to: z.string().max(256).default(""),
  direction: z.string().max(32).default("inbound"),
  callType: z.string().max(32).default(""),
  callStatus: z.string().max(32).default(""),
  // Only strings come; anything else is no parameter of ours.
  customParameters: z.record(z.string(), z.string()).catch({}),
});

const prompt = z.object({
  type: z.literal("prompt"),
  voicePrompt: z.string(),
  lang: z.string().max(35).optional().catch(undefined),
  // Without partial prompts Twilio may leave it out.
  last: z.boolean().default(true),
});

const dtmf = z.object({ type: z.literal("dtmf"), digit: z.string().regex(/^[0-9*#]$/u) });

const interrupt = z.object({
  type: z.literal("interrupt"),
  utteranceUntilInterrupt: z.string().default(""),
  durationUntilInterruptMs: z
    .union([
      z.number().nonnegative(),
      z
        .string()
        .regex(/^\d+(?:\.\d+)?$/u)
        .transform(Number),
    ])
    .optional()
    .catch(undefined),
});

const info = z.object({
  type: z.literal("info"),
  name: z.string().default(""),
  value: z.union([z.string(), z.number().transform(String)]).catch(""),
});

const error = z.object({ type: z.literal("error"), description: z.string().default("") });

const outbound = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("text"),
    token: z.string(),
    last: z.boolean().optional(),
    lang: z.string().optional(),
    interruptible: z.boolean().optional(),
    preemptible: z.boolean().optional(),
  }),
  z.object({
    type: z.literal("play"),
    source: z.string().min(1),
    loop: z.number().int().nonnegative().optional(),
    preemptible: z.boolean().optional(),
    interruptible: z.boolean().optional(),
  }),
  z.object({ type: z.literal("sendDigits"), digits: z.string().regex(/^[0-9w#*]+$/u) }),
  z
    .object({
      type: z.literal("language"),
      ttsLanguage: z.string().optional(),
      transcriptionLanguage: z.string().optional(),
    })
    .refine((frame) => frame.ttsLanguage !== undefined || frame.transcriptionLanguage !== undefined),
  z.object({ type: z.literal("end"), handoffData: z.string().optional() }),
]);

function objectIn(raw: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(raw);
    return isObject(value) ? value : undefined;
  } catch (problem) {
    if (problem instanceof SyntaxError) return undefined;
    throw problem;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function checked<Frame extends InboundFrame>(schema: z.ZodType<Frame>, frame: Record<string, unknown>): InboundFrame {
  const result = schema.safeParse(frame);
  if (result.success) return result.data;
  return {
    type: "malformed",
    problem: `${String(frame.type)}: ${String(result.error.issues[0]?.path[0] ?? "frame")} is malformed`,
  };
}
