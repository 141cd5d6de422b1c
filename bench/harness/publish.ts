import type { Spread } from "./statistics.ts";

/** One figure that was asked for, and what came out. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly ours: Spread;
  readonly bare?: Spread;
  /** Ours by the bare one, round by round. */
  readonly ratio?: Spread;
  /** What the figure must be; absent for one that is only told. */
  readonly limit?: { readonly of: "ours" | "ratio"; readonly atMost?: number; readonly atLeast?: number };
}

/** The answer to one question. */
export interface Answer {
  readonly question: string;
  readonly figures: readonly Figure[];
  /** What else a reader should know, for example how late the load generator was. */
  readonly notes: readonly string[];
  /** Everything that was measured, round by round. */
  readonly raw: unknown;
}

/** Whether a figure is what it must be; undefined where nothing was asked. */
export function verdictOf(figure: Figure): "pass" | "miss" | undefined {
  const { limit } = figure;
  if (limit === undefined) return undefined;
  const value = (limit.of === "ratio" ? figure.ratio : figure.ours)?.median ?? Number.NaN;
  return value <= (limit.atMost ?? Infinity) && value >= (limit.atLeast ?? -Infinity) ? "pass" : "miss";
}

/** The figure's limit in words; empty where there is none. */
export function limitText({ limit, unit }: Figure): string {
  if (limit === undefined) return "";
  const scale = limit.of === "ratio" ? "×" : ` ${unit}`;
  if (limit.atMost !== undefined && limit.atLeast !== undefined)
    return `${limit.atLeast}${scale} to ${limit.atMost}${scale}`;
  return limit.atMost === undefined ? `at least ${limit.atLeast}${scale}` : `at most ${limit.atMost}${scale}`;
}

/** A median with its spread, short. */
export function spreadText(spread: Spread | undefined): string {
  if (spread === undefined) return "";
  return `${short(spread.median)} (${short(spread.min)} to ${short(spread.max)})`;
}

/** Prints an answer and hands it to the program that asked the question. */
export function publish(answer: Answer): void {
  for (const figure of answer.figures) {
    console.log(`${figure.name} [${figure.unit}]`);
    console.log(
      `    ours ${spreadText(figure.ours)}${figure.bare === undefined ? "" : `   bare ${spreadText(figure.bare)}`}`,
    );
    const ratio = figure.ratio === undefined ? "" : `ratio ${spreadText(figure.ratio)}   `;
    const verdict = verdictOf(figure);
    if (ratio !== "" || verdict !== undefined)
      console.log(`    ${ratio}${verdict === undefined ? "" : `${limitText(figure)}: ${verdict.toUpperCase()}`}`);
  }
  for (const note of answer.notes) console.log(`  ${note}`);
  process.send?.(answer);
}

function short(value: number): string {
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString("en");
  return String(Number(value.toPrecision(3)));
}
