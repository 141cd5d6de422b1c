import type { Bridge } from "../../core/bridge.ts";
import { ContinuoError } from "../../core/errors.ts";
import { openToolGate, type TurnGate } from "../../core/gate-to-ledger.ts";
import { newOutboxId, type CallSid, type OutboxId, type TenantId } from "../../core/ids.ts";
import type { Item } from "../../core/item.ts";
import type { TextChannelName } from "../../core/message.ts";
import type { Reply } from "../../core/outbox.ts";
import type { TextChannel } from "../../core/ports/channel.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Ledger } from "../../core/ports/ledger.ts";
import type { AgentVoice, Responder } from "../../core/ports/responder.ts";
import type { ConversationStore, LoadedConversation } from "../../core/ports/store.ts";
import { remoteAfter, type RemoteUse } from "../../core/remote.ts";
import { inputItems, routeOf, settlementOf, type ReplyRoute } from "../../core/settlement.ts";
import type { BoundTurn, Settlement } from "../../core/turn-record.ts";
import { sessionItems } from "../../core/turn-view.ts";
import { takeTurn, type Sink, type TurnRun } from "../../core/turn.ts";
import { changeMemory } from "../change-memory.ts";
import type { Line } from "../line.ts";
import type { Speaker } from "../speaker.ts";
import { turnInput } from "./turn-input.ts";

/** Who answers, and how far back the model sees. */
export interface Answering {
  /** Undefined means the default agent. */
  readonly agent: string | undefined;
  /** How many of the customer's turns the model sees, the one that is answered among them. */
  readonly windowTurns: number;
}

/** What running a turn stands on. */
export interface AttemptParts {
  readonly ledger: Ledger;
  readonly store: ConversationStore;
  readonly responder: Responder;
  readonly clock: Clock;
  readonly channels: ReadonlyMap<TextChannelName, TextChannel>;
  /** Who answers a turn, and how far back the model sees. `ours` is our number or address that the customer used. */
  readonly answering: (tenant: TenantId, ours: string | undefined) => Answering;
  /** Told that a subject's outbox has something new. */
  readonly onReply: (subjectId: BoundTurn["subjectId"]) => void;
  /** Told that a reply waits to be spoken on a call, because no socket took it. */
  readonly onUnspoken: (subjectId: BoundTurn["subjectId"], callSid: CallSid) => void;
  /** Told that a subject has something new to look at. */
  readonly onWork: (subjectId: BoundTurn["subjectId"]) => void;
  /** Told why no model answered. */
  readonly onModelFailure: (turn: BoundTurn, error: unknown) => void;
  /** Told of every settled turn: something was added to a conversation. */
  readonly onAdded: (settlement: Settlement) => void;
  /** Where the words of a written reply are shown while they are made; undefined shows them nowhere. */
  readonly liveSink?: (route: ReplyRoute, turnId: BoundTurn["id"]) => Sink | undefined;
}

/** An attempt while it runs, as the loop that may want to stop it sees it. */
export interface RunningAttempt {
  readonly turn: Pick<BoundTurn, "id" | "rows" | "attempt">;
  readonly gate: TurnGate;
  /** Stops it: nothing more is said, and the turn is not settled when `giveUp` says so. */
  readonly control: AbortController;
}

/** How an attempt ended. */
export type AttemptEnd = "settled" | "fenced" | "superseded";

/** Where an attempt speaks, when it speaks. */
export interface AttemptVoice {
  readonly line: Line;
  readonly speaker: Speaker;
}

/** One attempt at a bound turn: load, run, append, settle. */
export interface Attempt {
  readonly turn: BoundTurn;
  readonly fence: number;
  readonly voice: AttemptVoice | undefined;
  /** Resolves when the turn is bound for good; for a spoken turn with what the ledger really bound. */
  readonly durable: Promise<BoundTurn>;
  /** Shows the attempt to the loop for as long as it runs; the answer tells whether it was given up for a later text. */
  readonly watch: (running: RunningAttempt) => { readonly superseded: () => boolean; readonly done: () => void };
}

/** Runs a turn to its end. Rejects when the ledger or the store does; then nothing was said to anybody by text. */
export async function runAttempt(parts: AttemptParts, attempt: Attempt): Promise<AttemptEnd> {
  try {
    return await attemptOnce(parts, attempt);
  } finally {
    // Whatever went wrong, the line must not wait for this reply any more.
    attempt.voice?.speaker.finished();
  }
}

