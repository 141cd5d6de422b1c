import { MaxTurnsExceededError, Runner, setTracingDisabled, type Agent } from "@openai/agents";
import { ContinuoError } from "../core/errors.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Commerce } from "../core/ports/commerce.ts";
import type { RespondRequest, Responder, ResponderEvent } from "../core/ports/responder.ts";
import { memoryBesideHistory } from "../core/remote.ts";
import type { AgentDefinition } from "./define-agent.ts";
import { eventQueue, type EventQueue } from "./event-queue.ts";
import type { Knowledge } from "./knowledge/knowledge.ts";
import { whatFailed } from "./model-failure.ts";
import type { Models } from "./models/models.ts";
import type { AgentRegistry } from "./registry.ts";
import { remoteModelsFor } from "./remote/needed.ts";
import { remoteModel, type RemoteModel } from "./remote/remote-model.ts";
import { earlierEscalation, sdkAgent, type RunTurn } from "./sdk-agent.ts";
import { conversationMark, turnModel } from "./turn-model.ts";
import { windowItems } from "./window-items.ts";

/** What the responder is made of. */
export interface AgentsResponderOptions {
  readonly registry: AgentRegistry;
  readonly models: Models;
  readonly commerce: Commerce;
  readonly knowledge: Knowledge;
  readonly clock: Clock;
  /** Model calls in one turn, at most. */
  readonly maxTurns: number;
  /** A model that is silent for so many milliseconds, retries included, has failed. */
  readonly streamTimeoutMs: number;
  /** The name of the work in traces. */
  readonly workflowName: string;
  /** Whether traces, with customers' words in them, go to OpenAI. Default: no. */
  readonly tracing?: boolean;
  /** Told that OpenAI does not know a customer's conversation any more, and that a new one takes its place. */
  readonly onRemoteLost?: (
    lost: Pick<RespondRequest, "subjectId" | "turnId"> & { readonly conversationId: string },
  ) => void;
}

/** Answers turns with the agents SDK. */
export function agentsResponder(options: AgentsResponderOptions): Responder {
  const tracing = options.tracing === true;
  setTracingDisabled(!tracing);
  const built = new WeakMap<AgentDefinition, Agent<RunTurn>>();

  function builtAgent(definition: AgentDefinition): Agent<RunTurn> {
    const known = built.get(definition);
    if (known !== undefined) return known;
    const agent = sdkAgent(definition);
    built.set(definition, agent);
    return agent;
  }

  function agentOf(name: string | undefined): Promise<AgentDefinition> {
    return name === undefined ? options.registry.getDefault() : options.registry.get(name);
  }

  return {
    model: { name: options.models.name, offline: options.models.offline },
    async voiceOf(name) {
      const { name: own, greeting, language, apology, history = "own" } = await agentOf(name);
      return { name: own, greeting, language, apology, history };
    },
    respond(request, signal) {
      const controller = new AbortController();
      const events = eventQueue<ResponderEvent>(() => controller.abort());
      // Nobody hears words any more; what tools did is still told.
      function onAbort(): void {
        events.end((event) => event.kind !== "text");
        controller.abort(signal.reason);
      }
      if (signal.aborted) onAbort();
      else signal.addEventListener("abort", onAbort, { once: true });
      let escalated = false;
      const turn: RunTurn = {
        request,
        commerce: options.commerce,
        knowledge: options.knowledge,
        emit(event) {
          // The first asking is the one that was carried out; the gate gives its result to those after it.
          if (event.kind === "escalation" && escalated) return;
          escalated ||= event.kind === "escalation";
          events.push(event);
        },
        stop(error) {
          events.fail(error);
          controller.abort();
        },
      };
      const work = { options, turn, events, signal: controller.signal, agentOf, builtAgent };
      // It never rejects: every failure goes into the stream.
      void answer(work).finally(() => signal.removeEventListener("abort", onAbort));
      return events;
    },
  };
}

