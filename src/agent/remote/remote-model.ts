import type { AgentInputItem, Model, ModelRequest, StreamEvent } from "@openai/agents";
import { ContinuoError } from "../../core/errors.ts";
import type { Clock } from "../../core/ports/clock.ts";
import { isConversationId, lostNote, type RemoteTurn, type RemoteUse } from "../../core/remote.ts";
import { MOST_AT_ONCE, type Conversations, type RemoteItem } from "./conversations.ts";
import { goOn, openCalls, notDone, result, stillToTell } from "./still-to-tell.ts";
import { remoteTrouble } from "./trouble.ts";

/** A model that answers one turn inside a conversation which OpenAI keeps. */
export interface RemoteModel {
  /** Its input is what the run added; what was not told before is put in front by itself, once. */
  readonly model: Model;
  /** The conversation with its last item; undefined as long as it does not have the whole turn. */
  use(): RemoteUse | undefined;
}

/** What it answers with. */
export interface RemoteModelParts {
  readonly inner: Model;
  readonly conversations: Conversations;
  readonly turn: RemoteTurn;
  readonly clock: Clock;
  /** Told that OpenAI does not know the conversation any more; a new one takes its place. */
  readonly onLost: (conversationId: string) => void;
}

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 4_000;
/** So often an open call is closed in one request; then it is something else. */
const MOST_REPAIRS = 2;

/** Makes the model of a turn. Rejects with `model_unavailable` where there is no such API, and with `bad_request` for an id that OpenAI cannot have made. */
export function remoteModel(parts: RemoteModelParts): RemoteModel {
  const { inner, conversations, turn, clock } = parts;
  let id = turn.history?.conversationId;
  // One that took the place of another is told so until a turn in it has ended well.
  const replaced = turn.history?.lastItemId === "" && turn.history.throughSeq > 0;
  let untold = replaced ? withLoss(turn.untold) : turn.untold;
  /** What stands behind this item is not certain; undefined means that nobody knows where to look. */
  let anchor = turn.history === undefined ? "" : turn.history.lastItemId;
  let doubtful = turn.doubtful && id !== undefined;
  /** How many items of the run the conversation has. */
  let toldThrough = 0;
  let pending: readonly AgentInputItem[] | undefined;
  let lastItemId: string | undefined;

  return {
    model: {
      getResponse: () => Promise.reject(new TypeError("inside a conversation answers are streamed")),
      getStreamedResponse: answer,
    },
    use: () => (id === undefined || lastItemId === undefined ? undefined : { conversationId: id, lastItemId }),
  };

  async function* answer(request: ModelRequest): AsyncGenerator<StreamEvent> {
    const signal = request.signal ?? new AbortController().signal;
    lastItemId = undefined;
    let repairs = 0;
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
      const asked = { answering: false };
      try {
        yield* once(request, asked, signal);
        return;
      } catch (error) {
        // Whatever failed may have arrived all the same.
        doubtful = id !== undefined;
        const trouble = asked.answering || signal.aborted ? undefined : remoteTrouble(error);
        if (trouble === "locked") await clock.sleep(waitMs, signal);
        else if (trouble === "open_call" && repairs < MOST_REPAIRS) repairs += 1;
        else if (trouble === "unknown" && id !== undefined && id === turn.history?.conversationId && toldThrough === 0)
          replace();
        else throw error;
        if (signal.aborted) throw error;
      }
    }
  }

  async function* once(
    request: ModelRequest,
    asked: { answering: boolean },
    signal: AbortSignal,
  ): AsyncGenerator<StreamEvent> {
    const given = typeof request.input === "string" ? [] : request.input;
    const { conversationId, input } = await prepared(given, signal);
    for await (const event of inner.getStreamedResponse({ ...request, input, conversationId })) {
      asked.answering = true;
      if (event.type === "response_done") answered(event.response, given.length);
      yield event;
    }
  }

  /** Nothing but a note of it is brought over: what somebody deleted there is not put there again. */
  function replace(): void {
    if (id !== undefined) parts.onLost(id);
    id = undefined;
    anchor = "";
    doubtful = false;
    pending = undefined;
    untold = withLoss(turn.untold);
  }

  async function prepared(
    given: readonly AgentInputItem[],
    signal: AbortSignal,
  ): Promise<{ readonly conversationId: string; readonly input: AgentInputItem[] }> {
    const conversationId = await opened(signal);
    const outputs = given.slice(toldThrough).filter((item) => item.type === "function_call_result");
    const all = { untold, channel: turn.channel, outputs };
    if (doubtful) {
      const there = await behindAnchor(conversationId, signal);
      pending =
        there.kind === "known" ? stillToTell(all, there.items) : closed(pending ?? stillToTell(all, []), there.items);
      doubtful = false;
    }
    pending ??= stillToTell(all, []);
    while (pending.length > MOST_AT_ONCE) {
      const chunk = firstChunk(pending);
      await conversations.add(conversationId, chunk, signal);
      pending = pending.slice(chunk.length);
    }
    return {
      conversationId,
      input: pending.length === 0 ? [{ type: "message", role: "system", content: goOn }] : [...pending],
    };
  }

  async function opened(signal: AbortSignal): Promise<string> {
    if (id !== undefined) return known(id);
    const made = known(await conversations.create(signal));
    await turn.keep(made);
    id = made;
    return made;
  }

  async function behindAnchor(
    conversationId: string,
    signal: AbortSignal,
  ): Promise<{ readonly kind: "known" | "unknown"; readonly items: readonly RemoteItem[] }> {
    const { items, all } = await conversations.last(conversationId, signal);
    if (anchor === "" && all) return { kind: "known", items };
    const at = items.findIndex((item) => item.id === anchor && item.id !== "");
    return at < 0 ? { kind: "unknown", items } : { kind: "known", items: items.slice(at + 1) };
  }

  function answered(response: Extract<StreamEvent, { type: "response_done" }>["response"], given: number): void {
    toldThrough = given;
    untold = [];
    pending = undefined;
    doubtful = false;
    anchor = response.output.at(-1)?.id ?? response.id;
    // A call still wants its result.
    lastItemId = response.output.some((item) => item.type === "function_call") ? undefined : anchor;
  }
}

function withLoss(untold: RemoteTurn["untold"]): RemoteTurn["untold"] {
  return [{ kind: "note", text: lostNote }, ...untold];
}

/** The id, when OpenAI can have made it. */
function known(id: string): string {
  if (isConversationId(id)) return id;
  throw new ContinuoError(
    "bad_request",
    "the id of the conversation at OpenAI is not one that OpenAI made: those begin with conv_; import the session again with the id that OpenAI gave",
  );
}

/** Where it cannot be known what is there, everything is told, and only open calls are closed first. */
function closed(pending: readonly AgentInputItem[], there: readonly RemoteItem[]): readonly AgentInputItem[] {
  const answeredNow = new Set(pending.flatMap((item) => (item.type === "function_call_result" ? [item.callId] : [])));
  const open = openCalls(there).filter((callId) => !answeredNow.has(callId));
  return [...open.map((callId) => result(callId, notDone)), ...pending];
}

/** As many items as one request takes, and no call without its result. */
function firstChunk(items: readonly AgentInputItem[]): readonly AgentInputItem[] {
  const next = items[MOST_AT_ONCE];
  const cutsPair = next?.type === "function_call_result" && items[MOST_AT_ONCE - 1]?.type === "function_call";
  return items.slice(0, cutsPair ? MOST_AT_ONCE - 1 : MOST_AT_ONCE);
}
