/** A streamed answer of the Responses API as text, cut where time passes. */
export interface ResponseEvents {
  readonly head: string;
  readonly tokens: readonly string[];
  readonly tail: string;
  /** The whole answer as JSON, for a client that does not want a stream. */
  readonly whole: string;
}

/** The words of an answer, over and over. */
export const words = ["Your ", "order ", "is ", "on ", "its ", "way ", "and ", "arrives ", "tomorrow ", "morning. "];

/** A whole answer as JSON, for a client that does not want a stream. */
export function wholeResponse(text: string): string {
  return JSON.stringify(responseOf(text, text.split(" ").length));
}

/** The events of an answer of so many tokens. They are the same every time: nobody here looks at their ids. */
export function responseEvents(count: number): ResponseEvents {
  const texts = Array.from({ length: count }, (_, index) => words[index % words.length] ?? "");
  const response = responseOf(texts.join(""), count);
  const part = partOf(texts.join(""));
  const place = { item_id: message.id, output_index: 0, content_index: 0 };
  let sequence = 0;
  function event(type: string, fields: object): string {
    sequence += 1;
    return `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence, ...fields })}\n\n`;
  }
  const head =
    event("response.created", { response: { ...base, status: "in_progress", output: [] } }) +
    event("response.output_item.added", { output_index: 0, item: { ...message, status: "in_progress", content: [] } }) +
    event("response.content_part.added", { ...place, part: { ...part, text: "" } });
  const tokens = texts.map((delta) => event("response.output_text.delta", { ...place, delta, logprobs: [] }));
  const tail =
    event("response.output_text.done", { ...place, text: part.text, logprobs: [] }) +
    event("response.content_part.done", { ...place, part }) +
    event("response.output_item.done", { output_index: 0, item: messageOf(part.text) }) +
    event("response.completed", { response });
  return { head, tokens, tail, whole: JSON.stringify(response) };
}

const base = {
  id: "resp_bench",
  object: "response",
  created_at: 1_790_000_000,
  model: "bench",
  parallel_tool_calls: true,
  tool_choice: "auto",
  tools: [],
  error: null,
  incomplete_details: null,
  instructions: null,
  metadata: {},
};
const message = { id: "msg_bench", type: "message", role: "assistant" };

function responseOf(text: string, tokens: number): object {
  const usage = {
    input_tokens: 400,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: tokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 400 + tokens,
  };
  return { ...base, status: "completed", output: [messageOf(text)], usage };
}

function messageOf(text: string): object {
  return { ...message, status: "completed", content: [partOf(text)] };
}

function partOf(text: string) {
  return { type: "output_text", text, annotations: [], logprobs: [] };
}
