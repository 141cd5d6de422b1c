import { randomUUID } from "node:crypto";
import {
  Usage,
  type AgentInputItem,
  type Model,
  type ModelRequest,
  type ModelResponse,
  type StreamEvent,
} from "@openai/agents";
import { ContinuoError } from "../core/errors.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { ResponderEvent } from "../core/ports/responder.ts";
import { mayBeTriedAgain, retryDelayMs, whatFailed } from "./model-failure.ts";
import { watchSilence } from "./silence.ts";

/**
 * What the SDK is given in place of the conversation. It copies and compares every item of its input many times over,
 * for sessions that are not used here; the model puts the conversation back where this stands.
 */
export const conversationMark: AgentInputItem = { type: "message", role: "user", content: "(the conversation)" };

/** What a model needs to know of the turn it answers. */
export interface ModelTurn {
  readonly conversation: readonly AgentInputItem[];
  readonly clock: Clock;
  /** Ends the turn. */
  readonly signal: AbortSignal;
  /** A model that shows no sign of life for so long, retries included, has failed. */
  readonly silenceMs: number;
  /** Ids of calls that are taken; some servers give the same id twice. */
  readonly callIds: Set<string>;
  readonly emit: (event: ResponderEvent) => void;
  /** Told after every answer of the model. */
  readonly onUsage: (inputTokens: number, outputTokens: number) => void;
}

/** At most this many requests for one answer. */
export const MAX_ATTEMPTS = 3;

/**
 * A model for one turn. It hands its words to the turn as they come, before anybody else looks at them, and asks again
 * when a request failed before the first word. Rejects with `model_unavailable` when no answer can be had.
 */
export function turnModel(inner: Model, turn: ModelTurn): Model {
  return {
    getResponse: (request) => answer(inner, request, turn),
    getStreamedResponse: (request) =>
      inner.getStreamedResponse({ ...request, input: withConversation(request.input, turn.conversation) }),
  };
}

async function answer(inner: Model, request: ModelRequest, turn: ModelTurn): Promise<ModelResponse> {
  const startedAt = turn.clock.now();
  using silence = watchSilence(turn);
  const watched = { ...request, input: withConversation(request.input, turn.conversation), signal: silence.signal };
  const speech = speechOf(turn, silence.alive);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await once(inner, watched, speech);
    } catch (error) {
      turn.signal.throwIfAborted();
      if (silence.signal.aborted) {
        throw new ContinuoError("model_unavailable", `the model was silent for ${turn.silenceMs} ms`, { cause: error });
      }
      // It says already what is wrong, and asking again would not mend it.
      if (error instanceof ContinuoError) throw error;
      const waitMs = retryDelayMs(error, attempt, Math.random());
      const late = turn.clock.now() - startedAt + waitMs >= turn.silenceMs;
      if (speech.begun() || late || attempt >= MAX_ATTEMPTS || !mayBeTriedAgain(error)) {
        throw new ContinuoError("model_unavailable", `no model answered: ${whatFailed(error)}`, { cause: error });
      }
      await turn.clock.sleep(waitMs, silence.signal);
      turn.signal.throwIfAborted();
    }
  }
}

function withConversation(input: ModelRequest["input"], conversation: readonly AgentInputItem[]): AgentInputItem[] {
  // The mark is the whole input of the run; what the model and its tools did since follows it.
  return typeof input === "string" ? [...conversation] : [...conversation, ...input.slice(1)];
}

async function once(inner: Model, request: ModelRequest, speech: Speech): Promise<ModelResponse> {
  for await (const event of inner.getStreamedResponse(request)) {
    if (event.type === "output_text_delta") {
      speech.say(event.delta);
    } else if (event.type === "response_done") {
      return speech.done(event.response);
    } else if (event.type === "model") {
      speech.raw(event.event);
    } else {
      speech.alive();
    }
  }
  throw new Error("the stream ended without an answer");
}

/** Words of one answer on their way to the customer. */
interface Speech {
  /** Whether anything was said. */
  begun(): boolean;
  alive(): void;
  say(delta: string): void;
  /** An event as the provider sent it. */
  raw(event: unknown): void;
  done(response: Finished): ModelResponse;
}

type Finished = Extract<StreamEvent, { type: "response_done" }>["response"];

function speechOf(turn: ModelTurn, alive: () => void): Speech {
  let begun = false;
  // Whether the message now being said has words and no end yet.
  let open = false;

  function say(delta: string): void {
    alive();
    if (delta === "") return;
    begun = true;
    open = true;
    turn.emit({ kind: "text", delta });
  }

  function endMessage(): void {
    if (!open) return;
    open = false;
    turn.emit({ kind: "message_end" });
  }

  return {
    begun: () => begun,
    alive,
    say,
    raw(event) {
      alive();
      if (typeof event !== "object" || event === null || !("type" in event)) return;
      if (event.type === "response.output_item.done") endMessage();
      // A refusal is the model's answer, said in other events.
      if (event.type === "response.refusal.delta" && "delta" in event && typeof event.delta === "string")
        say(event.delta);
    },
    done(response) {
      // Some servers send an answer whole, without its words one by one.
      if (!begun) for (const text of textsOf(response.output)) say(text);
      endMessage();
      // The SDK's two types for usage differ only in how they spell "absent".
      const usage = new Usage(response.usage as ConstructorParameters<typeof Usage>[0]);
      turn.onUsage(usage.inputTokens, usage.outputTokens);
      return { usage, responseId: response.id, output: withOwnCallIds(response.output, turn.callIds) };
    },
  };
}

function textsOf(output: ModelResponse["output"]): readonly string[] {
  const texts: string[] = [];
  for (const item of output) {
    if (item.type !== "message" || item.role !== "assistant") continue;
    for (const part of item.content) if (part.type === "output_text") texts.push(part.text);
  }
  return texts;
}

function withOwnCallIds(output: ModelResponse["output"], taken: Set<string>): ModelResponse["output"] {
  return output.map((item) => {
    if (item.type !== "function_call") return item;
    const callId =
      item.callId === "" || taken.has(item.callId) ? `call_${randomUUID().replaceAll("-", "")}` : item.callId;
    taken.add(callId);
    return callId === item.callId ? item : { ...item, callId };
  });
}
