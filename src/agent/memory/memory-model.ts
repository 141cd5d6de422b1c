import { digest } from "../../core/digest.ts";
import { ContinuoError } from "../../core/errors.ts";
import { clipped, MOST_SUMMARY_CHARS } from "../../core/memory-bounds.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { MemoryModel } from "../../core/ports/memory-model.ts";
import type { AgentDefinition } from "../define-agent.ts";
import type { Models } from "../models/models.ts";
import type { AgentRegistry } from "../registry.ts";
import { ask, type Question } from "./ask.ts";
import { entitySchemaOf } from "./entity-schema.ts";
import { extractByRules } from "./extract-by-rules.ts";
import { extractionInstructions, extractionSchema, summaryInstructions } from "./prompts.ts";
import { readExtraction } from "./read-extraction.ts";
import { spokenLines, transcript } from "./transcript.ts";

/** What makes memory. */
export interface MemoryModelOptions {
  readonly registry: Pick<AgentRegistry, "getDefault" | "get">;
  readonly models: Models;
  readonly clock: Clock;
  /** Longest time for one question, in milliseconds. Default: 20,000. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 20_000;

/** Memory made by the agents' own models, one request each; without a model, by rules. */
export function memoryModel(options: MemoryModelOptions): MemoryModel {
  const { registry, models, clock, timeoutMs = TIMEOUT_MS } = options;

  function agentOf(name: string | undefined): Promise<AgentDefinition> {
    return name === undefined ? registry.getDefault() : registry.get(name);
  }

  function answer(definition: AgentDefinition, question: Question, signal: AbortSignal): Promise<string> {
    return ask(question, { ...models.get(definition.model), clock, timeoutMs, signal });
  }

  return {
    async summarise({ agent, earlier, entries }, signal) {
      if (models.offline) return digest(entries, { earlier });
      const input = `${JSON.stringify({ notes_so_far: earlier })}\n${transcript(entries)}`;
      const text = await answer(await agentOf(agent), { instructions: summaryInstructions, input }, signal);
      if (text.trim() === "") throw new ContinuoError("model_unavailable", "the model gave an empty summary");
      return clipped(text, MOST_SUMMARY_CHARS);
    },
    async extract(request, signal) {
      const definition = await agentOf(request.agent);
      const schema = entitySchemaOf(definition.entities);
      if (models.offline) return extractByRules(request.entries, schema);
      const { known } = request;
      const question: Question = {
        instructions: extractionInstructions(schema),
        input: JSON.stringify({
          known: {
            entities: Object.fromEntries(known.entities.map(({ name, value }) => [name, value])),
            facts: known.facts.map(({ about, content }) => ({ about, content })),
            intent: known.intent?.name ?? null,
          },
          lines: spokenLines(request.entries),
        }),
        schema: { name: "notes", properties: extractionSchema(schema) },
      };
      return readExtraction(await answer(definition, question, signal), schema, request);
    },
  };
}
