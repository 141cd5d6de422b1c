import { randomUUID } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { readAgentsConfig, type LocatedAgents } from "../agent/agents-config.ts";
import { demoCommerce } from "../agent/commerce/demo.ts";
import { openKnowledge } from "../agent/knowledge/search.ts";
import type { Models } from "../agent/models/models.ts";
import { agentRegistry, type AgentRegistry } from "../agent/registry.ts";
import { agentsResponder } from "../agent/responder.ts";
import { readAddress } from "../core/address.ts";
import type { RecordedEvent } from "../core/events.ts";
import type { SubjectId } from "../core/ids.ts";
import type { TextChannelName } from "../core/message.ts";
import type { TextChannel } from "../core/ports/channel.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Commerce } from "../core/ports/commerce.ts";
import type { Ledger } from "../core/ports/ledger.ts";
import type { Responder } from "../core/ports/responder.ts";
import type { ConversationStore } from "../core/ports/store.ts";
import { sentences } from "../core/sentences.ts";
import { smsChannel } from "../channels/sms.ts";
import { twilioClient } from "../channels/twilio/client.ts";
import { whatsappChannel } from "../channels/whatsapp.ts";
import { localDispatch } from "../dispatch/local.ts";
import { createServer } from "../http/server.ts";
import type { StatusReport } from "../http/parts.ts";
import { startFakeTwilio, type FakeTwilio } from "../simulator/twilio.ts";
import type { Config } from "./config.ts";
import { backgroundFailed, logEvent } from "./events-log.ts";
import { openFeed } from "./feed.ts";
import { openFrontDesk } from "./front-desk.ts";
import { textIntake } from "./intake.ts";
import { openLines } from "./line.ts";
import { openLog, type Log } from "./log.ts";
import { openLanes } from "./loops/lanes.ts";
import { outboxWork } from "./loops/outbox.ts";
import { sweepForever } from "./loops/sweeper.ts";
import { modelsOf } from "./models.ts";
import { talkOver } from "./relay-socket.ts";
import { openState } from "./state.ts";
import { systemClock } from "./system-clock.ts";
import { version } from "./version.ts";

/** What a test or an embedding program may put in place of what the configuration says. */
export interface Overrides {
  readonly clock?: Clock;
  readonly log?: Log;
  readonly models?: Models;
  readonly commerce?: Commerce;
  readonly responder?: Responder;
  readonly agents?: LocatedAgents;
  /** In [0, 1). */
  readonly random?: () => number;
  /** How long after a lost answer Twilio is asked whether it took a message. Default: 10 s. */
  readonly ambiguousAfterMs?: number;
  /** How long after a key the next one is waited for. Default: 1 s. */
  readonly keypadPauseMs?: number;
  readonly sweepEveryMs?: number;
  /** The largest size of the database in pages of 4 KB; no limit by default. */
  readonly maxPageCount?: number;
}

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

const LEASE_MS = 10_000;
const SWEEP_MS = 2_000;
const CONCURRENT_TURNS = 256;
const CONCURRENT_SENDS = 32;
const AMBIGUOUS_AFTER_MS = 10_000;
const KEYPAD_PAUSE_MS = 1_000;
/** Turns under way get this long to end before the calls are let go. */
const DRAIN_MS = 10_000;

