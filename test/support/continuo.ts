import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { configFrom } from "../../src/app/config.ts";
import { createApp, type App, type Overrides } from "../../src/app/context.ts";
import type { EventName, RecordedEvent } from "../../src/core/events.ts";
import type { SubjectId } from "../../src/core/ids.ts";
import type { Entry, Item } from "../../src/core/item.ts";
import { journal } from "../../src/simulator/journal.ts";
import type { Line } from "../../src/simulator/line.ts";
import { phone, type Phone } from "../../src/simulator/phone.ts";
import { realTime } from "../../src/simulator/time.ts";
import { startFakeTwilio, type FakeTwilio } from "../../src/simulator/twilio.ts";
import { BUSINESS, JOHN } from "./numbers.ts";
import { unfinished } from "./unfinished.ts";

export { BUSINESS, JOHN } from "./numbers.ts";

/** A running server in this process, with a Twilio of its own around it. */
export interface Continuo extends AsyncDisposable {
  readonly app: App;
  readonly twilio: FakeTwilio;
  readonly line: Line;
  /** The data folder, which outlives a restart. */
  readonly folder: string;
  /** Everything that happened since the start. */
  readonly events: readonly RecordedEvent[];
  customer(number?: string): Phone;
  /** The record of a customer's conversation. */
  record(number?: string): Promise<readonly Entry[]>;
  /** Resolves when something was told to have happened so many times since the first start. */
  happened(name: EventName, times?: number): Promise<RecordedEvent>;
  /** Resolves when everything accepted is settled and everything decided was sent, suppressed or given up. */
  quiet(): Promise<void>;
  /** Stops the server as SIGTERM would and starts it again on the same folder, with some settings changed. */
  restart(changed?: Pick<ContinuoOptions, "env" | "overrides">): Promise<void>;
}

/** How a test's server differs from the default. */
export interface ContinuoOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly overrides?: Overrides;
  /** How many times as fast as a person the simulator speaks. */
  readonly speed?: number;
}

const accountSid = "AC00000000000000000000000000000001";
const authToken = "0123456789abcdef0123456789abcdef";

/** Starts a server on a folder of its own, in Twilio mode, against a played Twilio. */
export async function startContinuo(options: ContinuoOptions = {}): Promise<Continuo> {
  const folder = await mkdtemp(join(tmpdir(), "continuo-test-"));
  const time = realTime(options.speed ?? 20);
  const where = { publicUrl: "", reachUrl: "" };
  const line: Line = {
    accountSid,
    authToken,
    get publicUrl() {
      return where.publicUrl;
    },
    get reachUrl() {
      return where.reachUrl;
    },
    time,
  };
  const twilio = await startFakeTwilio({ line });
  const events = journal<RecordedEvent>();
  let app = await start();

  async function start(changed: Pick<ContinuoOptions, "env" | "overrides"> = {}): Promise<App> {
    const { config } = configFrom({
      DATA_DIR: folder,
      PORT: "0",
      HOST: "127.0.0.1",
      LOG_LEVEL: "silent",
      BURST_WINDOW_MS: "30",
      ...options.env,
      ...changed.env,
    });
    const started = await createApp(
      {
        ...config,
        twilio: {
          ...config.twilio,
          mode: "twilio",
          accountSid,
          authTokens: [authToken],
          rest: { username: accountSid, password: authToken },
          apiBaseUrl: twilio.url,
          messagingBaseUrl: twilio.url,
        },
      },
      // Memory is made long after the test, unless the test is about it: a model server counts its requests.
      { keypadPauseMs: 20, sweepEveryMs: 100, memoryDelayMs: 3_600_000, ...(changed.overrides ?? options.overrides) },
    );
    started.onEvent((event) => events.add(event));
    await started.start();
    where.publicUrl = started.publicUrl;
    where.reachUrl = started.url;
    return started;
  }

  return {
    get app() {
      return app;
    },
    twilio,
    line,
    folder,
    events: events.entries,
    customer: (number = JOHN) => phone(line, { number, business: BUSINESS }),
    async record(number = JOHN) {
      const subjectId = await app.ledger.subjects.find(app.config.identity.tenant, `tel:${number}`);
      return subjectId === undefined ? [] : await wholeRecord(app, subjectId);
    },
    happened(name, times = 1) {
      let seen = 0;
      return events.wait((event) => event.name === name && ++seen === times, { what: `${name}, ${times} times` });
    },
    async quiet() {
      await expect.poll(() => unfinished(app.config.state.sqlitePath), { timeout: 15_000, interval: 20 }).toBe(0);
      await app.settled();
    },
    async restart(changed) {
      await app[Symbol.asyncDispose]();
      app = await start(changed);
    },
    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]();
      await twilio[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The items of a record, without their places. */
export function itemsOf(entries: readonly Entry[]): readonly Item[] {
  return entries.map((entry) => entry.item);
}

async function wholeRecord(app: App, subjectId: SubjectId): Promise<readonly Entry[]> {
  return await app.store.page({ tenant: app.config.identity.tenant, subjectId }, { limit: 10_000 });
}
