import { z } from "zod";
import { ContinuoError } from "../core/errors.ts";
import type { SubjectId, TenantId } from "../core/ids.ts";
import type { MemoryValue } from "../core/memory.ts";
import type { ChannelName } from "../core/message.ts";
import type { Commerce } from "../core/ports/commerce.ts";
import type { Effect } from "../core/tool-call.ts";
import type { Escalation } from "../core/turn-record.ts";
import type { Knowledge } from "./knowledge/knowledge.ts";

/** What a tool may know of the turn it runs in. Who the customer is comes from here, never from the model's arguments. */
export interface ToolTurn {
  readonly tenant: TenantId;
  readonly subjectId: SubjectId;
  /** The subject's proven addresses, phone numbers in E.164. */
  readonly addresses: readonly string[];
  readonly channel: ChannelName;
  /** What the customer told in this session, by the names of the agent's `entities`. It is what they said, and proves nothing. */
  readonly entities: Readonly<Record<string, MemoryValue>>;
  readonly commerce: Commerce;
  readonly knowledge: Knowledge;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Fires at the tool's deadline. */
  readonly signal: AbortSignal;
  /** The same for every attempt at the same act; pass it on to whoever honours an idempotency key. */
  readonly key: string;
}

/** How a tool is described. */
export interface ToolSpec<Schema extends z.ZodObject> {
  /** Lower case with underscores, as the model calls it. */
  readonly name: string;
  readonly description: string;
  /** Every key is required, as models in strict mode demand; say `nullable()` for what may be missing. */
  readonly parameters: Schema;
  readonly effect: Effect;
  /** Which arguments make two calls of one turn the same act. */
  readonly sameAct: (args: z.infer<Schema>) => string;
  /** Whether it may be asked again with the same key when an answer was lost. Reads may by nature. */
  readonly idempotent?: boolean;
  /** Default 10,000. */
  readonly timeoutMs?: number;
  /** Does it, and returns what the model is told: any JSON value. Throws when it cannot be done. */
  readonly execute: (args: z.infer<Schema>, turn: ToolTurn) => Promise<unknown>;
  /** For a tool that asks for an operator: what the call asks for. */
  readonly escalation?: (args: z.infer<Schema>) => Escalation;
}

/** The JSON schema of a tool's arguments: every key required, nothing else allowed. */
export interface StrictSchema {
  type: "object";
  properties: Record<string, Record<string, unknown>>;
  required: string[];
  additionalProperties: false;
}

/** A tool as the responder uses it. */
export interface ToolDefinition {
  readonly name: string;
  readonly description: string;
  readonly parameters: StrictSchema;
  readonly effect: Effect;
  readonly idempotent: boolean;
  readonly timeoutMs: number;
  /** Checks a call's arguments (JSON). */
  prepare(argumentsJson: string): PreparedCall;
}

/** A call whose arguments were checked. */
export type PreparedCall =
  | {
      readonly kind: "ready";
      readonly act: string;
      readonly run: (turn: ToolTurn) => Promise<string>;
      readonly escalation: Escalation | undefined;
    }
  /** The model is told what is wrong and may try again. */
  | { readonly kind: "invalid"; readonly output: string };

/** Defines a tool. Throws `config_invalid` when a parameter is optional or the name is not one a model can call. */
export function defineTool<Schema extends z.ZodObject>(spec: ToolSpec<Schema>): ToolDefinition {
  if (!/^[a-z][a-z0-9_]{0,63}$/u.test(spec.name)) {
    throw new ContinuoError(
      "config_invalid",
      `"${spec.name}" is not a tool's name: lower case letters, digits and underscores`,
    );
  }
  return {
    name: spec.name,
    description: spec.description,
    parameters: strictSchema(spec.name, spec.parameters),
    effect: spec.effect,
    idempotent: spec.idempotent ?? spec.effect === "reads",
    timeoutMs: spec.timeoutMs ?? 10_000,
    prepare(argumentsJson) {
      const parsed = spec.parameters.safeParse(jsonOf(argumentsJson));
      if (!parsed.success) return { kind: "invalid", output: problemOf(parsed.error) };
      const args = parsed.data;
      return {
        kind: "ready",
        act: `${spec.name} ${spec.sameAct(args)}`,
        run: async (turn) => JSON.stringify((await spec.execute(args, turn)) ?? null),
        escalation: spec.escalation?.(args),
      };
    },
  };
}

/** The JSON schema that strict mode takes: every key required, nothing else allowed, no lengths of texts. */
function strictSchema(name: string, parameters: z.ZodObject): StrictSchema {
  const schema = z.toJSONSchema(parameters, {
    io: "output",
    override: ({ jsonSchema }) => {
      delete jsonSchema.minLength;
      delete jsonSchema.maxLength;
      delete jsonSchema.default;
    },
  });
  const required = new Set(schema.required ?? []);
  const optional = Object.keys(schema.properties ?? {}).filter((key) => !required.has(key));
  if (optional.length > 0) {
    throw new ContinuoError(
      "config_invalid",
      `tool ${name}: ${optional.join(", ")} must be required; use nullable() for what may be missing`,
    );
  }
  const properties: StrictSchema["properties"] = {};
  for (const [key, value] of Object.entries(schema.properties ?? {})) {
    properties[key] = typeof value === "object" ? { ...value } : {};
  }
  return { type: "object", properties, required: [...required], additionalProperties: false };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text === "" ? "{}" : text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Names what is wrong with the arguments without repeating what they hold. */
function problemOf(error: z.ZodError): string {
  const problems = error.issues.slice(0, 5).map((issue) => `${issue.path.join(".") || "arguments"}: ${issue.message}`);
  return JSON.stringify({ error: "invalid_arguments", problems });
}
