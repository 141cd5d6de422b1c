import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { limitText, spreadText, verdictOf, type Answer, type Figure } from "./publish.ts";

/** The figures of one question, with where and when they were measured. */
interface Kept {
  readonly question: string;
  readonly date: string;
  readonly machine: string;
  readonly rounds: number;
  readonly figures: readonly Figure[];
  readonly notes: readonly string[];
}

const bench = path.join(import.meta.dirname, "..");
const folder = path.join(bench, "results");
const latestFile = path.join(folder, "latest.json");

/** Keeps an answer: all raw numbers by date, its figures in `results/latest.json`, and the table in `RESULTS.md`. */
export function keep(answer: Answer, date: string): void {
  mkdirSync(folder, { recursive: true });
  const { question, figures, notes, raw } = answer;
  const kept: Kept = {
    question,
    date,
    machine: machine(),
    rounds: figures[0]?.ours.rounds.length ?? 0,
    figures,
    notes,
  };
  writeFileSync(path.join(folder, `${date}-${question}.json`), `${JSON.stringify({ ...kept, raw })}\n`);
  const latest = [...read().filter((other) => other.question !== question), kept].toSorted((a, b) =>
    a.question.localeCompare(b.question),
  );
  writeFileSync(latestFile, `${JSON.stringify(latest, undefined, 2)}\n`);
  writeFileSync(path.join(bench, "RESULTS.md"), table(latest));
}

function read(): readonly Kept[] {
  // This program wrote the file itself, from this type.
  return existsSync(latestFile) ? (JSON.parse(readFileSync(latestFile, "utf8")) as readonly Kept[]) : [];
}

function machine(): string {
  const cpus = os.cpus();
  const memory = Math.round(os.totalmem() / 2 ** 30);
  return `${cpus.length} × ${cpus[0]?.model.trim() ?? "unknown processor"}, ${memory} GiB, ${os.type()} ${os.release()}, Node ${process.versions.node}`;
}

function table(latest: readonly Kept[]): string {
  const sections = latest.map(({ question, date, machine: where, rounds, figures, notes }) =>
    [
      `## ${question}`,
      `${date}, ${where}. ${rounds} rounds, each variant in a fresh process, in an order that turns around each round. Method: [${question}/README.md](${question}/README.md).`,
      `| figure | unit | Continuo | bare | ratio | wanted | |\n|---|---|---|---|---|---|---|\n${figures.map(row).join("\n")}`,
      notes.map((note) => `- ${note}`).join("\n"),
    ].join("\n\n"),
  );
  return `# What was measured\n\nMedians over the rounds, in brackets the lowest and the highest round. Written by \`npm run bench\`; the raw numbers are in \`results/\`.\n\n${sections.join("\n\n")}\n`;
}

function row(figure: Figure): string {
  const cells = [
    figure.name,
    figure.unit,
    spreadText(figure.ours),
    spreadText(figure.bare),
    spreadText(figure.ratio),
    limitText(figure),
    verdictOf(figure) ?? "",
  ];
  return `| ${cells.join(" | ")} |`;
}
