import type { SubjectId, TenantId } from "../core/ids.ts";
import type { TextChannelName } from "../core/message.ts";
import type { TextChannel } from "../core/ports/channel.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Dispatch } from "../core/ports/dispatch.ts";
import type { Ledger, MessageStatus } from "../core/ports/ledger.ts";
import type { AgentVoice, Responder } from "../core/ports/responder.ts";
import type { ConversationStore } from "../core/ports/store.ts";
import { localDispatch } from "../dispatch/local.ts";
import type { Config } from "./config.ts";
import { backgroundFailed } from "./events-log.ts";
import type { Feed } from "./feed.ts";
import { openFrontDesk, type FrontDesk } from "./front-desk.ts";
import { textIntake } from "./intake.ts";
import type { LineParts } from "./line.ts";
import { openLines, type Lines } from "./lines.ts";
import type { Log } from "./log.ts";
import type { Answering } from "./loops/attempt.ts";
import { openLanes, type LaneParts } from "./loops/lanes.ts";
import { outboxWork } from "./loops/outbox.ts";
import { sweep, sweepForever, type Chore, type SweeperParts } from "./loops/sweeper.ts";
import type { Overrides } from "./overrides.ts";
import type { Tenants } from "./tenants.ts";

/** What the work is done with. */
export interface WorkParts {
  readonly config: Config;
  readonly overrides: Overrides;
  readonly clock: Clock;
  readonly log: Log;
  readonly ledger: Ledger;
  readonly store: ConversationStore;
  readonly responder: Responder;
  readonly voice: AgentVoice;
  readonly feed: Feed;
  readonly holder: string;
  readonly tenants: Tenants;
  /** Finds out who a subject is, before its lane is taken. */
  readonly identify: LaneParts["identify"];
  /** Told of every call that got a socket. */
  readonly onConnected: LineParts["onConnected"];
  /** Told of every settled turn: something was added to a conversation. */
  readonly onAdded: LaneParts["onAdded"];
  /** Where the words of a written reply are shown while they are made. */
  readonly liveSink: NonNullable<LaneParts["liveSink"]>;
  /** Told of every timer that fired. */
  readonly onFired: SweeperParts["onFired"];
  /** What is looked at in every sweep beside the loops' own. */
  readonly chores: readonly Chore[];
}

/** Everything that goes on behind the web server: taking in, answering, sending, sweeping. */
export interface Work extends AsyncDisposable {
  readonly acceptText: ReturnType<typeof textIntake>;
  readonly frontDesk: FrontDesk;
  readonly lines: Lines;
  /** A text of the subject was accepted and wants an answer. */
  onText(subjectId: SubjectId, at: number): void;
  /** The subject has something new to look at. */
  onWork(subjectId: SubjectId): void;
  /** Something of the subject's waits in the outbox. */
  onReply(subjectId: SubjectId): void;
  /** Something was committed. */
  onCommit(): void;
  /** Takes in what the provider tells of a message. */
  messageStatus(status: MessageStatus): Promise<void>;
  /** Starts the loops; until then what comes in is only kept. */
  start(channels: ReadonlyMap<TextChannelName, TextChannel>): Promise<void>;
  /** Looks at once at what the sweeper looks at every so often: timers that are due, and what nobody was woken for. */
  sweep(): Promise<void>;
  /** Resolves when nothing that is due is left to do. */
  settled(): Promise<void>;
  /** Lets the turns under way end, and the calls go on elsewhere. */
  drain(): Promise<void>;
}

const LEASE_MS = 10_000;
const SWEEP_MS = 2_000;
const CONCURRENT_TURNS = 256;
const CONCURRENT_SENDS = 32;
const AMBIGUOUS_AFTER_MS = 10_000;
const KEYPAD_PAUSE_MS = 1_000;
/** Turns under way get this long to end before the calls are let go; the rest begin anew with the next start. */
const DRAIN_MS = 10_000;

/** Who answers a tenant's customers who used a number of ours, and how far back the model sees. */
export function answeringOf(tenants: Tenants, tenant: TenantId, ours: string | undefined): Answering {
  const { windowTurns } = tenants.of(tenant) ?? tenants.default;
  return { agent: tenants.agentFor(tenant, ours), windowTurns };
}