/** Puts the program together; rejects with what is wrong, for example `data_folder_in_use`. It does not listen yet. */
export async function createApp(config: Config, overrides: Overrides = {}): Promise<App> {
  await using opening = new AsyncDisposableStack();
  const clock = overrides.clock ?? systemClock;
  const log = overrides.log ?? openLog(config.server.log);
  const holder = `local-${randomUUID()}`;
  // What customers say is nobody else's business on this machine.
  await mkdir(config.state.dataDir, { recursive: true, mode: 0o700 });
  const { ledger, store } = opening.use(await openState(config.state, { holder, ...(overrides.maxPageCount === undefined ? {} : { maxPageCount: overrides.maxPageCount }) }));
  const registry = await registryOf(config, overrides, log);
  const responder = overrides.responder ?? (await responderOf(config, { overrides, registry, clock }));
  const voice = await responder.voiceOf(config.identity.defaultAgent);
  const feed = opening.use(await openFeed(ledger.events, (error) => backgroundFailed(log, { task: "event_feed", cause: error })));
  feed.listen((event) => logEvent(log, event));

  let publicUrl = config.server.publicUrl ?? "";
  let url = "";
  let twilio: FakeTwilio | undefined;
  const channels = new Map<TextChannelName, TextChannel>();

  const outbox = opening.use(localDispatch({ clock, concurrency: CONCURRENT_SENDS, onError: (error, subjectId) => backgroundFailed(log, { task: "outbox", cause: error, subjectId }) }));
  const dispatch = opening.use(localDispatch({ clock, concurrency: CONCURRENT_TURNS, onError: (error, subjectId) => backgroundFailed(log, { task: "lane", cause: error, subjectId }) }));
  const onWork = (subjectId: SubjectId) => {
    dispatch.wake(subjectId);
    feed.poke();
  };
  const onReply = (subjectId: SubjectId) => {
    outbox.wake(subjectId);
    feed.poke();
  };
  const serves = servedNumbers(config);
  const lines = openLines({
    ledger,
    clock,
    holder,
    leaseMs: LEASE_MS,
    graceMs: config.conversation.reconnectGraceMs,
    keypadPauseMs: overrides.keypadPauseMs ?? KEYPAD_PAUSE_MS,
    raiseFence: (subjectId, fence) => store.raiseFence(subjectId, fence),
    apology: voice.apology,
    greeting: voice.greeting,
    onWork,
    onSpeech: (subjectId) => lanes.callerSpoke(subjectId),
    onReply,
    onComplaint: (callSid, description) => log.warn({ callSid, code: /\b\d{5}\b/u.exec(description)?.[0] }, "relay_complained"),
    onError: (error, subjectId) => backgroundFailed(log, { task: "call", cause: error, subjectId }),
  });
  const lanes = openLanes({
    ledger,
    store,
    responder,
    clock,
    channels,
    dispatch,
    lines,
    holder,
    leaseMs: LEASE_MS,
    windowTurns: config.conversation.windowTurns,
    burstWindowMs: config.conversation.burstWindowMs,
    agent: config.identity.defaultAgent,
    onReply,
    onWork,
    onModelFailure: (turn, error) => backgroundFailed(log, { task: "model", cause: error, subjectId: turn.subjectId }),
    onAttemptFailed: (subjectId, error, retryMs) => backgroundFailed(log, { task: "turn", cause: error, subjectId, retryMs }),
  });
  const frontDesk = openFrontDesk({
    ledger,
    responder,
    clock,
    tenant: config.identity.tenant,
    agent: config.identity.defaultAgent,
    defaultCountry: config.identity.defaultCountry,
    serves,
    onReply,
    onWork,
    onCommit: feed.poke,
  });
  const acceptText = textIntake({
    ledger,
    clock,
    tenant: config.identity.tenant,
    defaultCountry: config.identity.defaultCountry,
    limits: config.server.limits,
    onText: lanes.textAccepted,
    onReply,
    onWork,
    onCommit: feed.poke,
  });

  const server = createServer({
    get publicUrl() {
      return publicUrl;
    },
    version,
    signing: { tokens: config.twilio.authTokens, accountSid: config.twilio.accountSid, allowUnsignedLoopback: config.server.allowUnsigned },
    clock,
    log,
    apology: { text: voice.apology, language: voice.language },
    async acceptText(message) {
      if (!serves(message.body.to)) return { kind: "unserved", notice: sentences.unserved };
      return await acceptText(message);
    },
    answerCall: frontDesk.answer,
    afterRelay: frontDesk.afterRelay,
    async messageStatus(status) {
      const known = await ledger.outbox.callback(status);
      if (known.subjectId !== undefined) {
        onReply(known.subjectId);
        if (known.state === "failed" || known.state === "undelivered") onWork(known.subjectId);
      }
    },
    callStatus: frontDesk.progress,
    admit: frontDesk.admit,
    talk: (socket, call) => talkOver(socket, lines, call),
    async ready() {
      const health = await ledger.health();
      return [{ name: "ledger", ok: health.ok, ...(health.problem === undefined ? {} : { problem: health.problem }) }];
    },
    status,
  });

  const stop = new AbortController();
  let sweeping: Promise<void> | undefined;
  const resources = opening.move();

  return {
    config,
    ledger,
    store,
    model: responder.model,
    get url() {
      return url;
    },
    get publicUrl() {
      return publicUrl;
    },
    get twilio() {
      return twilio;
    },
    async start() {
      const port = await server.listen({ host: config.server.host, port: config.server.port });
      url = `http://${localHost(config.server.host)}:${port}`;
      if (publicUrl === "") publicUrl = url;
      const bases = await restBases();
      const client = twilioClient({
        accountSid: config.twilio.accountSid,
        authToken: config.twilio.authTokens[0],
        ...(config.twilio.rest.username === config.twilio.accountSid ? {} : { apiKey: { sid: config.twilio.rest.username, secret: config.twilio.rest.password } }),
        ...bases,
        publicUrl,
        clock,
      });
      channels.set("sms", smsChannel(client)).set("whatsapp", whatsappChannel(client));
      dispatch.start(telling(lanes.work));
      outbox.start(
        telling(outboxWork({
          ledger,
          channels,
          clock,
          dispatch: outbox,
          ambiguousAfterMs: overrides.ambiguousAfterMs ?? AMBIGUOUS_AFTER_MS,
          random: overrides.random ?? Math.random,
          onWork,
          onTrouble: (row, code) => log.warn({ outboxId: row.id, subjectId: row.subjectId, code, attempt: row.attempts }, "send_failed"),
        })),
      );
      sweeping = sweepForever(
        {
          ledger,
          clock,
          lanes: dispatch,
          outbox,
          holder,
          burstWindowMs: config.conversation.burstWindowMs,
          everyMs: overrides.sweepEveryMs ?? SWEEP_MS,
          onWork,
          onReply,
          onError: (error) => backgroundFailed(log, { task: "sweep", cause: error }),
        },
        stop.signal,
      );
    },
    async settled() {
      for (let quiet = 0; quiet < 2; quiet += 1) {
        // oxlint-disable-next-line no-await-in-loop -- what one loop does may wake another
        await Promise.all([dispatch.settled(), outbox.settled(), feed.settled()]);
      }
    },
    status,
    onEvent: (listener) => feed.listen(listener),
    async [Symbol.asyncDispose]() {
      stop.abort();
      server.drain();
      await sweeping;
      // Whoever is being answered is answered first; then the calls go on elsewhere.
      await Promise.race([dispatch.settled(), clock.sleep(DRAIN_MS)]);
      await lines.closeAll();
      await server[Symbol.asyncDispose]();
      await twilio?.[Symbol.asyncDispose]();
      await resources.disposeAsync();
    },
  };

  /** What was committed along the way is told when a subject's work is done, whoever else was woken by it. */
  function telling(work: typeof lanes.work): typeof lanes.work {
    return async (subjectId, signal) => {
      try {
        await work(subjectId, signal);
      } finally {
        feed.poke();
      }
    };
  }

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

  /** Twilio's own addresses, what the configuration puts in their place, or the played ones. */
  async function restBases(): Promise<{ readonly apiBaseUrl: string; readonly messagingBaseUrl: string }> {
    const { mode, apiBaseUrl, messagingBaseUrl, accountSid, authTokens } = config.twilio;
    if (mode === "simulator" && apiBaseUrl === undefined) {
      twilio = await startFakeTwilio({ line: { accountSid, authToken: authTokens[0], publicUrl, reachUrl: url } });
      return { apiBaseUrl: twilio.url, messagingBaseUrl: messagingBaseUrl ?? twilio.url };
    }
    return {
      apiBaseUrl: apiBaseUrl ?? "https://api.twilio.com",
      messagingBaseUrl: messagingBaseUrl ?? "https://messaging.twilio.com",
    };
  }
}

