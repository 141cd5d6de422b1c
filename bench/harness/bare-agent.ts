import { Agent, OpenAIResponsesModel, Runner, setTracingDisabled, tool, type AgentInputItem } from "@openai/agents";
import OpenAI from "openai";
import { agent as definition } from "../../src/agent/agents/customer-support.ts";
import { instructionsFor } from "../../src/agent/instructions.ts";
import type { ChannelName } from "../../src/core/message.ts";

/** The bare SDK with one agent. Both ways resolve with all the words of an answer. */
export interface BareAgent {
  /** `onDelta` gets the words as they come. */
  stream(items: AgentInputItem[], onDelta: (delta: string) => void, signal?: AbortSignal): Promise<string>;
  whole(items: AgentInputItem[]): Promise<string>;
}

/** The SDK as its documentation shows it: one agent with the same instructions and the same tools, and nothing of ours around it. */
export function bareAgent(modelUrl: string, channel: ChannelName): BareAgent {
  setTracingDisabled(true);
  const client = new OpenAI({ apiKey: "sk-bench", baseURL: modelUrl, maxRetries: 0 });
  const agent = new Agent({
    name: definition.name,
    instructions: instructionsFor(definition, { channel, now: Date.now() }),
    tools: definition.tools.map((each) =>
      tool({
        name: each.name,
        description: each.description,
        parameters: each.parameters,
        strict: true,
        execute: () => Promise.resolve("{}"),
      }),
    ),
    model: new OpenAIResponsesModel(client, "bench"),
    modelSettings: { store: false },
  });
  const runner = new Runner({ tracingDisabled: true });
  return {
    async stream(items, onDelta, signal) {
      const result = await runner.run(agent, items, { stream: true, ...(signal === undefined ? {} : { signal }) });
      let text = "";
      for await (const event of result) {
        if (event.type !== "raw_model_stream_event" || event.data.type !== "output_text_delta") continue;
        text += event.data.delta;
        onDelta(event.data.delta);
      }
      await result.completed;
      return text;
    },
    async whole(items) {
      const result = await runner.run(agent, items);
      return String(result.finalOutput);
    },
  };
}

/** What the customer said, as the model takes it. */
export function customerItem(text: string): AgentInputItem {
  return { type: "message", role: "user", content: text };
}

/** What the agent said, as the model takes it. */
export function agentItem(text: string): AgentInputItem {
  return { type: "message", role: "assistant", status: "completed", content: [{ type: "output_text", text }] };
}
