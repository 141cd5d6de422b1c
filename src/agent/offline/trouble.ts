import { outputOf, type Desk } from "./desk.ts";
import type { Line } from "./talk.ts";

/** Help with a device that is under way. */
export interface Trouble {
  /** The article the steps are from. */
  readonly title: string;
  /** The device as the articles call it; undefined when it has no article of its own. */
  readonly device: string | undefined;
  readonly steps: readonly string[];
  /** The number of the step that was given last; 0 before the first. */
  readonly at: number;
  /** Every step was tried. */
  readonly exhausted: boolean;
}

/** What ends the help when the device works again. */
export const solvedMark = "Glad that it works again";
/** What ends the help when the customer wants no more of it. */
export const leftMark = "we leave it there";
/** What is said when no step is left. */
export const exhaustedMark = "Then we have tried all";

/** The steps that stand in an article, without their numbers; empty when it has none. */
export function stepsOf(text: string): readonly string[] {
  return text
    .split(/\bStep \d+:\s*/u)
    .slice(1)
    .map((step) => step.trim());
}

/** The help that is under way; undefined when none is, or when it was closed. */
export function troubleAt(desk: Desk): Trouble | undefined {
  const lines = desk.talk.past;
  for (let index = lines.length - 1; index >= 0; index -= 1) {
    const line = lines[index];
    if (line?.who !== "agent") continue;
    if (line.text.includes(solvedMark) || line.text.includes(leftMark)) return undefined;
    const given = /\bStep (\d+): (.*)/su.exec(line.text);
    if (given === null) continue;
    const step = { number: Number(given[1]), words: given[2] ?? "" };
    const article = articleOf(lines.slice(0, index), step);
    if (article === undefined) continue;
    const exhausted = lines
      .slice(index + 1)
      .some((later) => later.who === "agent" && later.text.includes(exhaustedMark));
    return { ...article, at: step.number, exhausted };
  }
  return undefined;
}

/** The article that a step was read from, which is the newest that has it. What the caller heard of a step is its beginning. */
function articleOf(
  lines: readonly Line[],
  said: { readonly number: number; readonly words: string },
): Pick<Trouble, "title" | "device" | "steps"> | undefined {
  for (const line of lines.toReversed()) {
    for (const passage of outputOf("search_knowledge", line)?.passages ?? []) {
      const steps = stepsOf(passage.text);
      const step = steps[said.number - 1];
      if (step === undefined) continue;
      if (said.words.startsWith(step) || step.startsWith(said.words.trim()))
        return { title: passage.title, device: deviceIn(line.who === "tool" ? line.args : ""), steps };
    }
  }
  return undefined;
}

// Each device as the articles call it, with what people call it.
const devices: readonly (readonly [string, RegExp])[] = [
  ["headphones", /\b(?:head ?phones?|ear ?phones?|ear ?buds?|ear ?pods?|headset)\b/iu],
  ["router", /\b(?:router|modem|wi-?fi|internet)\b/iu],
  ["lamp", /\b(?:lamps?|light ?bulbs?|bulbs?)\b/iu],
  ["charger", /\b(?:chargers?|cables?|power ?banks?)\b/iu],
  [
    "device",
    /\b(?:speakers?|keyboard|mouse|webcam|camera|monitor|screen|tablet|laptop|computer|printer|watch|(?<!\b(?:by|on|over) )(?<!\b(?:on|over) (?:the|my) )phone(?! ?(?:number|call|line|me)\b))\b/iu,
  ],
  ["charger", /\bbatter(?:y|ies)\b/iu],
];

/** The device a text names, as the articles call it. */
export function deviceIn(text: string): string | undefined {
  return devices.find(([, pattern]) => pattern.test(text))?.[0];
}
