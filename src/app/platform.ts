import { randomUUID } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { memoryModel } from "../agent/memory/memory-model.ts";
import type { AgentRegistry } from "../agent/registry.ts";
import { webChannel } from "../channels/web.ts";
import { ContinuoError } from "../core/errors.ts";
import type { RecordedEvent } from "../core/events.ts";
import type { TextChannelName } from "../core/message.ts";
import type { TextChannel } from "../core/ports/channel.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Ledger } from "../core/ports/ledger.ts";
import type { Responder } from "../core/ports/responder.ts";
import type { ConversationStore } from "../core/ports/store.ts";
import type { Settlement } from "../core/turn-record.ts";
import { localDispatch } from "../dispatch/local.ts";
import { openApiKeys, type ApiKeyRing } from "./api-keys.ts";
import { openChatDesk, type ChatDesk } from "./chat.ts";
import type { Config } from "./config.ts";
import { configuredResolvers } from "./configured-resolvers.ts";
import { openCustomers, type Customers } from "./customers/customers.ts";
import { fittingEntity } from "./customers/fitting-entity.ts";
import { backgroundFailed, logEvent, settingDoubted } from "./events-log.ts";
import { openFeed } from "./feed.ts";
import { filteredBy } from "./history-filter.ts";
import { openIdentity, type Identity, type Joined } from "./identity.ts";
import { openLog, type Log } from "./log.ts";
import { openCounting } from "./loops/counting.ts";
import { openMemoryLoop } from "./loops/memory.ts";
import { modelsOf } from "./models.ts";
import type { Overrides } from "./overrides.ts";
import { openRemoteDeletions } from "./remote-deletions.ts";
import { registryOf, responderOf } from "./responder.ts";
import { openState } from "./state.ts";
import { systemClock } from "./system-clock.ts";
import { loadTenants, type Tenants } from "./tenants.ts";
import { answeringOf, openWork, type Work } from "./work.ts";

/** Everything but the ways in and out: state, agents, people, the loops. The server and the library both stand on it. */
export interface Platform extends AsyncDisposable {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly ledger: Ledger;
  readonly store: ConversationStore;
  readonly tenants: Tenants;
  readonly registry: AgentRegistry;
  readonly responder: Responder;
  readonly identity: Identity;
  readonly customers: Customers;
  readonly chat: ChatDesk;
  readonly keys: ApiKeyRing;
  readonly work: Work;
  /** Starts the loops, with the ways out for texts; the chat's is there unless another is given for `web`. */
  start(channels: ReadonlyMap<TextChannelName, TextChannel>): Promise<void>;
  /** Resolves when nothing that is due is left to do: turns, replies, memory, and telling of them. */
  settled(): Promise<void>;
  /** Tells of everything that happens from now on; call the result to stop. */
  onEvent(listener: (event: RecordedEvent) => void): () => void;
  /** Tells of every turn that is settled from now on, before its replies go out; call the result to stop. A listener never throws. */
  onSettled(listener: (settlement: Settlement) => void): () => void;
  /** Lets the turns under way end, and the calls go on elsewhere. */
  drain(): Promise<void>;
}

/** How long after a turn memory is made of it. Rules cost nothing; a model is asked once for what comes together. */
const RULES_DELAY_MS = 2_000;
const MODEL_DELAY_MS = 10_000;
const CONCURRENT_MEMORIES = 8;

