import { mkdirSync } from "node:fs";
import { join } from "node:path";
import {
  type DestinationStream,
  type Logger,
  type StreamEntry,
  destination,
  multistream,
  pino,
  stdTimeFunctions,
} from "pino";
import pretty from "pino-pretty";
import type { LogConfig } from "./config.ts";
import { maskLine } from "./mask-line.ts";
import { shownError } from "./shown-error.ts";

/** The structured log: one line an event, ids instead of people. */
export type Log = Logger;

/** Where log lines go instead of the standard output and `logs/`. */
export interface LogPlaces {
  readonly stream?: DestinationStream;
  /** The folder of the log files. */
  readonly folder?: string;
}

/** Fields that hold what people said or who they are, wherever they stand: their values are never written. */
const personal = [
  "body",
  "text",
  "from",
  "to",
  "phone",
  "address",
  "Body",
  "From",
  "To",
  "Caller",
  "Called",
  "voicePrompt",
  "digits",
  "token",
  "authorization",
  "cookie",
  "x-twilio-signature",
];

/** Opens the log: JSON lines, or colours when a person looks at a terminal. */
export function openLog(config: LogConfig, places: LogPlaces = {}): Log {
  const streams: StreamEntry<string>[] = [{ level: "trace", stream: places.stream ?? standardOutput(config.style) }];
  if (config.files) streams.push(...files(places.folder ?? "logs"));
  return pino(
    {
      level: config.level,
      base: null,
      messageKey: "event",
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: shownError },
      redact: {
        paths: personal.flatMap((name) => [quoted(name), `*${quoted(name)}`, `*.*${quoted(name)}`]),
        censor: "[redacted]",
      },
      hooks: { streamWrite: maskLine },
    },
    multistream(streams),
  );
}

/** How long something took, for a log line; over 200 ms it is marked as slow. */
export function took(durationMs: number): { readonly ms: number; readonly slow?: true } {
  const ms = Math.round(durationMs * 10) / 10;
  return ms > slowMs ? { ms, slow: true } : { ms };
}

const slowMs = 200;

function standardOutput(style: LogConfig["style"]): DestinationStream {
  if (style === "json" || !process.stdout.isTTY) return destination({ dest: 1, sync: false });
  return pretty({ colorize: true, messageKey: "event", translateTime: "SYS:HH:MM:ss.l", singleLine: true, sync: true });
}

function files(folder: string): readonly StreamEntry<string>[] {
  mkdirSync(folder, { recursive: true });
  return [
    { level: "trace", stream: destination({ dest: join(folder, "customer-service.log"), sync: false }) },
    { level: "error", stream: destination({ dest: join(folder, "error.log"), sync: false }) },
  ];
}

function quoted(name: string): string {
  return `["${name}"]`;
}
