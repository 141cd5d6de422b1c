import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { customerNumber } from "../harness/account.ts";
import { alone } from "../harness/compared.ts";
import type { CustomerCommands } from "../harness/customers.ts";
import { dataFolder } from "../harness/data-folder.ts";
import type { ModelCommands } from "../harness/model.ts";
import { startPlatform } from "../harness/platform.ts";
import { startProgram, type Program } from "../harness/program.ts";
import { publish, type Figure } from "../harness/publish.ts";
import { interleave } from "../harness/rounds.ts";
import { median } from "../harness/statistics.ts";

// Does a turn cost the same when the conversation is long? See README.md.

/** Of other customers, before: what is measured is the conversation's length, not the program's warming up. */
const WARM = { customers: 10, turns: 60 } as const;
const FIRST_TURN = 40;
const LAST_TURN = 1_000;
const STRETCH = 50;
/** After so many turns what has left the window is folded into the summary, a quarter of a window at once. */
const PORTION = 5;
/** The customer who is measured; the others come before. */
const SUBJECT = 5_000;
/** A turn's last commit, which follows its reply, is done in this time. */
const TRAILING_MS = 12;
/** And the memory that is made of a turn, in this one. */
const MEMORY_MS = 60;
/** What is left to be remembered after many turns in a row is remembered in this time. */
const CATCH_UP_MS = 3_000;
const KEY = "bench-secret-of-the-operator";

const variants = ["turns alone", "memory by a model", "memory by rules"] as const;
type Variant = (typeof variants)[number];

const rounds = await interleave(variants, growOnce);
const plain = rounds["turns alone"];

publish({
  question: "growth",
  figures: [
    ...figuresOf("a turn", plain, medianOf),
    ...figuresOf("a turn with its memory by a model", rounds["memory by a model"], medianOfPortions),
    ...figuresOf("a turn with its memory by rules", rounds["memory by rules"], medianOfPortions),
  ],
  notes: [
    `bytes written by a turn on average, checkpoints included: ${plain.map(({ first, between }) => meanOf([...first, ...between].slice(0, 320), written).toFixed(0)).join(", ")} KiB in the first third, ${plain.map(({ between, last }) => meanOf([...between, ...last].slice(-320), written).toFixed(0)).join(", ")} KiB in the last`,
  ],
  raw: rounds,
});

interface Turn {
  readonly cpuMs: number;
  readonly writtenBytes: number;
}

/** What a conversation's turns cost: the first stretch, those between that were looked at one by one, and the last stretch. */
interface Grown {
  readonly first: readonly Turn[];
  readonly between: readonly Turn[];
  readonly last: readonly Turn[];
}

type Average = (turns: readonly Turn[], pick: (turn: Turn) => number) => number;

function figuresOf(what: string, grown: readonly Grown[], average: Average): readonly Figure[] {
  function change(pick: (turn: Turn) => number) {
    return grown.map(({ first, last }) => average(last, pick) / average(first, pick));
  }
  function at(stretch: "first" | "last", pick: (turn: Turn) => number) {
    return grown.map((each) => average(each[stretch], pick));
  }
  return [
    alone({ name: `bytes written by ${what}: from turn 951 to 1,000, by turn 40 to 89`, unit: "×" }, change(written), {
      atLeast: 0.9,
      atMost: 1.1,
    }),
    alone({ name: `processor time of ${what}: from turn 951 to 1,000, by turn 40 to 89`, unit: "×" }, change(cpu), {
      atLeast: 0.8,
      atMost: 1.2,
    }),
    alone({ name: `bytes written by ${what}, turn 40 to 89`, unit: "KiB" }, at("first", written)),
    alone({ name: `bytes written by ${what}, turn 951 to 1,000`, unit: "KiB" }, at("last", written)),
    alone({ name: `processor time of ${what}, turn 40 to 89`, unit: "ms" }, at("first", cpu)),
    alone({ name: `processor time of ${what}, turn 951 to 1,000`, unit: "ms" }, at("last", cpu)),
  ];
}

function medianOf(turns: readonly Turn[], pick: (turn: Turn) => number) {
  return median(turns.map(pick));
}

/** In every portion is one turn on which something was folded. */
function medianOfPortions(turns: readonly Turn[], pick: (turn: Turn) => number) {
  const starts = turns.flatMap((_turn, index) => (index % PORTION === 0 ? [index] : []));
  return median(starts.map((start) => meanOf(turns.slice(start, start + PORTION), pick)));
}

function meanOf(turns: readonly Turn[], pick: (turn: Turn) => number) {
  return turns.reduce((sum, turn) => sum + pick(turn), 0) / turns.length;
}

function written(turn: Turn) {
  return turn.writtenBytes / 1024;
}

function cpu(turn: Turn) {
  return turn.cpuMs;
}

async function growOnce(variant: Variant): Promise<Grown> {
  using folder = dataFolder();
  await using model = await startProgram<ModelCommands>(path.join(import.meta.dirname, "../harness/model.ts"));
  await using customers = await startProgram<CustomerCommands>(
    path.join(import.meta.dirname, "../harness/customers.ts"),
  );
  const remembers = variant !== "turns alone";
  await using server = await startPlatform({
    dataDir: folder.path,
    modelUrl: await model.ask("url", undefined),
    twilioUrl: await customers.ask("twilioUrl", undefined),
    settings: {
      ADMIN_API_KEYS: `bench:viewer:*:${KEY}`,
      ...(variant === "memory by rules" ? { OPENAI_API_KEY: "", OPENAI_BASE_URL: "", OPENAI_API: "" } : {}),
    },
    ...(remembers ? { program: path.join(import.meta.dirname, "server.ts") } : {}),
  });
  const port = await server.port();
  async function talk(turns: number): Promise<void> {
    await customers.ask("talk", { port, first: SUBJECT, customers: 1, turns });
    if (remembers) await pause(CATCH_UP_MS);
  }
  async function oneByOne(count: number): Promise<readonly Turn[]> {
    const turns: Turn[] = [];
    while (turns.length < count) turns.push(await oneTurn(server, customers, remembers ? MEMORY_MS : TRAILING_MS));
    return turns;
  }

  await customers.ask("talk", { port, first: 0, ...WARM });
  await talk(FIRST_TURN - 1);
  const first = await oneByOne(STRETCH);
  const rest = LAST_TURN - FIRST_TURN + 1 - 2 * STRETCH;
  const between = remembers ? [] : await oneByOne(rest);
  if (remembers) await talk(rest);
  const last = await oneByOne(STRETCH);
  if (remembers) await isRemembered(port);
  return { first, between, last };
}

async function oneTurn(server: Program, customers: Program<CustomerCommands>, trailingMs: number): Promise<Turn> {
  const before = await server.usage();
  await customers.ask("talk", { port: await server.port(), first: SUBJECT, customers: 1, turns: 1 });
  // The reply is sent; that it was sent is still to be written, and what was said to be remembered.
  await pause(trailingMs);
  const after = await server.usage();
  return { cpuMs: after.cpuMs - before.cpuMs, writtenBytes: after.writtenBytes - before.writtenBytes };
}

/** Figures of a memory that was never made would say nothing. */
async function isRemembered(port: number): Promise<void> {
  const url = `http://127.0.0.1:${port}/admin/customer/${encodeURIComponent(customerNumber(SUBJECT))}/memory`;
  const response = await fetch(url, { headers: { authorization: `Bearer ${KEY}` } });
  const memory = await response.text();
  if (!response.ok || memory.includes('"summary":null') || !memory.includes("ORD_12345"))
    throw new Error(`nothing was remembered: ${response.status} ${memory.slice(0, 500)}`);
}