/** Opens the state and puts the parts together; rejects with what is wrong, for example `data_folder_in_use`. Nothing runs yet. */
export async function openPlatform(config: Config, overrides: Overrides = {}): Promise<Platform> {
  await using opening = new AsyncDisposableStack();
  const clock = overrides.clock ?? systemClock;
  const log = overrides.log ?? openLog(config.server.log);
  const holder = `local-${randomUUID()}`;
  const registry = await registryOf(overrides, log);
  // Whatever is wrong with the configuration is told before anything is opened or made.
  const tenancy = await loadTenants(config, { overrides, agents: registry.list() });
  const { tenants } = tenancy;
  for (const warning of tenancy.warnings) settingDoubted(log, warning);
  const resolvers = configuredResolvers(config, tenancy);
  const models = overrides.models ?? modelsOf(config.model);
  const responder = filteredBy(
    overrides.responder ?? (await responderOf(config, { overrides, registry, clock, models, log })),
    {
      filter: overrides.historyFilter,
      onFailure(error, subjectId) {
        backgroundFailed(log, { task: "history_filter", cause: error, subjectId });
      },
    },
  );
  const voice = await responder.voiceOf(tenants.default.agent);

  // What customers say is nobody else's business on this machine.
  await mkdir(config.state.dataDir, { recursive: true, mode: 0o700 });
  const { maxPageCount } = overrides;
  const state = opening.use(
    await openState(config.state, { holder, ...(maxPageCount === undefined ? {} : { maxPageCount }) }),
  );
  const { ledger, store } = state;
  const keys = await openApiKeys({ configured: config.server.apiKeys, ledger, onNewKey: overrides.onNewKey });
  const feed = opening.use(
    await openFeed(ledger.events, (error) => {
      backgroundFailed(log, { task: "event_feed", cause: error });
    }),
  );
  const settledListeners = new Set<(settlement: Settlement) => void>();
  const counting = openCounting(ledger);
  const deletions = opening.use(
    openRemoteDeletions({ ledger, clock, log, conversations: models.remote?.conversations }),
  );
  const memory = opening.use(memoryLoop());
  const identity = opening.use(
    openIdentity({
      ledger,
      store,
      clock,
      resolverOf: (tenant) => resolvers.named((tenants.of(tenant) ?? tenants.default).resolver),
      onFailure(error, subjectId) {
        backgroundFailed(log, { task: "resolver", cause: error, subjectId });
      },
      onMoved(who) {
        work.onWork(who.subjectId);
        work.onReply(who.subjectId);
        memory.wake(who);
      },
      onDelayed(error, subjectId) {
        backgroundFailed(log, { task: "merge", cause: error, subjectId });
      },
    }),
  );
  const chat = openChatDesk({
    ledger,
    store,
    clock,
    tenants,
    joinAddress: async (wish) => joinedOrBusy(await identity.joinAddress(wish)),
    onText: (subjectId, at) => work.onText(subjectId, at),
    onReply: (subjectId) => work.onReply(subjectId),
    onWork: (subjectId) => work.onWork(subjectId),
    onCommit: () => work.onCommit(),
    onError(error) {
      backgroundFailed(log, { task: "chat", cause: error });
    },
  });
  const customers = openCustomers({
    ledger,
    store,
    clock,
    tenants,
    identity,
    fittingEntity: fittingEntity({ ledger, tenants, registry }),
    catchUp: () => counting.catchUp(),
    forgetRemote: (tenant, ids) => deletions.forget(tenant, ids),
    hangUp: (subjectId) => work.lines.hangUp(subjectId),
    onCommit: () => work.onCommit(),
    onClosed(who, { toSend }) {
      memory.wake(who);
      if (toSend) work.onReply(who.subjectId);
    },
  });
  const work = opening.use(
    openWork({
      config,
      overrides,
      clock,
      log,
      ledger,
      store,
      responder,
      voice,
      feed,
      holder,
      tenants,
      identify: (subjectId, signal) => identity.identify(subjectId, signal),
      onConnected: (call) => identity.callConnected(call),
      onAdded(settlement) {
        memory.wake(settlement);
        for (const listener of settledListeners) listener(settlement);
      },
      liveSink: (route, turnId) =>
        route.kind === "text" && route.channel === "web" ? chat.sinkFor(route.to, turnId) : undefined,
      onFired(fired) {
        deletions.fired(fired);
        customers.fired(fired);
        if (fired.session !== undefined) memory.wake(fired);
      },
      chores: [(now, signal) => identity.goOn(now, signal), () => counting.catchUp(), ...customers.chores],
    }),
  );
  feed.listen((event) => {
    logEvent(log, event);
  });
  feed.listen((event) => {
    chat.heard(event);
  });
  const resources = opening.move();
  return {
    config,
    clock,
    log,
    ledger,
    store,
    tenants,
    registry,
    responder,
    identity,
    customers,
    chat,
    keys,
    work,
    async start(channels) {
      await work.start(new Map([["web", webChannel(chat.desk)], ...channels]));
    },
    async settled() {
      await work.settled();
      await Promise.all([identity.settled(), memory.settled(), deletions.settled()]);
      await counting.catchUp();
      await work.settled();
    },
    onEvent: (listener) => feed.listen(listener),
    onSettled(listener) {
      settledListeners.add(listener);
      return () => settledListeners.delete(listener);
    },
    drain: () => work.drain(),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };

  function memoryLoop() {
    return openMemoryLoop({
      events: ledger.events,
      sessions: ledger.sessions,
      store,
      clock,
      model: memoryModel({ registry, models, clock }),
      queue: localDispatch({
        clock,
        concurrency: CONCURRENT_MEMORIES,
        onError(cause, subjectId) {
          backgroundFailed(log, { task: "memory", cause, subjectId });
        },
      }),
      async answering(who) {
        const subject = await ledger.subjects.get(who);
        return answeringOf(tenants, who.tenant, subject?.ours);
      },
      delayMs: overrides.memoryDelayMs ?? (models.offline ? RULES_DELAY_MS : MODEL_DELAY_MS),
      onChange: () => feed.poke(),
      onError(error, { subjectId }) {
        backgroundFailed(log, { task: "memory", cause: error, subjectId });
      },
    });
  }
}

/** A proof that was given counts; what cannot be now may be in a moment. */
function joinedOrBusy(joined: Joined): "joined" | "busy" {
  if (joined.kind === "joined") return "joined";
  if (joined.why === "busy") return "busy";
  throw new ContinuoError("internal", `the proven address could not be joined: ${joined.sentence}`);
}
