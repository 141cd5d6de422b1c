import { styleText } from "node:util";

/** How a line is shown: who or what it tells of. */
export type Tone = "customer" | "agent" | "tool" | "note" | "good" | "bad" | "plain" | "strong";

/** Where text is shown. */
export interface Screen {
  readonly columns: number;
  readonly colours: boolean;
}

const styles: Readonly<Record<Tone, Parameters<typeof styleText>[0]>> = {
  customer: "cyan",
  agent: "green",
  tool: "yellow",
  note: "dim",
  good: "green",
  bad: "red",
  plain: "reset",
  strong: "bold",
};

/** The terminal's width and whether it shows colours. Anything else is 80 columns without. */
export function screenOf(stream: NodeJS.WriteStream): Screen {
  return {
    columns: Math.max(40, Math.min(stream.columns > 0 ? stream.columns : 80, 110)),
    colours: stream.isTTY && stream.hasColors(),
  };
}

/** Text in its tone, or as it is where there are no colours. */
export function toned(screen: Screen, tone: Tone, text: string): string {
  return screen.colours && tone !== "plain" ? styleText(styles[tone], text, { validateStream: false }) : text;
}

/** One row of a conversation, as narrow as the screen. */
export interface Row {
  /** Seconds since the beginning. */
  readonly seconds: number;
  readonly who: string;
  readonly channel: string;
  readonly text: string;
  readonly tone: Tone;
  /** A remark behind the text, such as how long it took. */
  readonly remark?: string;
}

const whoWidth = 7;
const channelWidth = 8;

/** A row in aligned columns: time, who, channel, text. */
export function showRow(screen: Screen, row: Row): string {
  const head = `${row.seconds.toFixed(1).padStart(6)}  ${row.who.padEnd(whoWidth)}  ${row.channel.padEnd(channelWidth)}  `;
  const lines = wrap(row.text, screen.columns - head.length);
  const remark = row.remark === undefined ? "" : ` ${row.remark}`;
  const last = lines.at(-1) ?? "";
  const fits = head.length + last.length + remark.length <= screen.columns;
  const shown = lines.map(
    (line, index) => (index === 0 ? head : " ".repeat(head.length)) + toned(screen, row.tone, line),
  );
  if (remark === "") return shown.join("\n");
  if (fits) return `${shown.join("\n")}${toned(screen, "note", remark)}`;
  return `${shown.join("\n")}\n${" ".repeat(head.length)}${toned(screen, "note", remark.trim())}`;
}

/** Text in lines of at most this many columns, broken at spaces where it can be. Its own line breaks stay. */
export function wrap(text: string, columns: number): readonly string[] {
  const width = Math.max(10, columns);
  return printable(text)
    .split("\n")
    .flatMap((line) => wrapLine(line, width));
}

/** Text without anything that could steer a terminal. */
export function printable(text: string): string {
  return text
    .replace(/\r\n?/gu, "\n")
    .replace(/\p{Cc}/gu, (character) => (character === "\n" ? "\n" : character === "\t" ? " " : ""));
}

/** Two columns, the left one as wide as its widest entry. */
export function showPairs(pairs: readonly (readonly [string, string])[], screen: Screen): string {
  const width = Math.max(...pairs.map(([left]) => left.length));
  return pairs
    .map(([left, right]) => {
      const [first = "", ...rest] = wrap(right, screen.columns - width - 4);
      return [`  ${left.padEnd(width)}  ${first}`, ...rest.map((line) => `${" ".repeat(width + 4)}${line}`)].join("\n");
    })
    .join("\n");
}

/** A length of time as a person says it. */
export function showMs(ms: number): string {
  if (ms < 1) return "under 1 ms";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
}

function wrapLine(line: string, width: number): readonly string[] {
  const lines: string[] = [];
  let current = "";
  for (const word of line.split(" ")) {
    const pieces = word.length <= width ? [word] : (word.match(new RegExp(`.{1,${width}}`, "gu")) ?? []);
    for (const piece of pieces) {
      const joined = current === "" ? piece : `${current} ${piece}`;
      if (joined.length <= width) {
        current = joined;
        continue;
      }
      lines.push(current);
      current = piece;
    }
  }
  return [...lines, current];
}
