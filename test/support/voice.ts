import type { PhoneCall, SeenFrame } from "../../src/simulator/call.ts";
import type { ModelServer, SeenRequest } from "./model-server.ts";

/** The settings that make a server ask this model. */
export function answeredBy(model: ModelServer): Readonly<Record<string, string>> {
  return { OPENAI_API_KEY: "sk-test", OPENAI_BASE_URL: model.url };
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

/** A sentence as a model streams it: a word at a time, each but the first with its space before it. */
export function tokensOf(sentence: string): readonly string[] {
  return sentence.split(/(?=\s)/u);
}

/** The text frames that the server sent on a call, in order. */
export function spokenOn(call: PhoneCall): readonly SeenFrame[] {
  return call.frames.entries.filter(({ direction, frame }) => direction === "out" && frame["type"] === "text");
}

/** Everything that the server said on a call, one entry a finished stretch. */
export function saidOn(call: PhoneCall): readonly string[] {
  const said: string[] = [];
  let open = "";
  for (const { frame } of spokenOn(call)) {
    open += String(frame["token"]);
    if (frame["last"] !== true) continue;
    said.push(open);
    open = "";
  }
  return open === "" ? said : [...said, open];
}

/** Waits for the next frame of a type in a direction, from now on or from a place in the journal. */
export function frameOf(
  call: PhoneCall,
  wanted: { readonly direction: SeenFrame["direction"]; readonly type: string; readonly from?: number },
): Promise<SeenFrame> {
  return call.frames.wait(({ direction, frame }) => direction === wanted.direction && frame["type"] === wanted.type, {
    from: wanted.from ?? call.frames.entries.length,
    what: `a frame ${wanted.type}`,
  });
}

/** Milliseconds since 1970 of a moment that was taken by `performance.now()`. */
export function wallTime(at: number): number {
  return performance.timeOrigin + at;
}

function textIn(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return JSON.stringify(content);
  return content.map((part: unknown) => (isText(part) ? part.text : "")).join("");
}

function isText(part: unknown): part is { readonly text: string } {
  return typeof part === "object" && part !== null && "text" in part && typeof part.text === "string";
}
