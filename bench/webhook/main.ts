import path from "node:path";
import { compared } from "../harness/compared.ts";
import { dataFolder } from "../harness/data-folder.ts";
import type { ModelCommands } from "../harness/model.ts";
import { startPlatform } from "../harness/platform.ts";
import { startProgram, type Program } from "../harness/program.ts";
import { publish, type Figure } from "../harness/publish.ts";
import { interleave } from "../harness/rounds.ts";
import { summaryOf, type Summary } from "../harness/statistics.ts";
import type { Load, LoadCommands } from "./load.ts";

// How fast is a text acknowledged? See README.md.

const CLOSED = { warmMs: 1_500, measureMs: 3_000, numbers: 2_000 } as const;
const CONNECTIONS = [16, 64] as const;
// Longer than the slow model takes, so that replies are being made all through what is measured.
const STEADY = { perSecond: 50, warmMs: 6_000, measureMs: 12_000, numbers: 1_000 } as const;

/** Stands where a round has no such run; every round has all. */
const nothing: Measured = {
  perSecond: 0,
  latency: summaryOf([]),
  lag: { p50: 0, p99: 0, max: 0, busy: 0 },
  replies: 0,
};

const flood = await interleave(["bare", "continuo"], async (variant) => {
  const results = new Map<number, Measured>();
  for (const connections of CONNECTIONS) {
    results.set(connections, await floodOnce(variant, connections));
  }
  return results;
});
const steady = await interleave(["instant", "slow"], steadyOnce);

const figures: Figure[] = [];
for (const connections of CONNECTIONS) {
  function of(variant: "bare" | "continuo", pick: (measured: Measured) => number) {
    return flood[variant].map((round) => pick(round.get(connections) ?? nothing));
  }
  const perSecond = { ours: of("continuo", (run) => run.perSecond), bare: of("bare", (run) => run.perSecond) };
  const p50 = { ours: of("continuo", (run) => run.latency.p50), bare: of("bare", (run) => run.latency.p50) };
  const p99 = { ours: of("continuo", (run) => run.latency.p99), bare: of("bare", (run) => run.latency.p99) };
  figures.push(
    compared({ name: `texts acknowledged, ${connections} connections`, unit: "a second" }, perSecond, { atLeast: 0.6 }),
    compared({ name: `acknowledgement p50, ${connections} connections`, unit: "ms" }, p50),
    compared({ name: `acknowledgement p99, ${connections} connections`, unit: "ms" }, p99, { atMost: 3 }),
  );
}
figures.push(
  compared(
    {
      name: "acknowledgement p50 at 50 texts a second: a model of 5 s (ours) against an instant one (bare)",
      unit: "ms",
    },
    { ours: steadyOf("slow", (latency) => latency.p50), bare: steadyOf("instant", (latency) => latency.p50) },
    { atMost: 1.2 },
  ),
  compared(
    {
      name: "acknowledgement p99 at 50 texts a second: a model of 5 s (ours) against an instant one (bare)",
      unit: "ms",
    },
    { ours: steadyOf("slow", (latency) => latency.p99), bare: steadyOf("instant", (latency) => latency.p99) },
    { atMost: 2 },
  ),
);

publish({
  question: "webhook",
  figures,
  notes: [
    ...CONNECTIONS.map((connections) =>
      lagNote(
        `${connections} connections`,
        [...flood.bare, ...flood.continuo].map((round) => round.get(connections) ?? nothing),
      ),
    ),
    lagNote("50 a second", [...steady.instant, ...steady.slow]),
    `replies that were sent while 50 a second came in: ${steady.instant.map((run) => run.replies).join(", ")} (instant), ${steady.slow.map((run) => run.replies).join(", ")} (slow)`,
  ],
  raw: {
    flood: CONNECTIONS.map((connections) => ({
      connections,
      bare: flood.bare.map((round) => round.get(connections)),
      continuo: flood.continuo.map((round) => round.get(connections)),
    })),
    steady,
  },
});

interface Measured {
  readonly perSecond: number;
  readonly latency: Summary;
  readonly lag: Load["lag"];
  readonly replies: number;
}

async function floodOnce(variant: "bare" | "continuo", connections: number): Promise<Measured> {
  using folder = dataFolder();
  await using load = await startProgram<LoadCommands>(path.join(import.meta.dirname, "load.ts"));
  if (variant === "bare") {
    await using server = await startProgram(path.join(import.meta.dirname, "bare.ts"), {
      args: [folder.path],
    });
    return measured(await load.ask("closed", { ...CLOSED, connections, port: await server.port() }), 0);
  }
  // The quiet time after a text is longer than the measurement: nothing is answered, only acknowledged.
  await using server = await startPlatform({
    dataDir: folder.path,
    modelUrl: "http://127.0.0.1:9/v1",
    settings: { BURST_WINDOW_MS: "60000" },
  });
  return measured(await load.ask("closed", { ...CLOSED, connections, port: await server.port() }), 0);
}

async function steadyOnce(variant: "instant" | "slow"): Promise<Measured> {
  using folder = dataFolder();
  await using model = await startModel();
  await model.ask("pace", { firstMs: variant === "slow" ? 5_000 : 0, tokens: 20, gapMs: 0, log: false });
  await using load = await startProgram<LoadCommands>(path.join(import.meta.dirname, "load.ts"));
  await using server = await startPlatform({
    dataDir: folder.path,
    modelUrl: await model.ask("url", undefined),
    twilioUrl: await load.ask("twilioUrl", undefined),
  });
  const result = await load.ask("steady", { ...STEADY, port: await server.port() });
  return measured(result, await load.ask("replies", undefined));
}

function startModel(): Promise<Program<ModelCommands>> {
  return startProgram<ModelCommands>(path.join(import.meta.dirname, "../harness/model.ts"));
}

function measured(load: Load, replies: number): Measured {
  return {
    perSecond: load.latencies.length / load.seconds,
    latency: summaryOf(load.latencies),
    lag: load.lag,
    replies,
  };
}

function lagNote(what: string, runs: readonly Measured[]): string {
  function worst(pick: (lag: Load["lag"]) => number) {
    return Math.max(...runs.map((run) => pick(run.lag)));
  }
  return `load generator at ${what}: late by ${worst((lag) => lag.p50).toFixed(1)} ms at p50 and ${worst((lag) => lag.p99).toFixed(1)} ms at p99, busy ${(worst((lag) => lag.busy) * 100).toFixed(0)} % (each the worst round)`;
}

function steadyOf(variant: "instant" | "slow", pick: (latency: Summary) => number): readonly number[] {
  return steady[variant].map((run) => pick(run.latency));
}
