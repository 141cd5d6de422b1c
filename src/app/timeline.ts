import type { Entry } from "../core/item.ts";
import type { ChannelName } from "../core/message.ts";
import type { Ledger } from "../core/ports/ledger.ts";

/** One line of a conversation as a person reads it. */
export interface TimelineLine {
  /** Place in the conversation. */
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly who: "customer" | "agent" | "operator" | "tool" | "note";
  /** The channel of the turn; undefined where none is known. */
  readonly channel: ChannelName | undefined;
  /** What was said; of a tool its name and arguments. */
  readonly text: string;
  /** What a tool answered, shortened; undefined while it is not known. */
  readonly result?: string;
  /** How long a tool took, in milliseconds. */
  readonly tookMs?: number;
}

/** The entries of a conversation as lines, each tool call with its result and how long it took. */
export async function timelineOf(
  entries: readonly Entry[],
  ledger: Pick<Ledger, "toolCalls">,
): Promise<readonly TimelineLine[]> {
  const channels = new Map<string, ChannelName>();
  const results = new Map<string, string>();
  for (const { turnId, item } of entries) {
    if (item.kind === "customer" || item.kind === "agent") channels.set(turnId, item.channel);
    if (item.kind === "tool_result") results.set(`${turnId} ${item.callId}`, item.output);
  }
  const withTools = new Set(entries.filter(({ item }) => item.kind === "tool_call").map(({ turnId }) => turnId));
  const calls = (await Promise.all([...withTools].map((turnId) => ledger.toolCalls.ofTurn(turnId)))).flat();
  const took = new Map(
    calls.map((call) => [call.callId, call.finishedAt === undefined ? undefined : call.finishedAt - call.startedAt]),
  );
  const paired = new Set(
    entries
      .filter(({ item }) => item.kind === "tool_call")
      .map(({ turnId, item }) => `${turnId} ${"callId" in item ? item.callId : ""}`),
  );
  return entries.flatMap((entry): readonly TimelineLine[] => {
    const { seq, at, turnId, item } = entry;
    const line = { seq, at, channel: channels.get(turnId) };
    switch (item.kind) {
      case "customer":
        return [{ ...line, who: "customer", text: customerText(item) }];
      case "agent":
        return [{ ...line, who: "agent", text: item.status === "complete" ? item.text : `${item.text} (cut off)` }];
      case "operator":
        return [{ ...line, who: "operator", text: item.text }];
      case "tool_call": {
        const tookMs = took.get(item.callId);
        const result = results.get(`${turnId} ${item.callId}`);
        return [
          {
            ...line,
            who: "tool",
            text: `${item.tool} ${argumentsIn(item.arguments)}`.trim(),
            ...(result === undefined ? {} : { result: short(result) }),
            ...(tookMs === undefined ? {} : { tookMs }),
          },
        ];
      }
      case "tool_result":
        if (paired.has(`${turnId} ${item.callId}`)) return [];
        return [{ ...line, who: "tool", text: item.tool, result: short(item.output) }];
      case "note":
        return [{ ...line, who: "note", text: item.text }];
      case "session":
        return [{ ...line, who: "note", text: "a new session begins" }];
      case "heard":
        return [
          {
            ...line,
            who: "note",
            text:
              item.text === ""
                ? "interrupted before anything was heard"
                : `interrupted: the caller heard "${item.text}"`,
          },
        ];
      case "delivery":
        return [
          {
            ...line,
            who: "note",
            text: `the reply did not arrive: ${item.status}${item.code === undefined ? "" : ` (${item.code})`}`,
          },
        ];
    }
  });
}

function customerText(item: Extract<Entry["item"], { kind: "customer" }>): string {
  const words = item.keys === true ? `pressed ${item.text}` : item.text;
  const media = item.media ?? [];
  return media.length === 0 ? words : `${words} [${media.join(", ")}]`.trim();
}

/** The arguments of a call as `name: value`, or as they are when they are no object. */
function argumentsIn(json: string): string {
  try {
    const read: unknown = JSON.parse(json);
    if (typeof read !== "object" || read === null) return json;
    return Object.entries(read)
      .map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`)
      .join(", ");
  } catch (error) {
    if (error instanceof SyntaxError) return json;
    throw error;
  }
}

function short(text: string): string {
  const line = text.replace(/\s+/gu, " ");
  return line.length > 100 ? `${line.slice(0, 99)}…` : line;
}
