import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineCommand } from "citty";
import { configFrom } from "../../app/config.ts";
import { playDemo } from "../demo/play.ts";
import { startPrivately } from "../own-server.ts";
import { screenOf, showMs, showPairs, toned } from "../screen.ts";

/** `continuo demo`: a whole conversation over text and phone, without account and key. */
export const demo = defineCommand({
  meta: {
    name: "demo",
    description: "Shows a customer who texts, calls, interrupts and texts again; needs no account and no key.",
  },
  async run() {
    const startedAt = performance.now();
    const screen = screenOf(process.stdout);
    const folder = await mkdtemp(join(tmpdir(), "continuo-demo-"));
    let failure: string | undefined;
    try {
      // What is shown must not depend on anybody's account or tenants, so the offline model answers even where a key is set.
      const { config } = configFrom({
        DATA_DIR: folder,
        HOST: "127.0.0.1",
        PORT: "0",
        LOG_LEVEL: "silent",
        BURST_WINDOW_MS: "250",
      });
      const app = await startPrivately(config, {
        tenants: { tenants: { [config.identity.tenant]: {} } },
        // What is learned from the first text is to be heard in the greeting of the call that follows at once.
        memoryDelayMs: 0,
      });
      try {
        failure = await playDemo(app, { screen, write });
      } finally {
        await app[Symbol.asyncDispose]();
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    const took = showMs(performance.now() - startedAt);
    if (failure !== undefined) {
      write(`\n${toned(screen, "bad", `The demo did not go as it should: ${failure}`)}`);
      process.exit(1);
    }
    write(`\n${toned(screen, "good", `All of it happened, in ${took}.`)} The answers came from the offline model,`);
    write("which follows rules and is no language model; to have a real one, set\nOPENAI_API_KEY in .env.\n");
    write(toned(screen, "strong", "What to try next"));
    write(
      showPairs(
        [
          ["npm run chat", "text the agent yourself"],
          ["npm run call", "talk to it as on the phone, with /interrupt, /drop and /key 12#"],
          ["npm start", "start the server; README.md says how to connect a real number"],
        ],
        screen,
      ),
    );
    process.exit(0);
  },
});

function write(text: string): void {
  process.stdout.write(`${text}\n`);
}
