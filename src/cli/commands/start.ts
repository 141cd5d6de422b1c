import { defineCommand } from "citty";
import { type LogConfig, loadConfig } from "../../app/config.ts";
import { type App, createApp } from "../../app/context.ts";
import { serverDraining, serverStarted, serverStopped, settingDoubted } from "../../app/events-log.ts";
import { openLog } from "../../app/log.ts";
import { version } from "../../app/version.ts";
import { demoBusiness } from "../demo/people.ts";
import { announceServer } from "../running.ts";
import { type Screen, screenOf, showPairs, toned, wrap } from "../screen.ts";

/** `continuo start`: the server, until it is told to stop. */
export const start = defineCommand({
  meta: {
    name: "start",
    description: "Starts the server. It stops on SIGTERM or Ctrl+C, after the turns under way are done.",
  },
  async run() {
    const { config, warnings } = loadConfig();
    const log = openLog(config.server.log);
    for (const warning of warnings) settingDoubted(log, warning);
    const app = await createApp(config, { log, onNewKey: (secret) => showKeyOnce(secret, config.server.log) });
    let forget: (() => void) | undefined;
    try {
      await app.start();
      serverStarted(log, {
        url: app.url,
        mode: config.twilio.mode,
        model: app.model.name,
        offline: app.model.offline,
        version,
      });
      // Lines for machines go to the standard output; what is for people must not come between them.
      const stream = process.stdout.isTTY ? process.stdout : process.stderr;
      stream.write(showStart(app, screenOf(stream)));
      forget = announce(app);
      const signal = await toldToStop();
      serverDraining(log, { signal });
    } finally {
      forget?.();
      const startedAt = performance.now();
      await app[Symbol.asyncDispose]();
      serverStopped(log, { ms: performance.now() - startedAt });
    }
    process.exit(0);
  },
});

/** The key that the first start made, in a box: it is not shown again. */
export function showKey(secret: string, screen: Screen): string {
  const told = [
    "The key of this installation's API, with every right:",
    "",
    secret,
    "",
    ...wrap("Keep it now: it is shown this once, and only its hash is kept. Send it as", screen.columns - 4),
    "Authorization: Bearer KEY. For keys of your own, set ADMIN_API_KEYS.",
  ];
  const width = Math.max(...told.map((line) => line.length));
  const lines = told.map((line) => {
    const shown = line === secret ? toned(screen, "strong", line) : line;
    return `│ ${shown}${" ".repeat(width - line.length)} │`;
  });
  const edge = "─".repeat(width + 2);
  return `\n┌${edge}┐\n${lines.join("\n")}\n└${edge}┘\n`;
}

/** Never through the log, which is kept; and never between the lines that machines read. */
function showKeyOnce(secret: string, log: LogConfig): void {
  const stream = process.stdout.isTTY && log.style !== "json" ? process.stdout : process.stderr;
  stream.write(showKey(secret, screenOf(stream)));
}

/** What a person is told once the server listens. */
export function showStart(app: Pick<App, "url" | "publicUrl" | "config" | "model">, screen: Screen): string {
  const { config, url, publicUrl, model } = app;
  const simulated = config.twilio.mode === "simulator";
  const general: [string, string][] = [
    ["listens on", url],
    [
      "Twilio",
      simulated
        ? "played by the simulator (set TWILIO_ACCOUNT_SID to use a real number)"
        : `account ${config.twilio.accountSid}`,
    ],
    [
      "model",
      model.offline ? "the offline model: rules, NOT a language model (set OPENAI_API_KEY to use one)" : model.name,
    ],
    ["data", config.state.sqlitePath],
  ];
  const next = simulated
    ? `Talk to it from another terminal:\n\n${showPairs(
        [
          ["npm run chat", "text it"],
          ["npm run call", "call it"],
        ],
        screen,
      )}`
    : `Paste these into the number's settings at https://console.twilio.com:\n\n${showPairs(
        [
          ["A call comes in", `${publicUrl}/voice`],
          ["Call status changes", `${publicUrl}/status`],
          ["A message comes in", `${publicUrl}/sms#rc=2&rp=ct,rt,5xx`],
        ],
        // Addresses are to be copied, so they are not broken.
        { ...screen, columns: 500 },
      )}`;
  return `\n${toned(screen, "strong", `Continuo ${version} is running.`)}\n\n${showPairs(general, screen)}\n\n${next}\n\nCtrl+C stops it.\n\n`;
}

function announce(app: App): (() => void) | undefined {
  const { config, platform, twilio, url, publicUrl } = app;
  if (twilio === undefined) return undefined;
  return announceServer(config.state.dataDir, {
    pid: process.pid,
    url,
    publicUrl,
    accountSid: config.twilio.accountSid,
    authToken: config.twilio.authTokens[0],
    twilioUrl: twilio.url,
    business: platform.tenants.default.numbers[0] ?? demoBusiness,
  });
}

/** Resolves with the first signal to stop. A second one ends the process at once. */
function toldToStop(): Promise<string> {
  return new Promise((resolve) => {
    let told = false;
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      process.on(signal, () => {
        if (told) process.exit(130);
        told = true;
        resolve(signal);
      });
    }
  });
}
