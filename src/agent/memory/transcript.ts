import type { Entry } from "../../core/item.ts";
import { clipped } from "../../core/memory-bounds.ts";
import { projectWindow } from "../../core/window.ts";

/** One thing that was said, as a model is shown it. */
export interface SpokenLine {
  /** Place of the entry. */
  readonly seq: number;
  readonly who: "customer" | "agent" | "colleague";
  readonly text: string;
}

const MOST_LINE_CHARS = 1_500;
const MOST_TOOL_CHARS = 400;

/** What people said, with the places. What tools returned is left out: notes of others are not what the customer told. */
export function spokenLines(entries: readonly Entry[]): readonly SpokenLine[] {
  const lines: SpokenLine[] = [];
  for (const { seq, item } of entries) {
    if (item.kind !== "customer" && item.kind !== "agent" && item.kind !== "operator") continue;
    const text = clipped(item.text, MOST_LINE_CHARS);
    if (text !== "") lines.push({ seq, who: item.kind === "operator" ? "colleague" : item.kind, text });
  }
  return lines;
}

/** Everything that was said and done, as it reached people, one line of JSON each. */
export function transcript(entries: readonly Entry[]): string {
  const lines = projectWindow(entries).flatMap((item): readonly object[] => {
    switch (item.kind) {
      case "customer":
        return [{ who: "customer", by: item.channel, text: clipped(item.text, MOST_LINE_CHARS) }];
      case "agent":
        return [
          {
            who: "agent",
            text: clipped(item.text, MOST_LINE_CHARS),
            ...(item.fate === "said" ? {} : { fate: item.fate }),
          },
        ];
      case "operator":
        return [{ who: "colleague", text: clipped(item.text, MOST_LINE_CHARS) }];
      case "tool_call":
        return [{ who: "agent", used: item.tool, with: clipped(item.arguments, MOST_TOOL_CHARS) }];
      case "tool_result":
        return [{ who: "tool", tool: item.tool, returned: clipped(item.output, MOST_TOOL_CHARS) }];
      case "note":
        return [{ who: "platform", text: clipped(item.text, MOST_TOOL_CHARS) }];
    }
  });
  return lines.map((line) => JSON.stringify(line)).join("\n");
}
