import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { alone } from "../harness/compared.ts";
import { dataFolder } from "../harness/data-folder.ts";
import { startPlatform } from "../harness/platform.ts";
import type { Usage } from "../harness/probe.ts";
import { startProgram, type Program } from "../harness/program.ts";
import { publish } from "../harness/publish.ts";
import { interleave } from "../harness/rounds.ts";
import { spreadOf } from "../harness/statistics.ts";
import type { LoadCommands } from "./load.ts";

// How much memory does a call take on which nobody speaks? See README.md.

const CALLS = 2_000;
/** Before, so that what is loaded and compiled once is not counted as the calls'. */
const WARM_CALLS = 200;
/** The ledger and the collector come to rest. */
const REST_MS = 2_500;

/** Stands where a round has no such run; every round has all. */
const nothing: Round = { heapUsed: 0, external: 0, rss: 0, lost: 0 };

const rounds = await interleave(["bare", "continuo"], idleOnce);

function over(pick: (round: Round) => number) {
  return rounds.continuo.map((round, index) => pick(round) - pick(rounds.bare[index] ?? nothing));
}
function each(pick: (round: Round) => number) {
  return {
    ours: spreadOf(rounds.continuo.map(pick)),
    bare: spreadOf(rounds.bare.map(pick)),
  };
}
function managed(round: Round) {
  return (round.heapUsed + round.external) / 1024;
}
function resident(round: Round) {
  return round.rss / 1024;
}

publish({
  question: "idle-calls",
  figures: [
    alone({ name: "heap and external memory of an idle call, over bare ws", unit: "KiB" }, over(managed), {
      atMost: 16,
    }),
    alone({ name: "resident memory of an idle call, over bare ws", unit: "KiB" }, over(resident)),
    { name: "heap and external memory of an idle call", unit: "KiB", ...each(managed) },
    { name: "resident memory of an idle call", unit: "KiB", ...each(resident) },
  ],
  notes: [
    `${CALLS} calls, counted after ${WARM_CALLS} others; dropped by the server: ${rounds.continuo.map((round) => round.lost).join(", ")}`,
  ],
  raw: rounds,
});

/** What one call takes, in bytes. */
interface Round extends Pick<Usage, "heapUsed" | "external" | "rss"> {
  readonly lost: number;
}

async function idleOnce(variant: "bare" | "continuo"): Promise<Round> {
  using folder = dataFolder();
  await using load = await startProgram<LoadCommands>(path.join(import.meta.dirname, "load.ts"));
  if (variant === "bare") {
    await using server = await startProgram(path.join(import.meta.dirname, "bare.ts"), {
      execArgv: ["--expose-gc"],
    });
    const url = `ws://127.0.0.1:${await server.port()}/`;
    return await measure({ server, load, connect: (calls) => load.ask("connect", { url, calls }) });
  }
  await using server = await startPlatform({
    dataDir: folder.path,
    modelUrl: "http://127.0.0.1:9/v1",
    execArgv: ["--expose-gc"],
  });
  const port = await server.port();
  return await measure({ server, load, connect: (calls) => load.ask("ring", { port, calls }) });
}

async function measure(run: {
  readonly server: Program;
  readonly load: Program<LoadCommands>;
  readonly connect: (calls: number) => Promise<void>;
}): Promise<Round> {
  await run.connect(WARM_CALLS);
  await pause(REST_MS);
  const before = await run.server.usage({ collect: true });
  await run.connect(CALLS);
  await pause(REST_MS);
  const after = await run.server.usage({ collect: true });
  const { lost } = await run.load.ask("standing", undefined);
  return {
    heapUsed: (after.heapUsed - before.heapUsed) / CALLS,
    external: (after.external - before.external) / CALLS,
    rss: (after.rss - before.rss) / CALLS,
    lost,
  };
}
