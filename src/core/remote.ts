import type { Entry, Item } from "./item.ts";
import type { Memory, MemoryView, RemoteHistory } from "./memory.ts";
import type { ChannelName } from "./message.ts";
import { projectWindow, type WindowItem } from "./window.ts";

/** What a turn has to tell a conversation that OpenAI keeps. */
export interface RemoteTurn {
  /** The conversation there; undefined when there is none yet. */
  readonly history: RemoteHistory | undefined;
  /** What it was not told, in order: corrections, what was said without it, and last what this turn brings. */
  readonly untold: readonly WindowItem[];
  /** The channel on which it knows the customer. */
  readonly channel: ChannelName | undefined;
  /** Whether some of that may be there all the same, because a turn did not end as it should. */
  readonly doubtful: boolean;
  /** Keeps the id of a conversation that was just made; nothing is said there before it resolves. */
  readonly keep: (conversationId: string) => Promise<void>;
}

/** The conversation at OpenAI after a turn whose every item is there. */
export interface RemoteUse {
  readonly conversationId: string;
  /** The last item there, by OpenAI's id. */
  readonly lastItemId: string;
}

/** What the agent is told when a new conversation had to take the place of one that OpenAI does not know any more. */
export const lostNote = "What was said with this customer before is not available here any more.";

const gapNote = "Part of what was said before is not shown here.";

/** Whether a text can be the id of a conversation at OpenAI: only OpenAI makes them, and they begin with `conv_`. */
export function isConversationId(text: string): boolean {
  return /^conv_\w{1,200}$/u.test(text);
}

/**
 * What a conversation at OpenAI was not told: entries of the record after `throughSeq`, then what a turn brings. What
 * corrects a reply that is there already (what was heard of it, that it did not arrive) is told as a note.
 */
export function untoldOf(
  past: readonly Entry[],
  throughSeq: number,
  brought: readonly Pick<Entry, "turnId" | "item">[],
): Pick<RemoteTurn, "untold" | "channel" | "doubtful"> {
  const told = past.filter((entry) => entry.seq <= throughSeq);
  const missed = past.filter((entry) => entry.seq > throughSeq);
  const first = missed[0];
  const news = [...heardAtOnce(told), ...missed, ...brought];
  const notes = [...(first !== undefined && first.seq > throughSeq + 1 ? [gapNote] : []), ...corrections(told, news)];
  const last = told.findLast((entry) => entry.item.kind === "customer")?.item;
  return {
    untold: [...notes.map((text) => ({ kind: "note" as const, text })), ...projectWindow(news)],
    channel: last?.kind === "customer" ? last.channel : undefined,
    doubtful: missed.some(({ item }) => ofAnAnswer.has(item.kind)),
  };
}

/** What is told and then answered; the rest was never meant for the model alone. */
const ofAnAnswer: ReadonlySet<Item["kind"]> = new Set(["customer", "agent", "tool_call", "tool_result"]);

/**
 * The memory after a conversation at OpenAI was made or used. `throughSeq` and `lastItemId` stay as they were when they
 * are not given: a turn that did not end well is told again. `sessionId` names a conversation that has no name yet.
 */
export function remoteAfter(
  memory: Memory,
  use: {
    readonly conversationId: string;
    readonly sessionId: string;
    readonly now: number;
    readonly throughSeq?: number;
    readonly lastItemId?: string;
  },
): Memory {
  const before = memory.remote;
  const same = before?.conversationId === use.conversationId ? before : undefined;
  const lastItemId = use.lastItemId ?? (same === undefined ? "" : same.lastItemId);
  return {
    ...memory,
    remote: {
      sessionId: before?.sessionId ?? use.sessionId,
      conversationId: use.conversationId,
      createdAt: same?.createdAt ?? use.now,
      lastUsed: use.now,
      throughSeq: use.throughSeq ?? before?.throughSeq ?? 0,
      ...(lastItemId === undefined ? {} : { lastItemId }),
    },
  };
}

/**
 * What an agent whose history lies at OpenAI is shown of a memory: what is known of the customer, and nothing of what
 * was said, because two histories are never mixed.
 */
export function memoryBesideHistory(view: MemoryView): MemoryView {
  const { summary: _said, ...known } = view;
  return { ...known, earlier: [] };
}

/** What was heard of the last reply, where it was known when the turn ended: later than the turn could tell it. */
function heardAtOnce(told: readonly Entry[]): readonly Entry[] {
  const last = told.at(-1);
  return last?.item.kind === "heard" && last.item.turnId === last.turnId ? [last] : [];
}

/** Notes that correct replies which are there already. */
function corrections(told: readonly Entry[], news: readonly Pick<Entry, "turnId" | "item">[]): readonly string[] {
  const here = new Set(news.flatMap(({ turnId, item }) => (item.kind === "agent" ? [turnId] : [])));
  const notes = new Map<string, string>();
  for (const { item } of news) {
    if (item.kind !== "heard" && item.kind !== "delivery") continue;
    if (here.has(item.turnId)) continue;
    const reply = told
      .flatMap((entry) => (entry.turnId === item.turnId && entry.item.kind === "agent" ? [entry.item.text] : []))
      .join("")
      .trim();
    if (item.kind === "delivery")
      notes.set(`delivery/${item.turnId}`, `${replyThatBegins(reply)} never reached the customer.`);
    else if (item.text.trim() !== reply) notes.set(`heard/${item.turnId}`, heardNote(reply, item.text));
  }
  return [...notes.values()];
}

/** How a caller's hearing of a reply is told. */
export function heardNote(reply: string, heard: string): string {
  const about = replyThatBegins(reply);
  if (heard.trim() === "") return `${about} was cut off before the customer heard anything of it.`;
  return `${about} was cut off; all that the customer heard of it is: "${heard.trim()}"`;
}

/** A reply as a note names it. */
export function replyThatBegins(reply: string): string {
  const words = reply.trim();
  if (words === "") return "An earlier reply of yours";
  return `Your reply that begins with "${words.length > 60 ? `${words.slice(0, 59)}…` : words}"`;
}