async function attemptOnce(parts: AttemptParts, attempt: Attempt): Promise<AttemptEnd> {
  const { clock, store } = parts;
  const startedAt = clock.now();
  const { turn, fence, voice } = attempt;
  const control = voice?.speaker.control ?? new AbortController();
  const route = routeOf(turn, voice?.line.callSid);
  const { agent, windowTurns } = parts.answering(turn.tenant, oursOf(turn, voice));
  const loading = store.load(turn, { turns: windowTurns - 1, unfolded: windowTurns });
  const [loaded, agentVoice] = await Promise.all([loading, parts.responder.voiceOf(agent)]);
  const gate = openToolGate({
    toolCalls: parts.ledger.toolCalls,
    clock,
    subjectId: turn.subjectId,
    turnId: turn.id,
    fence,
    durable: attempt.durable,
    signal: control.signal,
    onLate: () => parts.onWork(turn.subjectId),
  });
  const watched = attempt.watch({ turn, gate, control });
  try {
    if (route.kind === "text") showTyping(parts, { turn, route, signal: control.signal });
    const input = turnInput(loaded, turn, {
      items: [...(voice?.line.corrections() ?? []), ...inputItems(turn)],
      history: agentVoice.history,
      now: startedAt,
      keepRemote: (conversationId) => keepRemote(parts, turn, { conversationId }),
    });
    const bridged = input.bridge === undefined ? undefined : { bridge: input.bridge, ms: clock.now() - startedAt };
    const run = await takeTurn(
      { responder: parts.responder },
      {
        tenant: turn.tenant,
        subjectId: turn.subjectId,
        turnId: turn.id,
        agent,
        channel: route.kind === "voice" ? "voice" : route.kind === "text" ? route.channel : "sms",
        owner: turn.owner,
        rows: turn.rows,
        ...input.work,
        addresses: turn.addresses,
        gate,
        voice: agentVoice,
        now: startedAt,
      },
      { sink: voice?.speaker ?? parts.liveSink?.(route, turn.id) ?? silence, signal: control.signal },
    );
    voice?.speaker.end();
    const bound = await attempt.durable;
    if (watched.superseded()) return "superseded";
    if (run.failure !== undefined) parts.onModelFailure(turn, run.failure);
    await gate.flush();
    return await conclude(parts, { attempt, turn: bound, run, route, loaded, gate, startedAt, bridged });
  } finally {
    watched.done();
  }
}

/** Gives a turn's rows up after the last attempt: their death, the escalation and the honest sentence are one settlement. */
export async function giveUp(parts: AttemptParts, turn: BoundTurn, fence: number): Promise<AttemptEnd> {
  const loaded = await parts.store.load(turn, { turns: 1 });
  const voice = await parts.responder.voiceOf(parts.answering(turn.tenant, oursOf(turn, undefined)).agent);
  const route = routeOf(turn, undefined);
  const run = surrender(voice, route);
  const settlement = settlementOf(turn, run, {
    replies: repliesOf(parts, { route, text: run.text, spoken: false }),
    ms: 0,
    tools: [],
    dead: true,
  });
  const items = [...sessionItems(turn, loaded.session), ...inputItems(turn), ...run.items];
  return await keep(parts, { turn, fence, loaded, settlement, items });
}

/** Writes into the ledger what the store already holds of a turn. */
export async function settleKept(parts: AttemptParts, settlement: Settlement, fence: number): Promise<AttemptEnd> {
  const settled = await parts.ledger.settle({ settlement, fence, now: parts.clock.now() });
  if (settled.kind === "fenced") return "fenced";
  if (settled.kind === "repeated" || settled.toSend) parts.onReply(settlement.subjectId);
  parts.onAdded(settlement);
  for (const { reply } of settlement.replies) {
    if (reply.kind === "voice" && !reply.spoken) parts.onUnspoken(settlement.subjectId, reply.callSid);
  }
  return "settled";
}

interface Concluding {
  readonly attempt: Attempt;
  readonly turn: BoundTurn;
  readonly run: TurnRun;
  readonly route: ReplyRoute;
  readonly loaded: LoadedConversation;
  readonly gate: TurnGate;
  readonly startedAt: number;
  readonly bridged: { readonly bridge: Bridge; readonly ms: number } | undefined;
}

async function conclude(parts: AttemptParts, end: Concluding): Promise<AttemptEnd> {
  const { attempt, turn, run, route } = end;
  const heard = attempt.voice?.speaker.heard();
  const correction: readonly Item[] = heard === undefined ? [] : [{ kind: "heard", turnId: turn.id, text: heard }];
  const spoken = heard !== undefined || attempt.voice?.speaker.tookAll() === true;
  const replies = repliesOf(parts, { route, text: run.text, spoken });
  const now = parts.clock.now();
  const settlement = settlementOf(turn, run, {
    replies,
    ms: now - end.startedAt,
    ...waited(turn, now),
    tools: end.gate.tools(),
    bridged: end.bridged,
  });
  return await keep(parts, {
    turn,
    fence: attempt.fence,
    loaded: end.loaded,
    settlement,
    items: [...sessionItems(turn, end.loaded.session), ...inputItems(turn), ...run.items, ...correction],
    remote: run.remote,
  });
}

