import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { alone } from "../harness/compared.ts";
import type { CustomerCommands } from "../harness/customers.ts";
import { dataFolder } from "../harness/data-folder.ts";
import type { ModelCommands } from "../harness/model.ts";
import { startPlatform } from "../harness/platform.ts";
import { startProgram, type Program } from "../harness/program.ts";
import { publish } from "../harness/publish.ts";
import { interleave } from "../harness/rounds.ts";
import { median } from "../harness/statistics.ts";

// Does a turn cost the same when the conversation is long? See README.md.

/** Of other customers, before: what is measured is the conversation's length, not the program's warming up. */
const WARM = { customers: 10, turns: 60 } as const;
const FIRST_TURN = 40;
const LAST_TURN = 1_000;
const STRETCH = 50;
/** The customer who is measured; the others come before. */
const SUBJECT = 5_000;
/** A turn's last commit, which follows its reply, is done in this time. */
const TRAILING_MS = 12;

const rounds = (await interleave(["continuo"], growOnce)).continuo;
function change(pick: (turn: Turn) => number) {
  return rounds.map((turns) => median(turns.slice(-STRETCH).map(pick)) / median(turns.slice(0, STRETCH).map(pick)));
}
function at(place: "first" | "last", pick: (turn: Turn) => number) {
  return rounds.map((turns) => median((place === "first" ? turns.slice(0, STRETCH) : turns.slice(-STRETCH)).map(pick)));
}
function mean(turns: readonly Turn[], pick: (turn: Turn) => number) {
  return turns.reduce((sum, turn) => sum + pick(turn), 0) / turns.length;
}
function written(turn: Turn) {
  return turn.writtenBytes / 1024;
}
function cpu(turn: Turn) {
  return turn.cpuMs;
}

publish({
  question: "growth",
  figures: [
    alone({ name: "bytes written by a turn: from turn 951 to 1,000, by turn 40 to 89", unit: "×" }, change(written), {
      atLeast: 0.9,
      atMost: 1.1,
    }),
    alone({ name: "processor time of a turn: from turn 951 to 1,000, by turn 40 to 89", unit: "×" }, change(cpu), {
      atLeast: 0.8,
      atMost: 1.2,
    }),
    alone({ name: "bytes written by a turn, turn 40 to 89", unit: "KiB" }, at("first", written)),
    alone({ name: "bytes written by a turn, turn 951 to 1,000", unit: "KiB" }, at("last", written)),
    alone({ name: "processor time of a turn, turn 40 to 89", unit: "ms" }, at("first", cpu)),
    alone({ name: "processor time of a turn, turn 951 to 1,000", unit: "ms" }, at("last", cpu)),
  ],
  notes: [
    `bytes written by a turn on average, checkpoints included: ${rounds.map((turns) => mean(turns.slice(0, 320), written).toFixed(0)).join(", ")} KiB in the first third, ${rounds.map((turns) => mean(turns.slice(-320), written).toFixed(0)).join(", ")} KiB in the last`,
  ],
  raw: rounds,
});

interface Turn {
  readonly cpuMs: number;
  readonly writtenBytes: number;
}

async function growOnce(): Promise<readonly Turn[]> {
  using folder = dataFolder();
  await using model = await startProgram<ModelCommands>(path.join(import.meta.dirname, "../harness/model.ts"));
  await using customers = await startProgram<CustomerCommands>(
    path.join(import.meta.dirname, "../harness/customers.ts"),
  );
  await using server = await startPlatform({
    dataDir: folder.path,
    modelUrl: await model.ask("url", undefined),
    twilioUrl: await customers.ask("twilioUrl", undefined),
  });
  const port = await server.port();
  await customers.ask("talk", { port, first: 0, ...WARM });
  await customers.ask("talk", { port, first: SUBJECT, customers: 1, turns: FIRST_TURN - 1 });
  const turns: Turn[] = [];
  for (let turn = FIRST_TURN; turn <= LAST_TURN; turn += 1) {
    turns.push(await oneTurn(server, customers));
  }
  return turns;
}

async function oneTurn(server: Program, customers: Program<CustomerCommands>): Promise<Turn> {
  const before = await server.usage();
  await customers.ask("talk", { port: await server.port(), first: SUBJECT, customers: 1, turns: 1 });
  // The reply is sent; that it was sent is still to be written.
  await pause(TRAILING_MS);
  const after = await server.usage();
  return { cpuMs: after.cpuMs - before.cpuMs, writtenBytes: after.writtenBytes - before.writtenBytes };
}