async function registryOf(config: Config, overrides: Overrides, log: Log): Promise<AgentRegistry> {
  const located = overrides.agents ?? (await readAgentsConfig(process.cwd()));
  void config;
  return agentRegistry(located, ({ agent, why, cause }) => log.error({ agent, why, err: cause }, "agent_broken"));
}

async function responderOf(config: Config, given: { readonly overrides: Overrides; readonly registry: AgentRegistry; readonly clock: Clock }): Promise<Responder> {
  const { overrides, registry, clock } = given;
  return agentsResponder({
    registry,
    models: overrides.models ?? modelsOf(config.model),
    commerce: overrides.commerce ?? demoCommerce(clock.now()),
    knowledge: await openKnowledge(knowledgeFolder),
    clock,
    maxTurns: config.model.maxTurns,
    streamTimeoutMs: config.model.streamTimeoutMs,
    workflowName: config.model.workflowName,
    tracing: config.model.tracing,
  });
}

/** The articles that come with the package. */
const knowledgeFolder = fileURLToPath(new URL("../../knowledge/", import.meta.url));

/** Whether a number is one of ours, in any spelling; without a list every number is. */
function servedNumbers(config: Config): (dialled: string) => boolean {
  if (config.twilio.numbers.length === 0) return () => true;
  const keyOf = (number: string) => {
    const address = readAddress(number, config.identity.defaultCountry);
    return address.kind === "phone" ? address.number : number.toLowerCase();
  };
  const served = new Set(config.twilio.numbers.map(keyOf));
  return (number) => served.has(keyOf(number));
}

function localHost(host: string): string {
  return host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
}
