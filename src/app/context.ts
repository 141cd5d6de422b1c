import { ContinuoError } from "../core/errors.ts";
import type { RecordedEvent } from "../core/events.ts";
import type { Ledger } from "../core/ports/ledger.ts";
import type { Responder } from "../core/ports/responder.ts";
import type { ConversationStore } from "../core/ports/store.ts";
import type { HttpParts, StatusReport } from "../http/parts.ts";
import { createServer } from "../http/server.ts";
import type { FakeTwilio } from "../simulator/twilio.ts";
import type { Config } from "./config.ts";
import { requestAnswered } from "./events-log.ts";
import type { Overrides } from "./overrides.ts";
import { openPlatform, type Platform } from "./platform.ts";
import { talkOver } from "./relay-socket.ts";
import { openTextChannels } from "./text-channels.ts";
import { version } from "./version.ts";

export type { Overrides } from "./overrides.ts";

/** The whole program: listens, answers, remembers. Disposing it drains: turns finish, calls go on elsewhere. */
export interface App extends AsyncDisposable {
  /** Where it listens on this machine; known once it is started. */
  readonly url: string;
  /** Where Twilio reaches it. */
  readonly publicUrl: string;
  readonly config: Config;
  /** Everything behind the ways in and out. */
  readonly platform: Platform;
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
  const platform = await openPlatform(config, overrides);
  const { clock, log, ledger, responder, tenants, work } = platform;
  const voice = await responder.voiceOf(tenants.default.agent);
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
    access: accessOf(platform),
    acceptText: (message) => work.acceptText(message),
    answerCall: (form) => work.frontDesk.answer(form),
    afterRelay: (form) => work.frontDesk.afterRelay(form),
    messageStatus: (told) => work.messageStatus(told),
    callStatus: (form) => work.frontDesk.progress(form),
    admit: (token) => work.frontDesk.admit(token),
    talk(socket, call) {
      talkOver(socket, work.lines, call);
    },
    chat: platform.chat,
    customers: platform.customers,
    onAnswered(request) {
      requestAnswered(log, request);
    },
    async ready() {
      const health = await ledger.health();
      return [{ name: "ledger", ok: health.ok, ...(health.problem === undefined ? {} : { problem: health.problem }) }];
    },
    status,
  });

  return {
    config,
    platform,
    ledger,
    store: platform.store,
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
      await platform.start(channels.byName);
    },
    settled: () => platform.settled(),
    status,
    onEvent: (listener) => platform.onEvent(listener),
    async [Symbol.asyncDispose]() {
      server.drain();
      await platform.drain();
      await server[Symbol.asyncDispose]();
      await twilio?.[Symbol.asyncDispose]();
      await platform[Symbol.asyncDispose]();
    },
  };

  function status(): Promise<StatusReport> {
    const { model } = responder;
    return Promise.resolve({
      version,
      mode: config.twilio.mode,
      model: { ...model, ...(model.offline ? { note: "rules, not a language model" } : {}) },
      agents: platform.registry.list(),
      channels: ["sms", "whatsapp", "voice", ...(tenants.list().some(({ chat }) => chat !== undefined) ? ["web"] : [])],
      resolver: tenants.default.resolver,
    });
  }
}

function accessOf({ keys, tenants }: Platform): HttpParts["access"] {
  return {
    authenticate: (secret) => keys.authenticate(secret),
    tenant: (name) => tenants.of(name)?.id,
    defaultTenant: tenants.default.id,
  };
}

function localHost(host: string): string {
  return host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
}