/** Puts the loops together; nothing runs before `start`. */
export function openWork(parts: WorkParts): Work {
  const { config, overrides, clock, log, ledger, store, responder, voice, feed, holder } = parts;
  const channels = new Map<TextChannelName, TextChannel>();
  const { tenants } = parts;
  const { burstWindowMs, reconnectGraceMs } = config.conversation;
  const outbox = dispatchFor("outbox", CONCURRENT_SENDS);
  const dispatch = dispatchFor("lane", CONCURRENT_TURNS);
  const woken = { onWork, onReply };
  const lines = openLines({
    ...woken,
    ledger,
    clock,
    holder,
    leaseMs: LEASE_MS,
    graceMs: reconnectGraceMs,
    keypadPauseMs: overrides.keypadPauseMs ?? KEYPAD_PAUSE_MS,
    raiseFence: (who, fence) => store.raiseFence(who, fence),
    apology: voice.apology,
    onConnected: parts.onConnected,
    onSpeech(subjectId, waits) {
      lanes.callerSpoke(subjectId, waits);
    },
    onComplaint(callSid, description) {
      log.warn({ callSid, code: /\b\d{5}\b/u.exec(description)?.[0] }, "relay_complained");
    },
    onError(error, subjectId) {
      backgroundFailed(log, { task: "call", cause: error, subjectId });
    },
  });
  const lanes = openLanes({
    ...woken,
    ledger,
    store,
    responder,
    clock,
    channels,
    dispatch,
    lines,
    holder,
    leaseMs: LEASE_MS,
    burstWindowMs,
    answering: (tenant, ours) => answeringOf(tenants, tenant, ours),
    identify: parts.identify,
    onAdded: parts.onAdded,
    liveSink: parts.liveSink,
    onModelFailure(turn, error) {
      backgroundFailed(log, { task: "model", cause: error, subjectId: turn.subjectId });
    },
    onAttemptFailed(subjectId, error, retryMs) {
      backgroundFailed(log, { task: "turn", cause: error, subjectId, retryMs });
    },
  });
  const frontDesk = openFrontDesk({
    tokenKey: config.twilio.authTokens[0],
    ...woken,
    ledger,
    store,
    responder,
    clock,
    tenants,
    onCommit,
    onUngreeted(error) {
      backgroundFailed(log, { task: "greeting", cause: error });
    },
  });
  const acceptText = textIntake({
    ...woken,
    ledger,
    clock,
    tenants,
    onText,
    onCommit,
  });
  const sweeper: SweeperParts = {
    ...woken,
    ledger,
    clock,
    lanes: dispatch,
    outbox,
    holder,
    burstWindowMs,
    everyMs: overrides.sweepEveryMs ?? SWEEP_MS,
    onFired: parts.onFired,
    chores: parts.chores,
    onError(error) {
      backgroundFailed(log, { task: "sweep", cause: error });
    },
  };
  const stop = new AbortController();
  let sweeping: Promise<void> | undefined;

  return {
    acceptText,
    frontDesk,
    lines,
    onText,
    onWork,
    onReply,
    onCommit,
    async messageStatus(status) {
      const { subjectId, state } = await ledger.outbox.callback(status);
      if (subjectId === undefined) return;
      onReply(subjectId);
      if (state === "failed" || state === "undelivered") onWork(subjectId);
    },
    async start(opened) {
      await ledger.calls.loseOthers({ holder, graceMs: reconnectGraceMs, now: clock.now() });
      for (const [name, channel] of opened) channels.set(name, channel);
      dispatch.start(telling((subjectId, signal) => lanes.work(subjectId, signal)));
      outbox.start(
        telling(
          outboxWork({
            ledger,
            channels,
            clock,
            dispatch: outbox,
            ambiguousAfterMs: overrides.ambiguousAfterMs ?? AMBIGUOUS_AFTER_MS,
            random: overrides.random ?? Math.random,
            onWork,
            onTrouble(row, code) {
              log.warn({ outboxId: row.id, subjectId: row.subjectId, code, attempt: row.attempts }, "send_failed");
            },
          }),
        ),
      );
      sweeping = sweepForever(sweeper, stop.signal);
    },
    sweep: () => sweep(sweeper),
    async settled() {
      // What one loop does may wake another.
      for (let quiet = 0; quiet < 2; quiet += 1) {
        await Promise.all([dispatch.settled(), outbox.settled(), feed.settled()]);
      }
    },
    async drain() {
      stop.abort();
      await sweeping;
      // Whoever is being answered is answered first; then the calls go on elsewhere.
      await Promise.race([dispatch.settled(), clock.sleep(overrides.drainMs ?? DRAIN_MS)]);
      await lines.closeAll();
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await sweeping;
      await dispatch[Symbol.asyncDispose]();
      await outbox[Symbol.asyncDispose]();
    },
  };

  function onText(subjectId: SubjectId, at: number): void {
    lanes.textAccepted(subjectId, at);
  }

  function onCommit(): void {
    feed.poke();
  }

  function onWork(subjectId: SubjectId): void {
    dispatch.wake(subjectId);
    feed.poke();
  }

  function onReply(subjectId: SubjectId): void {
    outbox.wake(subjectId);
    feed.poke();
  }

  function dispatchFor(task: string, concurrency: number): Dispatch {
    return localDispatch({
      clock,
      concurrency,
      onError(cause, subjectId) {
        backgroundFailed(log, { task, cause, subjectId });
      },
    });
  }

  /** What was committed along the way is told when a subject's work is done, whoever else was woken by it. */
  function telling(work: Parameters<Dispatch["start"]>[0]): Parameters<Dispatch["start"]>[0] {
    return async (subjectId, signal) => {
      try {
        await work(subjectId, signal);
      } finally {
        feed.poke();
      }
    };
  }
}
