import { ContinuoError, type ErrorCode } from "./errors.ts";
import type { BegunAct, TurnGate } from "./gate-to-ledger.ts";
import type { SubjectId, TenantId, TurnId } from "./ids.ts";
import type { Item } from "./item.ts";
import type { MemoryView } from "./memory.ts";
import type { ChannelName, InboxRow } from "./message.ts";
import type { AgentVoice, Responder, ResponderEvent } from "./ports/responder.ts";
import type { RemoteTurn, RemoteUse } from "./remote.ts";
import { sentences } from "./sentences.ts";
import type { Escalation, Owner, Outcome } from "./turn-record.ts";
import type { WindowItem } from "./window.ts";

/** Where a reply goes while it is made. */
export interface Sink {
  /** Takes the next piece of the reply; nothing is held back and nothing waits. */
  write(text: string): void;
}

/** One attempt at a turn. */
export interface TurnWork {
  readonly tenant: TenantId;
  readonly subjectId: SubjectId;
  readonly turnId: TurnId;
  readonly agent: string | undefined;
  readonly channel: ChannelName;
  readonly owner: Owner;
  readonly rows: readonly InboxRow[];
  /** The past, what was just said, and what earlier attempts did. */
  readonly window: readonly WindowItem[];
  readonly memory: MemoryView;
  /** For an agent whose history lies at OpenAI. */
  readonly remote?: RemoteTurn;
  readonly addresses: readonly string[];
  readonly gate: TurnGate;
  readonly voice: AgentVoice;
  readonly now: number;
}

/** What an attempt came to. */
export interface TurnRun {
  readonly outcome: Outcome;
  /** What the agent said and did, in order. */
  readonly items: readonly Item[];
  /** All that was said, as it was written to the sink. */
  readonly text: string;
  readonly interrupted: boolean;
  /** The model's ids of calls whose results are still to come. */
  readonly openCalls: readonly string[];
  readonly escalation?: Escalation;
  /** The conversation at OpenAI, when everything of this turn is there. */
  readonly remote?: RemoteUse;
  readonly usage: { readonly modelCalls: number; readonly inputTokens: number; readonly outputTokens: number };
  /** Why no model answered, for the log. */
  readonly failure?: unknown;
}

/**
 * Answers a turn: the one way for text and voice. Tokens go to the sink as they come. Aborting the signal ends it at
 * once with what was said so far; a model that fails ends it with an honest sentence. Never rejects for either; rejects
 * when the gate says that this turn may not go on, because the ledger is away or somebody else holds the lane.
 */
export async function takeTurn(
  deps: { readonly responder: Responder },
  work: TurnWork,
  options: { readonly sink: Sink; readonly signal: AbortSignal },
): Promise<TurnRun> {
  if (!work.rows.some((row) => row.treatment === "answer")) return silent("recorded");
  if (work.owner === "operator") return silent("held");
  const reply = new ReplyInTheMaking(work.channel, options.sink);
  const failure = await stream(deps.responder, { work, reply, signal: options.signal });
  const interrupted = options.signal.aborted;
  reply.endMessage(interrupted || failure !== undefined ? "incomplete" : "complete");
  // A reply of nothing is as bad as none: the customer hears the truth either way.
  const speechless = !interrupted && (failure !== undefined || reply.text.trim() === "");
  reply.takeBegun(work.gate.begun());
  if (speechless) reply.say(work.voice.apology.trim() === "" ? sentences.apology : work.voice.apology);
  const running = work.gate.running();
  return {
    outcome: speechless ? "failed" : "replied",
    items: reply.recordedItems(running),
    text: reply.text,
    interrupted,
    openCalls: running,
    usage: reply.usage,
    ...escalationOf(reply.escalation, speechless),
    ...(reply.remote === undefined || speechless ? {} : { remote: reply.remote }),
    ...(speechless ? { failure: failure ?? "the model gave an empty reply" } : {}),
  };
}

/** What the agent asked for; and whoever was told that nobody can answer gets a person. */
function escalationOf(asked: Escalation | undefined, speechless: boolean): { readonly escalation?: Escalation } {
  if (asked !== undefined) return { escalation: asked };
  if (!speechless) return {};
  return {
    escalation: {
      priority: "high",
      reason: "no model answered",
      summary: "The customer was told that a colleague will look at the message.",
    },
  };
}

