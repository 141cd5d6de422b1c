import path from "node:path";
import { alone, compared } from "../harness/compared.ts";
import { dataFolder } from "../harness/data-folder.ts";
import type { ModelCommands, ModelRun } from "../harness/model.ts";
import { startPlatform } from "../harness/platform.ts";
import { startProgram, type Program } from "../harness/program.ts";
import { publish } from "../harness/publish.ts";
import { interleave } from "../harness/rounds.ts";
import { median, summaryOf, type Summary } from "../harness/statistics.ts";
import type { Exchange, LoadCommands } from "./load.ts";

// How soon does a caller hear something? See README.md.

/** Nobody speaks again in the very moment in which a reply ends. */
const GAP_MS = 15;
const WARM_PROMPTS = 60;
const PROMPTS = 300;
const INTERRUPTIONS = 20;
const SLOW_PROMPTS = 8;
/** What is said before anything is measured: ten turns, twenty items. */
const WINDOW_TURNS = 10;

const rounds = await interleave(["bare", "continuo"], talkOnce);

function of(variant: "bare" | "continuo", pick: (round: Round) => number) {
  return rounds[variant].map(pick);
}
function sides(pick: (round: Round) => number) {
  return { ours: of("continuo", pick), bare: of("bare", pick) };
}

publish({
  question: "voice",
  figures: [
    compared(
      { name: "final prompt to first text frame, p50", unit: "ms" },
      sides((round) => round.first.p50),
      { atMost: 1.5 },
    ),
    compared(
      { name: "final prompt to first text frame, p99", unit: "ms" },
      sides((round) => round.first.p99),
      { atMost: 3 },
    ),
    alone(
      { name: "interrupt to aborted model request, the slowest of a round", unit: "ms" },
      of("continuo", (round) => round.abort.max),
      { atMost: 50 },
    ),
    compared(
      { name: "interrupt to aborted model request, p50", unit: "ms" },
      sides((round) => round.abort.p50),
    ),
    alone(
      { name: "model of 300 ms: final prompt to first text frame, the slowest of a round", unit: "ms" },
      of("continuo", (round) => round.slowFirst.max),
      { atMost: 320 },
    ),
    compared(
      { name: "model of 300 ms: final prompt to first text frame, p50", unit: "ms" },
      sides((round) => round.slowFirst.p50),
    ),
    alone(
      { name: "40 tokens 20 ms apart: last text after the model's last, the slowest of a round", unit: "ms" },
      of("continuo", (round) => round.slowLast.max),
      { atMost: 30 },
    ),
    compared(
      { name: "40 tokens 20 ms apart: last text after the model's last, p50", unit: "ms" },
      sides((round) => round.slowLast.p50),
    ),
  ],
  notes: [
    `caller's event loop: late by ${Math.max(...allRounds().map((round) => round.lag.p99)).toFixed(1)} ms at p99 in the worst round, busy ${(Math.max(...allRounds().map((round) => round.lag.busy)) * 100).toFixed(0)} %`,
    `request to the model: ${of("continuo", (round) => round.requestBytes).join(", ")} bytes (ours), ${of("bare", (round) => round.requestBytes).join(", ")} (bare), median of each round`,
  ],
  raw: rounds,
});

interface Round {
  readonly first: Summary;
  readonly abort: Summary;
  readonly slowFirst: Summary;
  readonly slowLast: Summary;
  readonly requestBytes: number;
  readonly lag: { readonly p99: number; readonly busy: number };
  readonly firstMs: readonly number[];
}

function allRounds(): readonly Round[] {
  return [...rounds.bare, ...rounds.continuo];
}

async function talkOnce(variant: "bare" | "continuo"): Promise<Round> {
  using folder = dataFolder();
  await using model = await startProgram<ModelCommands>(path.join(import.meta.dirname, "../harness/model.ts"));
  await using load = await startProgram<LoadCommands>(path.join(import.meta.dirname, "load.ts"));
  const modelUrl = await model.ask("url", undefined);
  if (variant === "bare") {
    await using server = await startProgram(path.join(import.meta.dirname, "bare.ts"), {
      args: [folder.path, modelUrl],
    });
    await load.ask("connect", `ws://127.0.0.1:${await server.port()}/`);
    return await talk(load, model);
  }
  await using server = await startPlatform({
    dataDir: folder.path,
    modelUrl,
    settings: { MAX_MESSAGE_HISTORY: String(WINDOW_TURNS) },
  });
  await load.ask("ring", await server.port());
  return await talk(load, model);
}

async function talk(load: Program<LoadCommands>, model: Program<ModelCommands>): Promise<Round> {
  await model.ask("pace", { firstMs: 0, tokens: 20, gapMs: 0, log: true });
  await load.ask("talk", { prompts: WARM_PROMPTS, gapMs: GAP_MS });
  await model.ask("runs", undefined);
  const { exchanges, lag } = await load.ask("talk", { prompts: PROMPTS, gapMs: GAP_MS });
  const fast = await model.ask("runs", undefined);
  const firstMs = exchanges.map((each) => each.firstTextAt - each.promptAt);

  await model.ask("pace", { firstMs: 300, tokens: 40, gapMs: 20, log: true });
  const slow = await load.ask("talk", { prompts: SLOW_PROMPTS, gapMs: GAP_MS });
  const paced = await model.ask("runs", undefined);

  await model.ask("pace", { firstMs: 0, tokens: 200, gapMs: 20, log: true });
  const moments = await load.ask("interrupt", { prompts: INTERRUPTIONS, afterFrames: 8, gapMs: 200 });
  const aborted = await model.ask("runs", undefined);

  return {
    first: summaryOf(firstMs),
    abort: summaryOf(moments.map((at, index) => abortAfter(at, aborted[index]))),
    slowFirst: summaryOf(slow.exchanges.map((each) => each.firstTextAt - each.promptAt)),
    slowLast: summaryOf(slow.exchanges.map((each, index) => lastAfter(each, paced[index]))),
    requestBytes: median(fast.map((run) => run.requestBytes)),
    lag,
    firstMs,
  };
}

function abortAfter(at: number, run: ModelRun | undefined): number {
  if (run?.abortedAt === undefined) throw new Error("an interruption did not abort its request");
  return run.abortedAt - at;
}

function lastAfter(exchange: Exchange, run: ModelRun | undefined): number {
  if (run?.lastTokenAt === undefined) throw new Error("the model did not see a request through");
  return exchange.lastTextAt - run.lastTokenAt;
}
