import { randomUUID } from "node:crypto";

/** An answer in one piece, as a server gives it to whoever does not ask for a stream. */
export function wholeAnswer(path: string, text: string): object {
  return path.endsWith("/chat/completions") ? completion(text) : response(text);
}

function response(text: string): object {
  return {
    id: `resp_${randomUUID()}`,
    object: "response",
    created_at: 1_700_000_000,
    model: "model",
    status: "completed",
    error: null,
    incomplete_details: null,
    parallel_tool_calls: true,
    tool_choice: "auto",
    tools: [],
    output: [
      {
        id: `msg_${randomUUID()}`,
        type: "message",
        role: "assistant",
        status: "completed",
        content: [{ type: "output_text", text, annotations: [], logprobs: [] }],
      },
    ],
    usage: {
      input_tokens: 10,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 5,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 15,
    },
  };
}

function completion(text: string): object {
  return {
    id: `chatcmpl-${randomUUID()}`,
    object: "chat.completion",
    created: 1_700_000_000,
    model: "model",
    choices: [{ index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" }],
    usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
  };
}
