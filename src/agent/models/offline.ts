import { randomUUID } from "node:crypto";
import { Usage, type Model, type ModelRequest, type StreamEvent } from "@openai/agents";
import { readMemoryBlock } from "../memory/memory-block.ts";
import { notOpened, onlyAttachment, withoutAttachments } from "../offline/attachments.ts";
import { plan } from "../offline/plan.ts";
import { say, type Step } from "../offline/step.ts";
import { readTalk } from "../offline/talk.ts";
import type { Models } from "./models.ts";

type Output = Extract<StreamEvent, { type: "response_done" }>["response"]["output"];

/** The models of an installation without a key: one stand-in, which is no language model and says so. */
export function offlineModels(): Models {
  const model = offlineModel();
  return {
    name: "offline (rule-based stand-in, not a language model)",
    offline: true,
    get: () => ({ model, settings: {} }),
  };
}

/** A model of rules: it really calls tools, words its answers from their results, and streams them. It makes no request to anybody. */
export function offlineModel(): Model {
  return {
    getResponse: (request) => Promise.resolve({ usage: new Usage({ requests: 1 }), output: outputFor(request) }),
    async *getStreamedResponse(request): AsyncIterable<StreamEvent> {
      request.signal?.throwIfAborted();
      yield { type: "response_started" };
      const output = outputFor(request);
      for (const item of output) {
        const text = item.type === "message" && item.role === "assistant" ? item.content[0] : undefined;
        if (text?.type !== "output_text") continue;
        for (const [token] of text.text.matchAll(/\s*\S+/gu)) yield { type: "output_text_delta", delta: token };
      }
      yield {
        type: "response_done",
        response: {
          id: `resp_${randomUUID()}`,
          output,
          usage: { requests: 1, inputTokens: 0, outputTokens: 0, totalTokens: 0 },
        },
      };
    },
  };
}

/** What came along and cannot be opened is declined; the words beside it are answered. */
function stepOf(request: ModelRequest, tools: ReadonlySet<string>): Step {
  const { talk, attached } = withoutAttachments(readTalk(request.input));
  if (attached && talk.words === "") return say(onlyAttachment);
  const step = plan({ talk, tools, known: readMemoryBlock(request.systemInstructions ?? "") });
  return attached && step.kind === "say" ? say(`${notOpened} ${step.text}`) : step;
}

function outputFor(request: ModelRequest): Output {
  const tools = new Set(request.tools.flatMap((tool) => (tool.type === "function" ? [tool.name] : [])));
  const step = stepOf(request, tools);
  if (step.kind === "say") {
    return [
      { type: "message", role: "assistant", status: "completed", content: [{ type: "output_text", text: step.text }] },
    ];
  }
  return step.calls.map(({ tool, args }) => ({
    type: "function_call",
    callId: `call_${randomUUID().replaceAll("-", "")}`,
    name: tool,
    arguments: JSON.stringify(args),
    status: "completed",
  }));
}
