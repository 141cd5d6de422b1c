import { outputOf, type Desk } from "./desk.ts";
import type { Line } from "./talk.ts";

/** Help with a device that is under way: the article, its steps, and how many were given. */
export interface Trouble {
  readonly title: string;
  readonly steps: readonly string[];
  readonly given: number;
}

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
  const start = lines.findLastIndex((line) => articleIn(line) !== undefined);
  const article = lines[start] === undefined ? undefined : articleIn(lines[start]);
  if (article === undefined) return undefined;
  let given = 0;
  for (const line of lines.slice(start + 1)) {
    if (line.who !== "agent") continue;
    if (line.text.includes("Glad that it works")) return undefined;
    for (const match of line.text.matchAll(/\bstep (\d+)(?=[:,])/giu)) given = Math.max(given, Number(match[1]));
  }
  return given === 0 ? undefined : { ...article, given };
}

/** The article with steps that a search found, if the best hit is one. */
export function articleIn(line: Line): { readonly title: string; readonly steps: readonly string[] } | undefined {
  const found = outputOf("search_knowledge", line)?.passages.find((passage) => stepsOf(passage.text).length > 0);
  return found === undefined ? undefined : { title: found.title, steps: stepsOf(found.text) };
}

const devices =
  /\b(headphones?|earphones?|earbuds?|headset|router|modem|wi-?fi|internet|lamp|light ?bulb|charger|cable|battery|speaker|keyboard|mouse|webcam|camera|monitor|tablet|phone|laptop)\b/iu;

/** The device a text names. */
export function deviceIn(text: string): string | undefined {
  return devices.exec(text)?.[1]?.toLowerCase();
}
