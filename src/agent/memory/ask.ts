import { NoopTrace, withTrace, type Model, type ModelRequest, type ModelSettings } from "@openai/agents";
import { ContinuoError } from "../../core/errors.ts";
import type { Clock } from "../../core/ports/clock.ts";
import { whatFailed } from "../model-failure.ts";
import { watchSilence } from "../silence.ts";
import type { JsonSchema } from "./entity-schema.ts";

/** One question to a model, outside any conversation. */
export interface Question {
  readonly instructions: string;
  readonly input: string;
  /** What the answer must look like; absent means prose. */
  readonly schema?: { readonly name: string; readonly properties: Readonly<Record<string, JsonSchema>> };
}

/** Whom to ask, and for how long. */
export interface Asking {
  readonly model: Model;
  readonly settings: ModelSettings;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Asks a model once and gives its words; empty when it said none. Rejects with `model_unavailable` when there is no answer
 * in time. A server that refuses to be told what the answer must look like is asked again without that.
 */
export async function ask(question: Question, asking: Asking): Promise<string> {
  using deadline = watchSilence({ clock: asking.clock, silenceMs: asking.timeoutMs, signal: asking.signal });
  try {
    return await once(question, asking, deadline.signal).catch((error: unknown) => {
      if (question.schema === undefined || deadline.signal.aborted || !isRefusal(error)) throw error;
      const { schema: _refused, ...plain } = question;
      return once(plain, asking, deadline.signal);
    });
  } catch (error) {
    asking.signal.throwIfAborted();
    const why = deadline.signal.aborted ? `it took longer than ${asking.timeoutMs} ms` : whatFailed(error);
    throw new ContinuoError("model_unavailable", `no model answered for the memory: ${why}`, { cause: error });
  }
}

async function once(question: Question, { model, settings }: Asking, signal: AbortSignal): Promise<string> {
  const { schema } = question;
  const request: ModelRequest = {
    systemInstructions: question.instructions,
    input: [{ type: "message", role: "user", content: question.input }],
    modelSettings: settings,
    tools: [],
    handoffs: [],
    outputType:
      schema === undefined
        ? "text"
        : {
            type: "json_schema",
            name: schema.name,
            strict: true,
            schema: {
              type: "object",
              properties: { ...schema.properties },
              required: Object.keys(schema.properties),
              additionalProperties: false,
            },
          },
    tracing: false,
    signal,
  };
  // The SDK's models want a trace around them; this one is of nothing and goes nowhere.
  const answering = withTrace(new NoopTrace(), () => model.getResponse(request));
  const { output } = await Promise.race([answering, rejectedBy(signal)]);
  return output
    .flatMap((item) => (item.type === "message" && item.role === "assistant" ? item.content : []))
    .map((part) => (part.type === "output_text" ? part.text : ""))
    .join("");
}

/** A model that does not heed its signal is not waited for. */
function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    function stop(): void {
      reject(signal.reason instanceof Error ? signal.reason : new Error("stopped"));
    }
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}

/** The server understood the request and will not have it. */
function isRefusal(error: unknown): boolean {
  if (typeof error !== "object" || error === null || !("status" in error)) return false;
  return error.status === 400 || error.status === 422;
}
