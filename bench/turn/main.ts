import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { alone, compared } from "../harness/compared.ts";
import type { CustomerCommands } from "../harness/customers.ts";
import { dataFolder } from "../harness/data-folder.ts";
import type { ModelCommands } from "../harness/model.ts";
import { startPlatform } from "../harness/platform.ts";
import { startProgram, type Program } from "../harness/program.ts";
import { publish } from "../harness/publish.ts";
import { interleave } from "../harness/rounds.ts";
import { median, summaryOf, type Summary } from "../harness/statistics.ts";

// How much processor time does a text's turn cost? See README.md.

const CUSTOMERS = 24;
/** Fills everybody's window, and lets the program get warm. */
const WARM_TURNS = 20;
const TURNS = 40;
const WINDOW_TURNS = 10;
/** What a turn leaves to be done after its reply is done in this time, and counted. */
const TRAILING_MS = 300;

const rounds = await interleave(["whole", "bare", "continuo"], turnsOnce);
const all = [...rounds.whole, ...rounds.bare, ...rounds.continuo];

publish({
  question: "turn",
  figures: [
    compared({ name: "completed turns per processor second", unit: "turns" }, sides(perCpuSecond), { atLeast: 0.7 }),
    compared(
      { name: "completed turns per processor second, against a bare run() that does not stream", unit: "turns" },
      { ours: rounds.continuo.map(perCpuSecond), bare: rounds.whole.map(perCpuSecond) },
      { atLeast: 0.7 },
    ),
    compared(
      { name: "processor time of a turn", unit: "ms" },
      sides((round) => round.cpuMs / round.turns),
    ),
    compared(
      { name: `text to reply with ${CUSTOMERS} customers at once, p50`, unit: "ms" },
      sides((round) => round.latency.p50),
    ),
    compared(
      { name: "completed turns per second", unit: "turns" },
      sides((round) => round.turns / round.seconds),
    ),
    alone(
      { name: "bytes to the disk of a turn", unit: "KiB" },
      rounds.continuo.map((round) => round.writtenBytes / round.turns / 1024),
    ),
  ],
  notes: [
    `customers' event loop: late by ${Math.max(...all.map((round) => round.lag.p99)).toFixed(1)} ms at p99 in the worst round, busy ${(Math.max(...all.map((round) => round.lag.busy)) * 100).toFixed(0)} %`,
    `request to the model: ${rounds.continuo.map((round) => round.requestBytes).join(", ")} bytes (ours), ${rounds.bare.map((round) => round.requestBytes).join(", ")} (bare), median of each round`,
  ],
  raw: rounds,
});

interface Round {
  readonly turns: number;
  readonly seconds: number;
  readonly cpuMs: number;
  readonly writtenBytes: number;
  readonly latency: Summary;
  readonly requestBytes: number;
  readonly lag: { readonly p99: number; readonly busy: number };
}

function sides(pick: (round: Round) => number): {
  readonly ours: readonly number[];
  readonly bare: readonly number[];
} {
  return { ours: rounds.continuo.map(pick), bare: rounds.bare.map(pick) };
}

function perCpuSecond(round: Round): number {
  return round.turns / (round.cpuMs / 1000);
}

async function turnsOnce(variant: "whole" | "bare" | "continuo"): Promise<Round> {
  using folder = dataFolder();
  await using model = await startProgram<ModelCommands>(path.join(import.meta.dirname, "../harness/model.ts"));
  await model.ask("pace", { firstMs: 0, tokens: 20, gapMs: 0, log: true });
  await using customers = await startProgram<CustomerCommands>(
    path.join(import.meta.dirname, "../harness/customers.ts"),
  );
  const modelUrl = await model.ask("url", undefined);
  const twilioUrl = await customers.ask("twilioUrl", undefined);
  if (variant !== "continuo") {
    await using server = await startProgram(path.join(import.meta.dirname, "bare.ts"), {
      args: [folder.path, modelUrl, twilioUrl, variant],
    });
    return await measure(server, { port: await server.port(), customers, model });
  }
  await using server = await startPlatform({
    dataDir: folder.path,
    modelUrl,
    twilioUrl,
    settings: { MAX_MESSAGE_HISTORY: String(WINDOW_TURNS) },
  });
  return await measure(server, { port: await server.port(), customers, model });
}

async function measure(
  server: Program,
  around: {
    readonly port: number;
    readonly customers: Program<CustomerCommands>;
    readonly model: Program<ModelCommands>;
  },
): Promise<Round> {
  const { port, customers, model } = around;
  await customers.ask("talk", { port, first: 0, customers: CUSTOMERS, turns: WARM_TURNS });
  await pause(TRAILING_MS);
  await model.ask("runs", undefined);
  const before = await server.usage();
  const { seconds, latencies, lag } = await customers.ask("talk", {
    port,
    first: 0,
    customers: CUSTOMERS,
    turns: TURNS,
  });
  await pause(TRAILING_MS);
  const after = await server.usage();
  const runs = await model.ask("runs", undefined);
  return {
    turns: latencies.length,
    seconds,
    cpuMs: after.cpuMs - before.cpuMs,
    writtenBytes: after.writtenBytes - before.writtenBytes,
    latency: summaryOf(latencies),
    requestBytes: median(runs.map((run) => run.requestBytes)),
    lag,
  };
}