interface Keeping {
  readonly turn: BoundTurn;
  readonly fence: number;
  readonly loaded: LoadedConversation;
  readonly settlement: Settlement;
  readonly items: readonly Item[];
  /** The conversation at OpenAI, which has all of it as well. */
  readonly remote?: RemoteUse | undefined;
}

/** Append, then settle what the store holds. */
async function keep(parts: AttemptParts, keeping: Keeping): Promise<AttemptEnd> {
  const { turn, fence } = keeping;
  const appended = await parts.store.append({
    tenant: turn.tenant,
    subjectId: turn.subjectId,
    turnId: turn.id,
    session: turn.session,
    fence,
    expectedSeq: keeping.loaded.seq,
    at: parts.clock.now(),
    items: keeping.items,
    settlement: keeping.settlement,
  });
  switch (appended.kind) {
    case "appended":
      if (keeping.remote !== undefined) await keepRemote(parts, turn, { ...keeping.remote, throughSeq: appended.seq });
      return await settleKept(parts, keeping.settlement, fence);
    case "repeated":
      return await settleKept(parts, appended.settlement, fence);
    case "fenced":
      return "fenced";
    case "stale":
      // The lane is ours, so only a store that was emptied or set back meanwhile can be elsewhere: run once more.
      throw new ContinuoError("store_unavailable", "the conversation is not as it was loaded; the turn runs once more");
  }
}

/** Keeps where a conversation lies at OpenAI, and what it was told. */
async function keepRemote(
  parts: AttemptParts,
  turn: BoundTurn,
  use: Omit<Parameters<typeof remoteAfter>[1], "sessionId" | "now">,
): Promise<void> {
  const subject = await parts.ledger.subjects.get(turn);
  const named = { ...use, sessionId: subject?.alias ?? turn.subjectId, now: parts.clock.now() };
  await changeMemory(parts.store, turn, (memory) => remoteAfter(memory, named));
}

/** How long the customer has waited for an answer; nothing where nobody asked for one. */
function waited(turn: BoundTurn, now: number): { readonly waitedMs?: number } {
  const first = turn.rows.find((row) => row.treatment === "answer");
  return first === undefined ? {} : { waitedMs: Math.max(0, now - first.receivedAt) };
}

/** Our number or address by which the customer reached us. */
function oursOf(turn: BoundTurn, voice: AttemptVoice | undefined): string | undefined {
  if (voice !== undefined) return voice.line.ours;
  const text = turn.rows.findLast((row) => row.body.kind === "text")?.body;
  return text?.kind === "text" ? text.to : turn.textRoute?.from;
}

function repliesOf(
  parts: AttemptParts,
  said: { readonly route: ReplyRoute; readonly text: string; readonly spoken: boolean },
): readonly { readonly reply: Reply; readonly ids: readonly OutboxId[] }[] {
  const { route } = said;
  const text = said.text.trim();
  if (text === "" || route.kind === "none") return [];
  const now = parts.clock.now();
  if (route.kind === "voice") {
    return [{ reply: { kind: "voice", callSid: route.callSid, text, spoken: said.spoken }, ids: [newOutboxId(now)] }];
  }
  const split = parts.channels.get(route.channel)?.split(text) ?? [text];
  return [{ reply: { ...route, parts: split }, ids: split.map(() => newOutboxId(now)) }];
}

function surrender(voice: AgentVoice, route: ReplyRoute): TurnRun {
  const channel = route.kind === "voice" ? "voice" : route.kind === "text" ? route.channel : "sms";
  return {
    outcome: "failed",
    items: [{ kind: "agent", channel, text: voice.apology, status: "complete" }],
    text: voice.apology,
    interrupted: false,
    openCalls: [],
    escalation: {
      priority: "high",
      reason: "a message could not be answered after several attempts",
      summary: "See the conversation.",
    },
    usage: { modelCalls: 0, inputTokens: 0, outputTokens: 0 },
  };
}

/** Shows that a reply is being written; nobody waits for it, and its failing means nothing. */
function showTyping(
  parts: AttemptParts,
  shown: {
    readonly turn: BoundTurn;
    readonly route: Extract<ReplyRoute, { kind: "text" }>;
    readonly signal: AbortSignal;
  },
): void {
  const channel = parts.channels.get(shown.route.channel);
  const body = shown.turn.rows.findLast((row) => row.body.kind === "text")?.body;
  if (channel?.typing === undefined || body?.kind !== "text" || shown.turn.owner === "operator") return;
  void channel.typing(body.providerId, shown.signal);
}

const silence = { write: () => undefined };
