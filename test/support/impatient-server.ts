import { loadConfig } from "../../src/app/config.ts";
import { createApp } from "../../src/app/context.ts";
import { serverStarted } from "../../src/app/events-log.ts";
import { openLog } from "../../src/app/log.ts";
import { version } from "../../src/app/version.ts";

// The server as `continuo start` runs it, but one that does at once what a server takes its time for. It is to be
// killed: it does not know how to end by itself.

const { config } = loadConfig();
const log = openLog(config.server.log);
const app = await createApp(config, { log, sweepEveryMs: 100, memoryDelayMs: 20, ambiguousAfterMs: 2_000 });
await app.start();
const { name, offline } = app.model;
serverStarted(log, { url: app.url, mode: config.twilio.mode, model: name, offline, version });

// A test that was cut off cannot kill it any more.
const test = process.ppid;
setInterval(() => {
  if (process.ppid !== test) process.exit(1);
}, 1_000).unref();
