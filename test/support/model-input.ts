import type { ModelServer, SeenRequest } from "./model-server.ts";

/** The settings that make a server ask this model. */
export function answeredBy(model: Pick<ModelServer, "url">): Readonly<Record<string, string>> {
  return { OPENAI_API_KEY: "sk-test", OPENAI_BASE_URL: model.url, OPENAI_API: "responses" };
}

/** What a model was given, one line an item: who, then what. */
export function inputOf(request: SeenRequest): readonly string[] {
  const items: readonly Record<string, unknown>[] = request.body.input ?? request.body.messages;
  return items.map((item) => {
    if (item["type"] === "function_call") return `call ${String(item["name"])} ${String(item["arguments"])}`;
    if (item["type"] === "function_call_output") return `result ${textIn(item["output"])}`;
    return `${String(item["role"])} ${textIn(item["content"])}`;
  });
}

/** What the customer said last, as the model was given it. */
export function askedIn(request: SeenRequest): string {
  return (
    inputOf(request)
      .findLast((line) => line.startsWith("user "))
      ?.slice("user ".length) ?? ""
  );
}

/** Everything the customer said, as the model was given it. */
export function saidTo(request: SeenRequest): readonly string[] {
  return inputOf(request).flatMap((line) => (line.startsWith("user ") ? [line.slice("user ".length)] : []));
}

/** What the customer said since the last reply, as the model was given it. */
export function askedSince(request: SeenRequest): readonly string[] {
  const lines = inputOf(request);
  const replied = lines.findLastIndex((line) => line.startsWith("assistant "));
  return lines.slice(replied + 1).flatMap((line) => (line.startsWith("user ") ? [line.slice("user ".length)] : []));
}

/** What a model was asked for: to talk to the customer, to take notes of what was said, or to sum it up. */
export function taskOf({ body }: SeenRequest): "talk" | "notes" | "summary" {
  if (body.stream === true) return "talk";
  return (body.text?.format ?? body.response_format)?.type === "json_schema" ? "notes" : "summary";
}

/** The agent's instructions, as the model was given them by either API. */
export function instructionsOf(request: SeenRequest | undefined): string {
  return String(request?.body.instructions ?? textIn(request?.body.messages?.[0]?.content ?? ""));
}

/** What the model was told is remembered of the customer; nothing where the instructions do not end with it. */
export function rememberedIn(request: SeenRequest | undefined): Readonly<Record<string, unknown>> {
  const last = instructionsOf(request).split("\n").at(-1) ?? "";
  return last.startsWith("{") ? JSON.parse(last) : {};
}

function textIn(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return JSON.stringify(content);
  return content.map((part: unknown) => (isText(part) ? part.text : "")).join("");
}

function isText(part: unknown): part is { readonly text: string } {
  return typeof part === "object" && part !== null && "text" in part && typeof part.text === "string";
}
