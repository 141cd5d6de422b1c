import { Agent, tool, type FunctionTool, type RunContext } from "@openai/agents";
import type { Commerce } from "../core/ports/commerce.ts";
import type { RespondRequest, ResponderEvent } from "../core/ports/responder.ts";
import type { Escalation } from "../core/turn-record.ts";
import type { AgentDefinition } from "./define-agent.ts";
import type { PreparedCall, StrictSchema, ToolDefinition } from "./define-tool.ts";
import { instructionsFor } from "./instructions.ts";
import type { Knowledge } from "./knowledge/knowledge.ts";

/** What belongs to one turn and travels through the SDK's run context, so that an agent is built only once. */
export interface RunTurn {
  readonly request: RespondRequest;
  readonly commerce: Commerce;
  readonly knowledge: Knowledge;
  readonly emit: (event: ResponderEvent) => void;
  /** The turn may not go on: ends it with this error. */
  readonly stop: (error: unknown) => void;
}

/** The SDK's agent of a definition. */
export function sdkAgent(definition: AgentDefinition): Agent<RunTurn> {
  return new Agent<RunTurn>({
    name: definition.name,
    instructions: ({ context }) => instructionsFor(definition, context.request),
    tools: definition.tools.map((each) => sdkTool(each)),
  });
}

function sdkTool(definition: ToolDefinition): FunctionTool<RunTurn, StrictSchema> {
  return tool<StrictSchema, RunTurn>({
    name: definition.name,
    description: definition.description,
    parameters: definition.parameters,
    strict: true,
    errorFunction: () => JSON.stringify({ error: "tool_failed" }),
    execute: async (_input: unknown, context: RunContext<RunTurn> | undefined, details) => {
      const call = details?.toolCall;
      if (context === undefined || call === undefined) throw new TypeError("the SDK gave no call");
      return await carryOut(definition, { callId: call.callId, arguments: call.arguments }, context.context);
    },
  });
}

async function carryOut(
  definition: ToolDefinition,
  call: { readonly callId: string; readonly arguments: string },
  turn: RunTurn,
): Promise<string> {
  const { name: tool_ } = definition;
  const prepared = definition.prepare(call.arguments);
  turn.emit({ kind: "tool_call", callId: call.callId, tool: tool_, arguments: call.arguments });
  const output =
    prepared.kind === "invalid" ? prepared.output : await throughGate(definition, { ...call, prepared }, turn);
  turn.emit({ kind: "tool_result", callId: call.callId, tool: tool_, output });
  if (prepared.kind === "ready" && prepared.escalation !== undefined && wasDone(output)) {
    turn.emit({ kind: "escalation", escalation: prepared.escalation });
  }
  return output;
}

async function throughGate(
  definition: ToolDefinition,
  call: {
    readonly callId: string;
    readonly arguments: string;
    readonly prepared: Extract<PreparedCall, { kind: "ready" }>;
  },
  turn: RunTurn,
): Promise<string> {
  const { request, commerce, knowledge } = turn;
  const { tenant, subjectId, addresses, channel, now } = request;
  const { entities } = request.memory;
  try {
    return await request.tools.run(
      {
        callId: call.callId,
        tool: definition.name,
        arguments: call.arguments,
        effect: definition.effect,
        act: call.prepared.act,
        idempotent: definition.idempotent,
        timeoutMs: definition.timeoutMs,
      },
      (key, signal) =>
        call.prepared.run({ tenant, subjectId, addresses, channel, entities, now, commerce, knowledge, key, signal }),
    );
  } catch (error) {
    // The gate rejects only when this turn may not go on; the SDK would tell the model and go on.
    turn.stop(error);
    throw error;
  }
}

/** The escalation that the customer's last words already led to in an earlier attempt at this turn. */
export function earlierEscalation(
  definition: AgentDefinition,
  window: RespondRequest["window"],
): Escalation | undefined {
  for (let index = window.length - 1; index >= 0; index -= 1) {
    const entry = window[index];
    if (entry === undefined || entry.kind === "customer" || entry.kind === "operator") return undefined;
    if (entry.kind === "agent" && entry.fate !== "cut") return undefined;
    if (entry.kind !== "tool_call") continue;
    const result = window[index + 1];
    const prepared = definition.tools.find((each) => each.name === entry.tool)?.prepare(entry.arguments);
    const done = result?.kind === "tool_result" && result.callId === entry.callId && wasDone(result.output);
    if (done && prepared?.kind === "ready" && prepared.escalation !== undefined) return prepared.escalation;
  }
  return undefined;
}

/** An act that failed or whose end is not known says so under `error` or `status`. */
function wasDone(output: string): boolean {
  try {
    const result: unknown = JSON.parse(output);
    return typeof result === "object" && result !== null && "escalated" in result && result.escalated === true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
