import { wholeResponse, words } from "./response-events.ts";

/** As long as a summary may be. */
const SUMMARY_CHARS = 1_200;
const summary = wholeResponse(words.join("").repeat(SUMMARY_CHARS).slice(0, SUMMARY_CHARS).trim());

/** What a model answers that is asked for a summary, or for notes of what was said; undefined for any other question. */
export function memoryAnswer(body: Buffer): string | undefined {
  if (body.includes('"stream":true')) return undefined;
  if (body.includes("notes_so_far")) return summary;
  if (!body.includes('"json_schema"')) return undefined;
  const seq = [...body.toString("utf8").matchAll(/\\"seq\\":(\d+),\\"who\\":\\"customer\\"/gu)].at(-1)?.[1];
  return wholeResponse(JSON.stringify(notesOf(Number(seq))));
}

/** The customers of the benchmarks always say the same. */
function notesOf(seq: number): object {
  const noted = { confidence: 0.9, seq };
  return {
    entities: { order_number: { value: "ORD_12345", ...noted }, issue_type: { value: "tracking", ...noted } },
    facts: [
      {
        type: "preference",
        about: "channel",
        content: "Prefers to be answered by text.",
        expires_in_days: null,
        ...noted,
      },
    ],
    intent: { name: "tracking", topic: "where an order is", confidence: 0.9 },
  };
}