interface Work {
  readonly options: AgentsResponderOptions;
  readonly turn: RunTurn;
  readonly events: EventQueue<ResponderEvent>;
  readonly signal: AbortSignal;
  readonly agentOf: (name: string | undefined) => Promise<AgentDefinition>;
  readonly builtAgent: (definition: AgentDefinition) => Agent<RunTurn>;
}

async function answer(work: Work): Promise<void> {
  const { events, signal } = work;
  if (signal.aborted) return;
  try {
    await runAgent(work);
    events.end();
  } catch (error) {
    // After an abort nobody waits for how it ends.
    if (signal.aborted) return;
    events.fail(asContinuoError(error));
  }
}

async function runAgent(work: Work): Promise<void> {
  const { options, turn, events, signal } = work;
  const { request } = turn;
  const definition = await work.agentOf(request.agent);
  const earlier = earlierEscalation(definition, request.window);
  if (earlier !== undefined) turn.emit({ kind: "escalation", escalation: earlier });
  const spent = { modelCalls: 0, inputTokens: 0, outputTokens: 0 };
  let said = false;
  const remote = definition.history === "openai" ? remoteOf(work, definition) : undefined;
  const { model: inner, settings } = remote ?? options.models.get(definition.model);
  const model = turnModel(inner, {
    conversation: remote === undefined ? windowItems(request.window) : [],
    clock: options.clock,
    signal,
    silenceMs: options.streamTimeoutMs,
    // OpenAI knows a call by the id that it gave, and gives none twice.
    callIds: remote === undefined ? callIdsOf(request) : new Set(),
    emit(event) {
      said = true;
      events.push(event);
    },
    onUsage(inputTokens, outputTokens) {
      spent.modelCalls += 1;
      spent.inputTokens += inputTokens;
      spent.outputTokens += outputTokens;
    },
  });
  // A runner is little more than its settings; one for each turn is how the turn's own model gets in.
  const runner = new Runner({
    model,
    modelSettings: settings,
    tracingDisabled: options.tracing !== true,
    workflowName: options.workflowName,
    toolNotFoundBehavior: "return_error_to_model",
  });
  try {
    await runner.run(work.builtAgent(definition), [conversationMark], {
      context: remote === undefined ? turn : { ...turn, request: besideHistory(request) },
      maxTurns: options.maxTurns,
      signal,
    });
  } catch (error) {
    if (!(error instanceof MaxTurnsExceededError)) throw error;
    events.push({ kind: "text", delta: definition.stuck });
    events.push({ kind: "message_end" });
    said = true;
  } finally {
    if (spent.modelCalls > 0) events.push({ kind: "usage", ...spent });
  }
  if (!said && !signal.aborted) throw new ContinuoError("model_unavailable", "the model said nothing");
  const use = remote?.use();
  if (use !== undefined) events.push({ kind: "remote", ...use });
}

/** The agent's model inside the customer's conversation at OpenAI. */
function remoteOf(work: Work, definition: AgentDefinition): RemoteModel & Pick<ReturnType<Models["get"]>, "settings"> {
  const { options, turn } = work;
  const { remote, subjectId, turnId } = turn.request;
  const models = remoteModelsFor(definition, options.models);
  if (remote === undefined)
    throw new ContinuoError("internal", "the turn brings nothing for the conversation at OpenAI");
  const { model: inner, settings } = models.get(definition.model);
  return {
    settings,
    ...remoteModel({
      inner,
      conversations: models.conversations,
      turn: remote,
      clock: options.clock,
      onLost: (conversationId) => options.onRemoteLost?.({ subjectId, turnId, conversationId }),
    }),
  };
}

function besideHistory(request: RespondRequest): RespondRequest {
  return { ...request, memory: memoryBesideHistory(request.memory) };
}

function callIdsOf(request: RespondRequest): Set<string> {
  const ids = new Set<string>();
  for (const entry of request.window) if (entry.kind === "tool_call") ids.add(entry.callId);
  return ids;
}

function asContinuoError(error: unknown): ContinuoError {
  const own = [error, error instanceof Error ? error.cause : undefined].find((each) => each instanceof ContinuoError);
  return own ?? new ContinuoError("model_unavailable", `no model answered: ${whatFailed(error)}`, { cause: error });
}