function silent(outcome: Outcome): TurnRun {
  return {
    outcome,
    items: [],
    text: "",
    interrupted: false,
    openCalls: [],
    usage: { modelCalls: 0, inputTokens: 0, outputTokens: 0 },
  };
}

/** Feeds the reply from the responder; returns what went wrong, if anything did. */
async function stream(
  responder: Responder,
  turn: { readonly work: TurnWork; readonly reply: ReplyInTheMaking; readonly signal: AbortSignal },
): Promise<unknown> {
  const { work, reply, signal } = turn;
  try {
    const events = responder.respond(
      {
        agent: work.agent,
        tenant: work.tenant,
        subjectId: work.subjectId,
        turnId: work.turnId,
        channel: work.channel,
        window: work.window,
        memory: work.memory,
        ...(work.remote === undefined ? {} : { remote: work.remote }),
        addresses: work.addresses,
        tools: work.gate,
        now: work.now,
      },
      signal,
    );
    for await (const event of events) {
      // Nobody hears words any more; what was done is still told.
      if (signal.aborted) reply.endMessage("incomplete");
      if (!signal.aborted || event.kind !== "text") reply.take(event);
    }
    return undefined;
  } catch (error) {
    if (signal.aborted) return undefined;
    if (error instanceof ContinuoError && stopping.has(error.code)) throw error;
    return error;
  }
}

/** What the gate rejects with; everything else that a responder throws is a model that does not answer. */
const stopping = new Set<ErrorCode>(["ledger_unavailable", "ledger_full", "tool_failed"]);

/** Gathers what a responder tells into items, and passes the words on. */
class ReplyInTheMaking {
  text = "";
  escalation: Escalation | undefined;
  remote: RemoteUse | undefined;
  usage = { modelCalls: 0, inputTokens: 0, outputTokens: 0 };
  readonly #channel: ChannelName;
  readonly #sink: Sink;
  readonly #items: Item[] = [];
  readonly #answered = new Set<string>();
  #message = "";

  constructor(channel: ChannelName, sink: Sink) {
    this.#channel = channel;
    this.#sink = sink;
  }

  take(event: ResponderEvent): void {
    switch (event.kind) {
      case "text":
        this.#write(event.delta);
        return;
      case "message_end":
        this.endMessage("complete");
        return;
      case "tool_call":
        this.endMessage("complete");
        this.#items.push({ kind: "tool_call", callId: event.callId, tool: event.tool, arguments: event.arguments });
        return;
      case "tool_result":
        this.#answered.add(event.callId);
        this.#items.push({ kind: "tool_result", callId: event.callId, tool: event.tool, output: event.output });
        return;
      case "escalation":
        this.escalation = event.escalation;
        return;
      case "remote":
        this.remote = { conversationId: event.conversationId, lastItemId: event.lastItemId };
        return;
      case "usage":
        this.usage = { modelCalls: event.modelCalls, inputTokens: event.inputTokens, outputTokens: event.outputTokens };
        return;
    }
  }

  endMessage(status: "complete" | "incomplete"): void {
    if (this.#message === "") return;
    this.#items.push({ kind: "agent", channel: this.#channel, text: this.#message, status });
    this.#message = "";
  }

  /** Adds a whole sentence of our own. */
  say(sentence: string): void {
    this.#write(sentence);
    this.endMessage("complete");
  }

  /** Adds what was done and not told, because the turn ended before. */
  takeBegun(acts: readonly BegunAct[]): void {
    for (const { callId, tool, arguments: args, output } of acts) {
      const told = this.#items.some((item) => item.kind === "tool_call" && item.callId === callId);
      if (!told) this.#items.push({ kind: "tool_call", callId, tool, arguments: args });
      if (output !== undefined && !this.#answered.has(callId)) this.take({ kind: "tool_result", callId, tool, output });
    }
  }

  /** The items of the record: a call that never began, or whose reading was cut off, leaves no trace. */
  recordedItems(running: readonly string[]): readonly Item[] {
    return this.#items.filter(
      (item) => item.kind !== "tool_call" || this.#answered.has(item.callId) || running.includes(item.callId),
    );
  }

  #write(delta: string): void {
    if (delta === "") return;
    // Messages of one reply follow each other with a space between; it belongs to the later one, so that the record
    // put together is exactly what was sent.
    const text = this.#message === "" && this.text !== "" && !/^\s/u.test(delta) ? ` ${delta}` : delta;
    this.#message += text;
    this.text += text;
    this.#sink.write(text);
  }
}
