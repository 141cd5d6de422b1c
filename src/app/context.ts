import { randomUUID } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { ContinuoError } from "../core/errors.ts";
import type { RecordedEvent } from "../core/events.ts";
import type { Ledger } from "../core/ports/ledger.ts";
import type { Responder } from "../core/ports/responder.ts";
import type { ConversationStore } from "../core/ports/store.ts";
import { sentences } from "../core/sentences.ts";
import type { StatusReport } from "../http/parts.ts";
import { createServer } from "../http/server.ts";
import type { FakeTwilio } from "../simulator/twilio.ts";
import type { Config } from "./config.ts";
import { backgroundFailed, logEvent, requestAnswered } from "./events-log.ts";
import { openFeed } from "./feed.ts";
import { openLog } from "./log.ts";
import type { Overrides } from "./overrides.ts";
import { talkOver } from "./relay-socket.ts";
import { registryOf, responderOf } from "./responder.ts";
import { servedNumbers } from "./served-numbers.ts";
import { openState } from "./state.ts";
import { systemClock } from "./system-clock.ts";
import { openTextChannels } from "./text-channels.ts";
import { version } from "./version.ts";
import { openWork } from "./work.ts";

export type { Overrides } from "./overrides.ts";

/** The whole program: listens, answers, remembers. Disposing it drains: turns finish, calls go on elsewhere. */
export interface App extends AsyncDisposable {
  /** Where it listens on this machine; known once it is started. */
  readonly url: string;
  /** Where Twilio reaches it. */
  readonly publicUrl: string;
  readonly config: Config;
  readonly ledger: Ledger;
  readonly store: ConversationStore;
  readonly model: Responder["model"];
  /** The played Twilio, in simulator mode. */
  readonly twilio: FakeTwilio | undefined;
  /** Begins to listen and to work. */
  start(): Promise<void>;
  /** Resolves when nothing that is due is left to do: turns, replies, and telling of them. */
  settled(): Promise<void>;
  status(): Promise<StatusReport>;
  /** Tells of everything that happens from now on; call the result to stop. */
  onEvent(listener: (event: RecordedEvent) => void): () => void;
}

/** Puts the program together; rejects with what is wrong, for example `data_folder_in_use`. It does not listen yet. */
export async function createApp(config: Config, overrides: Overrides = {}): Promise<App> {
  await using opening = new AsyncDisposableStack();
  const clock = overrides.clock ?? systemClock;
  const log = overrides.log ?? openLog(config.server.log);
  const holder = `local-${randomUUID()}`;
  // What customers say is nobody else's business on this machine.
  await mkdir(config.state.dataDir, { recursive: true, mode: 0o700 });
  const { maxPageCount } = overrides;
  const state = opening.use(
    await openState(config.state, { holder, ...(maxPageCount === undefined ? {} : { maxPageCount }) }),
  );
  const { ledger, store } = state;
  const registry = await registryOf(overrides, log);
  const responder = overrides.responder ?? (await responderOf(config, { overrides, registry, clock }));
  const voice = await responder.voiceOf(config.identity.defaultAgent);
  const feed = opening.use(
    await openFeed(ledger.events, (error) => {
      backgroundFailed(log, { task: "event_feed", cause: error });
    }),
  );
  feed.listen((event) => {
    logEvent(log, event);
  });
  const serves = servedNumbers(config);
  const work = opening.use(
    openWork({ config, overrides, clock, log, ledger, store, responder, voice, feed, holder, serves }),
  );
  const where = { publicUrl: config.server.publicUrl ?? "", url: "" };
  let twilio: FakeTwilio | undefined;

  const server = createServer({
    get publicUrl() {
      return where.publicUrl;
    },
    version,
    signing: {
      tokens: config.twilio.authTokens,
      accountSid: config.twilio.accountSid,
      allowUnsignedLoopback: config.server.allowUnsigned,
    },
    clock,
    log,
    apology: { text: voice.apology, language: voice.language },
    async acceptText(message) {
      if (!serves(message.body.to)) return { kind: "unserved", notice: sentences.unserved };
      return await work.acceptText(message);
    },
    answerCall: (form) => work.frontDesk.answer(form),
    afterRelay: (form) => work.frontDesk.afterRelay(form),
    messageStatus: (told) => work.messageStatus(told),
    callStatus: (form) => work.frontDesk.progress(form),
    admit: (token) => work.frontDesk.admit(token),
    talk(socket, call) {
      talkOver(socket, work.lines, call);
    },
    onAnswered(request) {
      requestAnswered(log, request);
    },
    async ready() {
      const health = await ledger.health();
      return [{ name: "ledger", ok: health.ok, ...(health.problem === undefined ? {} : { problem: health.problem }) }];
    },
    status,
  });
  const resources = opening.move();

  return {
    config,
    ledger,
    store,
    model: responder.model,
    get url() {
      return where.url;
    },
    get publicUrl() {
      return where.publicUrl;
    },
    get twilio() {
      return twilio;
    },
    async start() {
      const { host, port: wanted } = config.server;
      const port = await server.listen({ host, port: wanted }).catch((cause: unknown) => {
        throw new ContinuoError(
          "config_invalid",
          `cannot listen on port ${wanted} of ${host}; set PORT or HOST to another, or stop what has it`,
          { cause },
        );
      });
      where.url = `http://${localHost(host)}:${port}`;
      if (where.publicUrl === "") where.publicUrl = where.url;
      const channels = await openTextChannels(config.twilio, { ...where, clock });
      twilio = channels.twilio;
      await work.start(channels.byName);
    },
    settled: () => work.settled(),
    status,
    onEvent: (listener) => feed.listen(listener),
    async [Symbol.asyncDispose]() {
      server.drain();
      await work.drain();
      await server[Symbol.asyncDispose]();
      await twilio?.[Symbol.asyncDispose]();
      await resources.disposeAsync();
    },
  };

  function status(): Promise<StatusReport> {
    const { model } = responder;
    return Promise.resolve({
      version,
      mode: config.twilio.mode,
      model: { ...model, ...(model.offline ? { note: "rules, not a language model" } : {}) },
      agents: registry.list(),
      channels: ["sms", "whatsapp", "voice"],
      resolver: "phone",
    });
  }
}

function localHost(host: string): string {
  return host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
}
